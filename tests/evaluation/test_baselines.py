"""The TF-IDF baseline with the real scikit-learn, in separate processes, on the demo reviews."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core import data, paths
from imdb_core.data import imdb
from imdb_core.errors import DataError
from imdb_core.evaluation import baselines
from imdb_core.files import write_json
from imdb_core.runs import store
from imdb_core.scoring import models
from tests import class_sources
from tests.children import children


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own: a computed baseline must not be seen by other tests."""
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def python(*arguments):
    """A fresh interpreter; its output can be read when it has ended."""
    command = [sys.executable, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=paths.PROJECT
    )


def results(folder):
    return list(folder.glob("baseline-*.json"))


def test_the_command_computes_once_and_then_reads_the_stored_baseline(own_cache):
    first, progress = python("-m", "imdb_core", "baseline", "demo", "--json").communicate(timeout=120)
    printed = json.loads(first)
    assert (
        0.65 < printed["test_accuracy"] < 1
        and printed["test_reviews"] == 1000
        and printed["train_reviews"] == 4000
    )
    assert (
        printed["fit_seconds"] > 0
        and set(printed["versions"]) == {"python", "numpy", "scikit-learn"}
        and "minute" in progress
    )
    assert printed == asdict(baselines.baseline("demo"))
    second, progress = python("-m", "imdb_core", "baseline", "demo", "--json").communicate(timeout=120)
    assert second == first and not progress, "computed again: another time, another duration"


def test_the_accuracy_is_that_of_a_plain_scikit_learn_pipeline():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    computed, corpus = baselines.compute("demo"), data.load("demo")
    train, test = (
        [" ".join(map(str, half[i][1:])) for i in range(len(half))] for half in (corpus.train, corpus.test)
    )
    pairs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"\S+")
    plain = make_pipeline(pairs, LogisticRegression(C=computed.c, solver="liblinear", max_iter=1000)).fit(
        train, corpus.train.labels
    )
    assert computed.test_accuracy == pytest.approx(plain.score(test, corpus.test.labels), abs=0.002)


def test_three_classes_are_compared_with_the_same_method():
    with class_sources.registered() as name:
        computed, corpus = baselines.compute(name), data.load(name)
        assert baselines.baseline(name) == computed
    assert computed.class_counts == np.bincount(corpus.test.labels).tolist() == [44, 28, 8]
    assert computed.test_accuracy > 0.9 and computed.balanced_accuracy > 0.8


def test_a_data_set_that_was_deleted_has_no_baseline_and_no_page_fails():
    assert baselines.baseline("own-00000000") is None
    assert not baselines.is_possible("own-00000000") and not baselines.is_computing("own-00000000")
    assert baselines.failure("own-00000000") is None
    for function in (baselines.start, baselines.compute):
        with pytest.raises(DataError, match="own-00000000"):
            function("own-00000000")


def test_two_processes_compute_once(own_cache, wait_until):
    both = [python("-m", "imdb_core", "baseline", "demo", "--json") for _ in range(2)]
    wait_until(lambda: baselines.is_computing("demo"), 20)  # seen from here, although others do it
    first, second = (process.communicate(timeout=120)[0] for process in both)
    assert first and first == second and len(results(own_cache)) == 1


def test_the_baseline_is_computed_in_a_process_of_its_own():
    code = "\n".join(
        (
            "import sys, time",
            "from imdb_core.evaluation import baselines",
            "assert baselines.is_possible('demo') and not baselines.baseline('demo')",
            "assert not baselines.is_computing('demo')",
            "baselines.start('demo')",
            "assert baselines.is_computing('demo') and not baselines.baseline('demo')",
            "while baselines.is_computing('demo'): time.sleep(0.05)",
            "print(baselines.baseline('demo').test_accuracy, baselines.failure('demo'))",
            "assert not {'sklearn', 'scipy'} & set(sys.modules)",
        )
    )
    process = python("-c", code)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert 0.65 < float(output.split()[0]) < 1 and output.split()[1] == "None"


def test_a_killed_computation_leaves_nothing_wrong_and_can_be_started_again(own_cache, wait_until):
    baselines.start("demo")
    wait_until(lambda: list(own_cache.glob("*.lock")), 60)
    (process,) = children("imdb_core.evaluation.baselines")
    process.kill()
    wait_until(lambda: not baselines.is_computing("demo"), 30)
    assert baselines.baseline("demo") is None and not results(own_cache)
    assert "signal 9" in baselines.failure("demo")
    baselines.start("demo")
    assert baselines.is_computing("demo")
    wait_until(lambda: not baselines.is_computing("demo"), 120)
    assert baselines.baseline("demo") and baselines.failure("demo") is None


def test_a_failed_computation_says_why(own_cache, wait_until):
    baselines.start("demo").with_suffix(".json").mkdir()
    wait_until(lambda: not baselines.is_computing("demo"), 120)
    assert baselines.baseline("demo") is None and "directory" in baselines.failure("demo")


def test_a_damaged_file_counts_as_not_computed(own_cache):
    computed = baselines.compute("demo")
    (place,) = results(own_cache)
    for content in (
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"dataset": "demo"}',
        json.dumps(asdict(computed) | {"test_accuracy": 1.5}),
    ):
        place.write_text(content)
        assert baselines.baseline("demo") is None, content
    write_json(place, asdict(computed))
    assert baselines.baseline("demo") == computed


def test_a_baseline_belongs_to_runs_on_the_same_reviews_only():
    computed, elsewhere = baselines.compute("demo"), models.run("pretrained/lstm")
    run = store.create(configs.preset("lstm", dataset="demo"), store.new_id())
    assert computed.suits(run) and not computed.suits(elsewhere)
    assert baselines.computed_for([run]) == [computed] and baselines.computed_for([elsewhere]) == []
    store.record(run.folder, "phase", phase="starting Keras", fingerprint="0" * 64)
    assert baselines.computed_for([store.read(run.folder)]) == [], "the run's events name other reviews"


@pytest.mark.skipif(not os.environ.get("IMDB_DATA_DIR"), reason="needs the real reviews in IMDB_DATA_DIR")
def test_the_reviews_fingerprint_is_known_without_loading_them(cache_folder, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(cache_folder))
    assert imdb.fingerprint() == data.load("imdb").fingerprint


def test_without_the_reviews_there_is_no_baseline_and_nothing_to_start(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_DATA_DIR", str(tmp_path / "nowhere"))
    assert (
        not baselines.is_possible("imdb")
        and baselines.baseline("imdb") is None
        and not baselines.is_computing("imdb")
    )
    with pytest.raises(DataError, match="not on this machine"):
        baselines.start("imdb")
