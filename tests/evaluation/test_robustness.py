"""How many test texts can be turned: counted by the search, kept with its model, safe to stop and kill."""

import json
import os

import numpy as np
import pytest

from imdb_core import data
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError
from imdb_core.evaluation import predictions, robustness, robustness_job
from imdb_core.runs import layout, store
from imdb_core.scoring import fooling, predictor
from tests import class_runs
from tests.children import children
from tests.meaning_runs import demo_run, summing_run

JOB = "imdb_core.evaluation.robustness_job"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own, so that it sees no other test's jobs."""
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def run():
    return demo_run()


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(robustness, "TEXTS", 12)


def nobody(done, total):
    """A listener to the progress."""


def test_the_figure_counts_texts_that_the_search_turns(run, few):
    reported = []
    figure = robustness.compute(run, lambda *each: reported.append(each))
    network, judged, corpus = predictor.load(run.folder), predictions.read_classes(run), data.load("demo")
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer)
    order = [at for at in np.random.default_rng(0).permutation(len(judged)) if judged.right[at]][:12]
    attempts = [
        fooling.fool(network, " ".join(vocabulary.decode(corpus.test[at][1:])), seconds=600) for at in order
    ]
    assert all(each.verdict == judged.labels[at] for each, at in zip(attempts, order, strict=True))
    swaps = [len(attempt.swaps) for attempt in attempts if attempt.turned]
    assert figure.by_swaps == (swaps.count(1), swaps.count(2), swaps.count(3))
    assert 0 < figure.turned == len(swaps) < figure.texts == 12
    assert figure.interval[0] < figure.share < figure.interval[1]
    assert robustness.of(run) == figure
    assert {total for _, total in reported} == {12} and max(done for done, _ in reported) == 11


def test_the_same_model_has_the_same_figure_again(run, few):
    first = robustness.compute(run, nobody)
    second = robustness.compute(run, nobody)
    assert (first.by_swaps, first.texts) == (second.by_swaps, second.texts)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "0" * 64},
        {"texts": 0},
        {"by_swaps": [13, 0, 0]},
        {"by_swaps": [1, 2]},
        {"by_swaps": [-1, 2, 0]},
        {"seconds": None},
        {"format": 2},
        {"texts": "many"},
    ],
)
def test_a_damaged_figure_or_one_of_another_model_is_none(run, few, change):
    robustness.compute(run, nobody)
    path = run.folder / layout.ROBUSTNESS
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    assert robustness.of(run) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b" " * 20_000, None])
def test_a_file_that_is_no_figure_is_none(run, content):
    path = run.folder / layout.ROBUSTNESS
    path.mkdir() if content is None else path.write_bytes(content)
    assert robustness.of(run) is None


def test_a_figure_of_the_model_before_another_training_is_not_shown(run, few):
    robustness.compute(run, nobody)
    facts = json.loads((run.folder / layout.MODEL_FACTS).read_text("utf-8"))
    facts["sha256"][layout.MODEL] = "1" * 64
    (run.folder / layout.MODEL_FACTS).write_text(json.dumps(facts), "utf-8")
    assert robustness.of(run) is None


def test_a_run_that_cannot_be_fooled_says_why(run, monkeypatch):
    assert robustness.why_not(run) is None
    assert "no embedding" in robustness.why_not(class_runs.finished_run(network="ngram_linear"))
    assert "not on this machine" in robustness.why_not(_tested(summing_run()))  # its data set was deleted
    os.remove(run.folder / layout.PREDICTIONS)
    with pytest.raises(DataError, match="was not tested"):
        robustness_job.start(run)


def _tested(run):
    np.savez(run.folder / layout.PREDICTIONS, test=np.float32([0.9]), test_labels=np.uint8([1]))
    return run


def test_a_run_that_judges_nothing_right_has_no_figure(run, few):
    labels = 1 - data.load("demo").test.labels
    judged = predictions.read_classes(run).shares[:, 1]
    right = judged.round() == labels
    np.savez(
        run.folder / layout.PREDICTIONS,
        test=np.where(right, 1 - judged, judged).astype(np.float32),
        test_labels=labels,
    )
    with pytest.raises(DataError):
        robustness.compute(run, nobody)
    assert robustness.of(run) is None


def test_a_figure_does_not_keep_a_run_from_being_deleted(run, few):
    robustness.compute(run, nobody)
    store.delete(run)
    assert not run.folder.exists()


def test_a_process_of_its_own_computes_the_figure(run, own_cache, wait_until):
    robustness_job.start(run)
    assert robustness_job.job(run).is_running()
    wait_until(lambda: robustness_job.job(run).progress() or not robustness_job.job(run).is_running())
    wait_until(lambda: not robustness_job.job(run).is_running())
    assert robustness_job.job(run).failure() is None
    assert robustness.of(run).texts == robustness.TEXTS
    left = {path.suffix for path in own_cache.glob("robustness-*")}
    assert left == {".lock", ".log"} and robustness_job.job(run).progress() is None


def test_a_stopped_job_keeps_nothing_and_can_be_started_again(run, wait_until, monkeypatch):
    robustness_job.start(run)
    robustness_job.job(run).stop()
    wait_until(lambda: not robustness_job.job(run).is_running())
    assert robustness.of(run) is None and robustness_job.job(run).failure() is None
    assert not robustness_job.job(run).is_stopping()
    monkeypatch.setattr(robustness, "TEXTS", 5)
    assert robustness_job.compute(run, nobody) == robustness.of(run)


def test_a_killed_job_leaves_no_figure_and_can_be_started_again(run, wait_until, monkeypatch):
    robustness_job.start(run)
    wait_until(lambda: robustness_job.job(run).progress())
    [process] = children(JOB, str(run.folder))
    process.kill()
    wait_until(lambda: not robustness_job.job(run).is_running())
    assert robustness.of(run) is None and "signal 9" in robustness_job.job(run).failure()
    assert [path.name for path in run.folder.glob("*robustness*")] == []
    monkeypatch.setattr(robustness, "TEXTS", 5)
    robustness_job.compute(run, nobody)
    assert robustness.of(run).texts == 5


def test_a_run_that_is_deleted_meanwhile_is_a_sentence(run, wait_until):
    robustness_job.start(run)
    wait_until(lambda: robustness_job.job(run).progress())
    store.delete(run)
    wait_until(lambda: not robustness_job.job(run).is_running())
    assert not run.folder.exists() and robustness_job.job(run).failure()
    assert run.id not in [each.id for each in store.runs()]
