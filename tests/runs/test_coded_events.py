"""Events with codes, and events of earlier versions with English text, show the same sentences."""

import shutil
from pathlib import Path

import pytest

from imdb_core import paths
from imdb_core.config import preset
from imdb_core.runs import layout, locks, notes, store
from imdb_core.runs.progress import progress

GOLDEN = Path(__file__).parents[1] / "faults" / "golden"
DIVERGED = "The loss became nan in epoch 1, step 3 of 9: training has diverged. Try gradient clipping at 1."


@pytest.fixture
def run():
    return store.create(preset("lstm", dataset="demo"), store.new_id())


def again(run):
    return store.read(run.folder)


def test_a_run_of_today_shows_the_sentences_of_its_codes():
    folder = paths.runs_folder() / "20251122-120000005-codedrun"
    shutil.copytree(GOLDEN / folder.name, folder)
    run = store.read(folder)
    assert (run.state, run.failure) == ("failed", "out_of_memory")
    assert run.message == "Out of memory. Make batch_size or units smaller."
    assert notes.notes(run) == [
        "The run asks for gpu:1, but the driver shows gpu:0; training on the CPU instead.",
        "TensorFlow, which writes the model for the text box, is not installed. "
        "Install it, then resume the run.",
        "The probe texts were not scored, from epoch 1 on: "
        "RuntimeError: no such operator. No epoch was lost.",
    ]


@pytest.mark.parametrize(
    ("failed", "failure"),
    [
        ({"message": "Out of memory. Make units smaller.", "cause": "memory"}, "out_of_memory"),
        ({"message": "The reviews are gone.", "cause": "reviews"}, "reviews_unusable"),
        ({"message": "No space left on device: /runs.", "cause": "disk"}, "disk_failed"),
        ({"message": DIVERGED, "cause": "diverged"}, "diverged"),
        ({"message": DIVERGED}, "diverged"),
        ({"message": "Unexpected RuntimeError."}, None),
        ({"message": None}, None),
    ],
)
def test_a_failure_of_an_earlier_version_keeps_its_sentence_and_gets_its_code(run, failed, failure):
    store.record(run.folder, "failed", **failed)
    assert (again(run).message, again(run).failure) == (failed["message"], failure)


def test_notices_and_failed_extras_of_an_earlier_version_keep_their_sentences(run):
    store.record(run.folder, "phase", phase="training", notice="gpu:0 was asked for. TensorFlow is missing.")
    store.record(run.folder, "extra-failed", extra="log", epoch=2, reason="No space left on device")
    assert notes.notes(again(run)) == [
        "gpu:0 was asked for. TensorFlow is missing.",
        "The log was not shortened, from epoch 2 on: No space left on device. No epoch was lost.",
    ]


@pytest.mark.parametrize(
    ("written", "code", "shown"),
    [
        ("loading the reviews", "loading_texts", "loading the texts"),
        ("loading_texts", "loading_texts", "loading the texts"),
        ("starting Keras", "starting_keras", "starting Keras"),
        ("evaluating on the test reviews", "evaluating", "evaluating on the test texts"),
        ("training", "training", "training"),
        ("tuning", "tuning", "tuning"),
    ],
)
def test_a_phase_is_a_code_for_programs_and_a_sentence_for_people(run, written, code, shown):
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "phase", phase=written)
    with locks.hold(run.folder / layout.LOCK):
        assert again(run).event("phase")["phase"] == code
        assert progress(again(run)).activity == shown


def test_codes_and_extras_of_a_newer_version_are_shown_as_themselves(run):
    notices = [{"code": "too_hot", "values": {"degrees": 90}}]
    store.record(run.folder, "phase", phase="cooling", notices=notices)
    store.record(run.folder, "extra-failed", extra="video", code="no_camera")
    store.record(run.folder, "failed", code="melted")
    now = again(run)
    assert (now.damaged, now.message, now.failure) == (None, "melted", "melted")
    assert notes.notes(now) == ["too_hot", "An extra (video) failed: no_camera. No epoch was lost."]


@pytest.mark.parametrize(
    "values", [{"text": {"x": 1}}, {"text": "x" * 10**5}, [1], {str(n): n for n in range(99)}]
)
def test_values_that_no_worker_writes_damage_the_run(run, values):
    store.record(run.folder, "failed", code="text", values=values)
    assert "values is " in again(run).damaged


def test_no_pretrained_run_has_a_phase_in_english():
    folders = sorted(paths.PRETRAINED.glob("*/events.jsonl"))
    phases = {
        event["phase"] for path in folders for event in store.read(path.parent).events if "phase" in event
    }
    assert phases == {"loading_texts", "starting_keras", "training", "evaluating"}
