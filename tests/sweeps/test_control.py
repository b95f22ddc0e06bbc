"""What a user does with a sweep: stop, go on, delete, and train the best setting with fresh seeds."""

import pytest

from imdb_core import __main__ as command_line
from imdb_core.errors import RunError
from imdb_core.runs import launcher, store
from imdb_core.sweeps import control, overview
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import membership, origin
from tests.sweeps.test_study import add_run, sweep_of


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    """Runs stay queued: these tests are about files."""
    monkeypatch.setattr(launcher, "dispatch", lambda **_: True)


def best_of(sweep):
    return overview.overview(sweep).best


def filled(count=3, **values):
    """A sweep with complete settings; the last one is the best."""
    sweep = sweep_of(**values)
    for number in range(count):
        add_run(sweep, number, {"units": 8 * (number // sweep.config.seeds + 1)}, [0.9, 0.8 - number / 10])
    return sweep


def test_going_on_resumes_the_runs_that_the_stop_ended_and_no_others():
    sweep = sweep_of(most_runs=9)
    before = add_run(sweep, 0, {"units": 8}, [0.5], ending="stopped", code="stopped_with_epoch")
    pruned = {"code": "pruned_by_median", "values": {"epoch": 1}}
    early = add_run(sweep, 1, {"units": 16}, [0.5], ending="stopped", **pruned)
    waiting = add_run(sweep, 2, {"units": 24}, [], ending="")
    stopped = control.stop(sweep)
    assert stopped.state == "stopped" and store.read(waiting.folder).state == "stopped"
    late = add_run(sweep, 3, {"units": 32}, [0.5], ending="stopped", **pruned)
    assert control.go_on(sweep).state == "running"
    states = [store.read(run.folder).state for run in (before, early, waiting, late)]
    assert states == ["stopped", "stopped", "queued", "stopped"]


def test_a_finished_sweep_stays_finished_when_it_is_stopped_or_goes_on():
    sweep = filled()
    sweep_store.record(sweep, "finished")
    assert control.stop(sweep).state == "finished"
    assert control.go_on(sweep).state == "finished"


@pytest.mark.parametrize("with_runs", [False, True])
def test_deleting_a_sweep_leaves_or_takes_its_runs(with_runs):
    sweep, other = filled(), filled(1)
    (sweep.folder / sweep_store.IMPORTANCES).write_text("{}")
    control.delete(sweep, with_runs=with_runs)
    assert not sweep.folder.exists() and other.folder.exists()
    assert len(store.runs()) == 1 + 3 * (not with_runs)
    control.delete(sweep, with_runs=with_runs)  # a second click


def test_a_damaged_sweep_is_deleted_with_its_runs():
    sweep, other = filled(), filled(1)
    (sweep.folder / "sweep.json").write_text("{")
    control.delete(sweep_store.read(sweep.folder), with_runs=True)
    assert not sweep.folder.exists() and [membership(run)[0] for run in store.runs()] == [other.id]


def test_a_sweep_with_a_queued_run_or_a_foreign_file_is_not_deleted():
    sweep = filled()
    (sweep.folder / "my notes.txt").write_text("mine")
    with pytest.raises(RunError, match="did not create"):
        control.delete(sweep)
    assert (sweep.folder / "my notes.txt").exists() and sweep_store.read(sweep.folder).config
    add_run(sweep, 7, {"units": 8}, [], ending="")
    with pytest.raises(RunError, match="Stop the sweep first"):
        control.delete(sweep, with_runs=True)
    assert len(sweep_store.runs(sweep)) == 4


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_best_setting_is_trained_with_seeds_that_the_sweep_has_not_used(seeds):
    sweep = filled(4, seeds=seeds, most_runs=4, name="my sweep")
    best = best_of(sweep)
    runs = control.train_again(sweep, best.number)
    used = {run.config.seed for run in sweep_store.runs(sweep)}
    assert len(runs) == control.FRESH_SEEDS and not used & {run.config.seed for run in runs}
    for run in runs:
        assert run.config.units == 8 * (best.number + 1)
        assert run.name == f"Setting {best.number} of my sweep, seed {run.config.seed}"
        assert origin(run) == (sweep.id, best.number)
        assert membership(run) is None  # so it is tested, and is no run of the sweep
    assert len(sweep_store.runs(sweep)) == 4


def test_a_second_click_makes_no_further_runs_unless_all_were_deleted():
    sweep = filled()
    number = best_of(sweep).number
    first = control.train_again(sweep, number)
    assert [run.id for run in control.train_again(sweep, number)] == [run.id for run in first]
    assert len(sweep_store.read(sweep.folder).chosen) == 1
    for run in first:
        store.record(run.folder, "stopped", code="taken_from_queue")
        store.delete(store.read(run.folder))
    again = control.train_again(sweep, number)
    assert {run.id for run in again}.isdisjoint(run.id for run in first)


def test_names_and_seeds_stay_within_their_bounds():
    sweep = filled(name="n" * 80)
    [run, *_] = control.train_again(sweep, best_of(sweep).number)
    assert len(run.name) <= control.LONGEST_NAME and run.name.endswith("…, seed 8")
    config = sweep.config.model_copy(update={"base": sweep.config.base.changed(seed=control.MOST_SEED)})
    assert control.fresh_seeds(config, 3) == [0, 1, 2]


def test_a_setting_that_the_sweep_lacks_is_refused():
    with pytest.raises(RunError, match="no setting 99"):
        control.train_again(filled(), 99)


def test_the_command_trains_the_best_and_deletes(capsys):
    sweep = filled()
    assert command_line.main(["sweeps", sweep.id, "--train-best"]) == 0
    assert capsys.readouterr().out.count("Setting 2 of") == control.FRESH_SEEDS
    assert command_line.main(["sweeps", sweep.id, "--delete", "--with-runs"]) == 0
    assert len(store.runs()) == control.FRESH_SEEDS and not sweep.folder.exists()
    assert command_line.main(["sweeps", sweep_of().id, "--train-best"]) == 2
    assert "no complete setting yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ending", "moves"), [("", False), ("finished", True), ("interrupted", True)], ids=str
)
def test_the_queue_is_moved_on_by_the_page_only_if_no_worker_will(ending, moves, monkeypatch):
    sweep, asked = sweep_of(), []
    monkeypatch.setattr(launcher, "dispatch", lambda **_: asked.append(1))
    run = add_run(sweep, 0, {"units": 8}, [0.5], ending=ending)
    now = overview.overview(sweep)
    if not ending:
        monkeypatch.setattr(type(run), "state", "running")
        now = overview.overview(sweep)
    control.keep_moving(now)
    assert bool(asked) is moves
