"""A process of its own computes the importances of hyperparameters; they stay in the sweep's folder."""

import json
import subprocess
import sys

import pytest

from imdb_core import background
from imdb_core.sweeps import importances, overview
from imdb_core.sweeps import store as sweep_store
from tests.sweeps.test_study import add_run, fill, sweep_of

TWO = ("learning_rate=0.0001..0.1:log", "units=8..64:8")


def now(sweep):
    return overview.overview(sweep_store.read(sweep.folder))


@pytest.fixture
def spawned(monkeypatch):
    """The modules that were to be started; none is."""
    started = []

    def spawn(module, *_, log):
        log.write_text("no memory\n")
        started.append(module)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(2)"])

    monkeypatch.setattr(background, "spawn", spawn)
    return started


def filled(count, **values):
    sweep = sweep_of(sampler="random", vary=TWO, pruner="none", **values)
    for number in range(count):
        add_run(sweep, number, {"units": 8 * (number % 8 + 1)}, [0.5 + number / 100])
    return sweep


def test_the_learning_rate_matters_most_if_only_it_decides_the_loss(wait_until):
    sweep = sweep_of(sampler="random", vary=TWO, pruner="none")
    fill(sweep, 12)
    sweep_store.record(sweep, "finished")
    assert importances.read(sweep) is None
    importances.keep_current(now(sweep))
    assert importances.job(sweep).is_running()
    wait_until(lambda: not importances.job(sweep).is_running())
    assert importances.job(sweep).failure() is None
    stored = importances.read(sweep)
    assert stored.settings == 12 and list(stored.shares)[0] == "learning_rate"
    assert sum(stored.shares.values()) == pytest.approx(1, abs=0.01)


def test_too_few_settings_start_nothing(spawned):
    importances.keep_current(now(filled(importances.FEWEST - 1)))
    assert spawned == []


@pytest.mark.parametrize(("known", "again"), [(9, False), (8, True)])
def test_a_sweep_that_goes_on_is_computed_again_after_a_quarter_more_settings(spawned, known, again):
    sweep = filled(importances.FEWEST)
    stored = {"settings": known, "shares": {"units": 0.25, "learning_rate": 0.75}}
    (sweep.folder / sweep_store.IMPORTANCES).write_text(json.dumps(stored))
    importances.keep_current(now(sweep))
    assert bool(spawned) is again
    assert list(importances.read(sweep).shares) == ["learning_rate", "units"]  # the old ones stay


def test_a_finished_sweep_is_computed_with_its_last_setting_and_not_again(spawned):
    sweep = filled(importances.FEWEST)
    (sweep.folder / sweep_store.IMPORTANCES).write_text(json.dumps({"settings": 9, "shares": {}}))
    sweep_store.record(sweep, "finished")
    importances.keep_current(now(sweep))
    assert len(spawned) == 1
    (sweep.folder / sweep_store.IMPORTANCES).write_text(json.dumps({"settings": 10, "shares": {}}))
    importances.keep_current(now(sweep))
    assert len(spawned) == 1


def test_a_failure_is_a_sentence_and_is_not_repeated(spawned, wait_until):
    sweep = filled(importances.FEWEST)
    sweep_store.record(sweep, "finished")
    importances.keep_current(now(sweep))
    wait_until(lambda: not importances.job(sweep).is_running())
    assert importances.job(sweep).failure() == "The computation of the importances failed: no memory."
    importances.keep_current(now(sweep))
    assert len(spawned) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"settings": 3}', b'{"settings": 1, "shares": [1]}'])
def test_a_damaged_file_counts_as_none(content):
    sweep = sweep_of()
    (sweep.folder / sweep_store.IMPORTANCES).write_bytes(content)
    assert importances.read(sweep) is None


def test_equal_objectives_are_refused_with_a_sentence(capsys):
    from imdb_core.sweeps import importance_job

    sweep = sweep_of(sampler="random", vary=TWO, pruner="none")
    for number in range(3):
        add_run(sweep, number, {"units": 8}, [0.5])
    assert importance_job.main([sweep.id]) == 2
    assert "same objective" in capsys.readouterr().out
