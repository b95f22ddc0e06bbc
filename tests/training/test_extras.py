"""Extras of a run: a kill before them loses none, old rows stay readable, and the pages say what failed. See
faults/j_found_later/failing_extras.py.
"""

import os

import pytest

from imdb_core import config as configs
from imdb_core.runs import journal, notes, store
from imdb_core.scoring import models
from imdb_core.training import worker
from imdb_core.training.extras import Extras
from imdb_core.training.fit import Stopped
from tests.apptest import opened
from tests.faults.support import faulty_extras, sample_runs
from tests.faults.support.child_processes import result_in_new_process
from ui.formats import escaped


def killed_before_the_extras(epoch: str) -> dict:
    """Train a run that is killed when `epoch` is saved and its extras are due, then resume it to its end."""
    faulty_extras.install()
    run = store.create(configs.checked(faulty_extras.CONFIG), store.new_id())
    if os.fork() == 0:
        epoch_extras = worker.Course.epoch_extras
        worker.Course.epoch_extras = lambda course, done, **options: (
            os._exit(9) if done == int(epoch) else epoch_extras(course, done, **options)
        )
        worker.main([str(run.folder)])
    os.wait()
    killed = [row["epoch"] for row in store.read(run.folder).epochs]
    worker.main([str(run.folder)])
    ended = store.read(run.folder)
    rows = [row["epoch"] for row in journal.rows(run.folder / "metrics.jsonl") if row["kind"] == "probes"]
    kept = sorted(path.name for path in run.folder.glob("epochs/*"))
    shares = [row["probes"][0] for row in ended.epochs]
    return {"killed": killed, "state": ended.state, "rows": rows, "kept": len(kept), "shares": shares}


@pytest.mark.parametrize("epoch", range(1, faulty_extras.EPOCHS + 1))
def test_after_a_kill_between_an_epoch_and_its_extras_each_extra_exists_once(epoch):
    result = result_in_new_process(killed_before_the_extras, epoch, COUNTING_EPOCH_SECONDS="0")
    assert result["killed"] == list(range(1, epoch + 1))
    assert result["state"] == "finished"
    assert result["rows"] == [0, 1, 2, 3] and result["kept"] == 3
    assert result["shares"] == pytest.approx([0.51, 0.52, 0.53])  # with the weights of each epoch


@pytest.mark.parametrize("request_to_end", [Stopped, KeyboardInterrupt, SystemExit])
def test_a_stop_request_is_not_a_failure_of_an_extra(tmp_path, request_to_end):
    def work():
        raise request_to_end("now")

    with pytest.raises(request_to_end, match="now"):
        Extras(tmp_path).attempt("probes", work)
    assert not (tmp_path / "events.jsonl").exists()


def test_a_failure_that_cannot_be_recorded_is_recorded_later_and_does_not_end_the_run(tmp_path):
    def work():
        raise OSError(28, "No space left on device")

    attempts = Extras(tmp_path / "gone")
    assert attempts.attempt("log", work) is None
    (tmp_path / "gone").mkdir()
    assert attempts.attempt("log", work, epoch=2) is None
    [event] = journal.rows(tmp_path / "gone" / "events.jsonl")
    assert (event["extra"], event["epoch"]) == ("log", 2)
    assert (event["code"], event["values"]) == ("text", {"text": "No space left on device"})


def epoch_row(epoch, **more):
    judged = {
        "val_loss": 0.8 / epoch,
        "val_accuracy": 0.5,
        "validation_seconds": 0.1,
        "loss": 0.7,
        "accuracy": 0.5,
    }
    return {"kind": "epoch", "epoch": epoch, **sample_runs.ROW, **judged, **more}


def test_probes_are_read_from_old_and_new_rows_but_not_for_void_epochs():
    run = store.create(configs.checked(faulty_extras.CONFIG), store.new_id())
    rows = [
        epoch_row(1, probes=[0.1, 0.2]),
        epoch_row(2),
        {"kind": "probes", "epoch": 2, "probes": [0.3, 0.4]},
    ]
    rows += [
        epoch_row(3),
        {"kind": "probes", "epoch": 3, "probes": [0.5, 0.6]},
        {"kind": "resumed", "epoch": 2},
    ]
    for row in [*rows, epoch_row(3)]:
        journal.append(run.folder / "metrics.jsonl", row)
    now = store.read(run.folder)
    assert [row.get("probes") for row in now.epochs] == [[0.1, 0.2], [0.3, 0.4], None]
    assert [row.get("probes") for row in now.metrics] == [[0.1, 0.2], [0.3, 0.4], None]


@pytest.mark.parametrize("row", [{"probes": [2.0, "x"]}, {"probes": 0.5}, {}])
def test_a_row_of_probes_that_no_worker_wrote_damages_its_run(row):
    run = store.create(configs.checked(faulty_extras.CONFIG), store.new_id())
    journal.append(run.folder / "metrics.jsonl", {"kind": "probes", "epoch": 1, **row})
    assert "probes" in store.read(run.folder).damaged


def test_a_run_whose_export_failed_says_so_and_is_offered_for_resume_but_not_for_scoring():
    run = sample_runs.finished_run()
    store.record(run.folder, "extra-failed", extra="model", reason="TensorFlow failed", epoch=None)
    now = store.read(run.folder)
    assert now.state == "finished" and now.can_resume
    assert now.id not in [model.key for model in models.available()]
    shown = [warning.value for warning in opened("watch", run=run.id).warning]
    assert shown == [escaped(note) for note in notes.notes(now)] and len(shown) == 1
    assert "cannot score reviews" in shown[0] and "TensorFlow failed" in shown[0]


def test_a_run_resumed_with_another_framework_or_device_says_so():
    run = sample_runs.finished_run()
    for device, backend, version in (
        ("cpu", "tensorflow", "2.20"),
        ("cpu", "tensorflow", "2.21"),
        ("gpu:0", "jax", "0.9"),
    ):
        store.record(run.folder, "started", pid=1, process_started=0.0, device=device, threads=1)
        versions = {"keras": "3.12", backend: version}
        store.record(run.folder, "phase", phase="training", backend=backend, versions=versions)
        store.record(run.folder, "resumed", epoch=2)
    first, second = notes.notes(store.read(run.folder))
    assert "resumed with tensorflow 2.21 instead of 2.20" in first
    assert "device gpu instead of cpu, backend jax instead of tensorflow" in second
