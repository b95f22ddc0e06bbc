"""A sweep keeps to its budget, also if it ends while runs are trained, and stops when no run can succeed."""

import pytest

from imdb_core import __main__ as command_line
from imdb_core.errors import RunError
from imdb_core.runs import devices, disk_space, launcher, store
from imdb_core.sweeps import budget, proposer, pruning
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.trials import best, settings
from tests import class_sources
from tests.sweeps.test_running import ended
from tests.sweeps.test_study import add_run, sweep_of

HOUR = 3600.0


def open_run(sweep, number, losses):
    """A run of the sweep that waits and has finished these epochs."""
    return add_run(sweep, number, {"units": 8}, losses, ending="")


@pytest.mark.parametrize(
    ("most_epochs", "may"),
    [(0, True), (7, False), (8, True), (11, False), (12, True)],
)
def test_epochs_are_reserved_for_a_run_before_it_is_made(most_epochs, may):
    sweep = sweep_of(most_epochs=most_epochs)  # a run has four epochs
    add_run(
        sweep, 0, {"units": 8}, [0.5, 0.4], ending="stopped", code="pruned_by_median", values={"epoch": 2}
    )
    add_run(sweep, 1, {"units": 16}, [0.5, 0.4], ending="finished")
    if most_epochs >= 11:
        open_run(sweep, 2, [0.5])
    runs = sweep_store.runs(sweep)
    assert budget.allows(sweep.config, runs, sweep.config.base) is may


def test_a_sweep_ends_when_no_further_run_fits_into_its_epochs():
    sweep = sweep_of(most_epochs=7)
    add_run(sweep, 0, {"units": 8}, [0.5, 0.4, 0.3, 0.2])
    assert proposer.propose(sweep, 2) == 0
    assert sweep_store.read(sweep.folder).state == "finished"


def test_a_sweep_waits_for_open_runs_that_may_give_epochs_back():
    sweep = sweep_of(most_epochs=9)
    open_run(sweep, 0, [0.5])
    open_run(sweep, 1, [0.5])
    assert proposer.propose(sweep, 2) == 0
    assert sweep_store.read(sweep.folder).state == "running"


@pytest.mark.parametrize("pruner", ["none", "median"])
def test_a_run_is_ended_after_the_epoch_in_which_the_hours_end(pruner):
    sweep = sweep_of(most_hours=6.5 / HOUR, pruner=pruner)
    add_run(sweep, 0, {"units": 8}, [0.5, 0.4])  # two epochs of 1.5 s
    first = open_run(sweep, 1, [0.5])  # 2.5 s
    assert pruning.verdict(first) is None
    second = open_run(sweep, 2, [0.5])  # 3.5 s
    assert (
        pruning.verdict(second)
        == "Ended by its sweep after epoch 1: the sweep has used its hours of training."
    )
    store.record(second.folder, "stopped", **pruning.verdict(second).fields)
    assert [each.state for each in settings(sweep, sweep_store.runs(sweep))] == ["complete", "open", "pruned"]


def test_an_interrupted_run_is_not_resumed_after_the_hours_have_ended():
    sweep = sweep_of(most_hours=1 / HOUR)
    run = open_run(sweep, 0, [0.5])
    store.record(run.folder, "started", pid=1, process_started=1.0, device="cpu", threads=1)
    assert store.read(run.folder).state == "interrupted"
    proposer.propose(sweep, 1)
    assert store.read(run.folder).ending["code"] == "sweep_hours_spent"
    assert sweep_store.read(sweep.folder).state == "finished"


def test_a_sweep_whose_data_set_is_deleted_stops_with_the_reason(capsys):
    with class_sources.registered() as name:
        sweep = sweep_of(dataset=name)
        assert proposer.propose(sweep, 1) == 1
    assert proposer.propose(sweep_store.read(sweep.folder), 1) == 0
    now = sweep_store.read(sweep.folder)
    assert now.state == "stopped" and now.reason == f"The sweep stopped: the data set {name} was deleted."
    assert command_line.main(["sweeps"]) == 0
    assert now.reason in capsys.readouterr().out


def test_a_sweep_whose_settings_all_fail_stops_and_goes_on_when_it_is_asked_to(capsys):
    sweep = sweep_of()
    for number in range(proposer.MOST_FAILURES):
        add_run(sweep, number, {"units": 8}, [], ending="failed", code="text", values={"text": "no"})
    proposer.propose(sweep, 1)
    now = sweep_store.read(sweep.folder)
    assert now.state == "stopped" and sweep.run_id(proposer.MOST_FAILURES - 1) in now.reason
    now = sweep_store.record(now, "continued")
    assert now.reason is None and proposer.propose(now, 1) == 1
    assert sweep_store.read(sweep.folder).state == "running"


def test_failures_between_good_settings_stop_nothing():
    sweep = sweep_of()
    for number in range(2 * proposer.MOST_FAILURES):
        good = number % proposer.MOST_FAILURES == 2
        add_run(sweep, number, {"units": 8}, [0.5] if good else [], ending="finished" if good else "failed")
    assert proposer.propose(sweep, 1) == 1


def test_a_sweep_that_cannot_write_its_run_keeps_no_other_sweep_from_going_on(monkeypatch, capsys):
    first, second = sweep_of(), sweep_of(network="lstm", vary=("units=8,16",))
    real = disk_space.require_space

    def full_for_the_first(config):
        if config.network == "cnn_lstm_dense":
            raise RunError("The disk is full.")
        real(config)

    monkeypatch.setattr(disk_space, "require_space", full_for_the_first)
    monkeypatch.setattr(launcher, "dispatch", lambda **_: True)
    proposer.main()
    assert not sweep_store.runs(first) and sweep_store.runs(second)
    assert f"Sweep {first.id}: The disk is full." in capsys.readouterr().err


def test_two_sweeps_at_once_share_the_slots_and_both_end(stub_worker, wait_until):
    sweeps = [sweep_of(most_runs=3, pruner="none", seed=seed) for seed in (1, 2)]
    launcher.dispatch()
    for sweep in sweeps:
        now = wait_until(lambda sweep=sweep: ended(sweep))
        tried = settings(now, sweep_store.runs(now))
        assert now.state == "finished" and len(tried) == 3 and best(now, tried)


def test_waiting_runs_of_the_user_count_as_used_slots(monkeypatch):
    sweep = sweep_of()
    for number in range(devices.slots()):
        store.create(sweep.config.base, store.new_id(), number=number)
    monkeypatch.setattr(launcher, "dispatch", lambda **_: True)
    proposer.main()
    assert not sweep_store.runs(sweep)
