"""A sweep runs to its end by itself, with a worker that trains nothing; stopping ends its runs."""

import pytest

from imdb_core import __main__ as command_line
from imdb_core.runs import launcher, store
from imdb_core.sweeps import proposer
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import membership
from imdb_core.sweeps.trials import MOST_RESUMES, best, settings
from tests.sweeps.test_study import add_run, sweep_of

pytestmark = pytest.mark.usefixtures("stub_worker")


def ended(sweep):
    launcher.runs()
    now = sweep_store.read(sweep.folder)
    return now if now.state != "running" else None


def test_a_sweep_trains_its_runs_ends_some_early_and_finds_a_good_setting(wait_until):
    sweep = sweep_of(most_runs=12)
    launcher.dispatch()
    sweep = wait_until(lambda: ended(sweep))
    tried = settings(sweep, sweep_store.runs(sweep))
    assert sweep.state == "finished" and len(tried) == 12
    assert {each.state for each in tried} == {"complete", "pruned"}
    assert best(sweep, tried).value(sweep.config) == min(
        each.value(sweep.config) for each in tried if each.state == "complete"
    )
    pruned = next(each.runs[0] for each in tried if each.state == "pruned")
    assert "the median of the other runs was better" in pruned.message


def test_a_stopped_sweep_makes_no_more_runs_and_goes_on_when_it_is_asked_to(wait_until, monkeypatch, capsys):
    monkeypatch.setenv("STUB_STEP_SECONDS", "0.3")
    sweep = sweep_of(most_runs=4, pruner="none")
    launcher.dispatch()
    wait_until(lambda: any(run.active for run in sweep_store.runs(sweep)))
    assert command_line.main(["sweeps", sweep.id, "--stop"]) == 0
    wait_until(lambda: all(run.state in store.ENDED for run in sweep_store.runs(sweep)))
    count = len(sweep_store.runs(sweep))
    launcher.dispatch()
    assert sweep_store.read(sweep.folder).state == "stopped" and len(sweep_store.runs(sweep)) == count < 4
    monkeypatch.setenv("STUB_STEP_SECONDS", "0.02")
    assert command_line.main(["sweeps", sweep.id, "--go-on"]) == 0
    sweep = wait_until(lambda: ended(sweep))
    assert len(sweep_store.runs(sweep)) == 4 and sweep.state == "finished"


def test_two_seeds_for_each_setting_are_trained_with_the_same_values(wait_until):
    sweep = sweep_of(most_runs=4, seeds=2, pruner="none")
    launcher.dispatch()
    sweep = wait_until(lambda: ended(sweep))
    first, second = settings(sweep, sweep_store.runs(sweep))
    for each in (first, second):
        assert [run.config.seed for run in each.runs] == [7, 8]
        assert len({run.config.learning_rate for run in each.runs}) == 1


def test_a_run_that_is_interrupted_again_and_again_does_not_keep_its_sweep_from_ending(monkeypatch):
    sweep = sweep_of(most_runs=1)
    run = store.create(sweep.config.base, sweep.run_id(0), sweep=sweep.id, number=0)
    for _ in range(MOST_RESUMES):
        store.record(run.folder, "queued", resumed=True)
    store.record(run.folder, "started", pid=1, process_started=1.0, device="cpu", threads=1)
    assert store.read(run.folder).state == "interrupted"
    proposer.main()
    assert sweep_store.read(sweep.folder).state == "finished"


def test_a_deleted_first_seed_is_not_made_again_and_the_sweep_goes_on():
    sweep = sweep_of(most_runs=4, seeds=2, pruner="none")
    for number in range(2):
        add_run(sweep, number, {"units": 8}, [0.5])
    store.delete(sweep_store.runs(sweep)[0])
    made = proposer.propose(sweep, 1)
    numbers = [membership(run)[1] for run in sweep_store.runs(sweep)]
    assert made == 1 and numbers == [1, 2]


def test_a_run_killed_before_its_sweep_judged_its_epoch_is_judged_when_it_goes_on(stub_worker, wait_until):
    sweep = sweep_of(most_runs=6)
    for number in range(5):
        add_run(sweep, number, {"units": 8}, [0.1, 0.1])
    run = add_run(sweep, 5, {"units": 16}, [0.9, 0.9], ending="interrupted", code="ended_silently")
    assert run.config.epochs > 2 and run.was_interrupted
    launcher.resume(run)
    ended = wait_until(lambda: (now := store.read(run.folder)).state == "stopped" and now)
    assert len(ended.epochs) == 2 and ended.ending["code"] == "pruned_by_median"
