"""A sweep in figures: budget, time left, saved epochs, and by how much the best setting is overestimated."""

import pytest
from scipy import stats

from imdb_core.runs import devices, journal, layout, store
from imdb_core.sweeps import optimism
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.optimism import Optimism, by_fresh_seeds, by_left_out_seeds
from imdb_core.sweeps.overview import overview
from imdb_core.sweeps.trials import settings
from tests.sweeps.test_study import add_run, sweep_of, tried

EARLY = {"ending": "stopped", "code": "pruned_by_median", "values": {"epoch": 1}}


def test_settings_have_values_objective_state_and_a_remark():
    sweep = sweep_of(most_runs=8)
    changes = {"learning_rate": 0.01, "units": 16, "dropout": 0.2}
    run = add_run(sweep, 0, changes, [0.5, 0.4])
    add_run(sweep, 1, changes, [0.9], **EARLY)
    now = overview(sweep)
    first, second = now.tried
    assert first.values == (0.01, 16, 0.2) and first.value == 0.4 and first.runs == (run.id,)
    assert (first.state, second.state) == ("complete", "pruned")
    assert "median of the other runs was better" in second.remark and not first.remark
    assert now.best == first and now.count("pruned") == 1
    assert now.saved_epochs == 3  # the second setting trained one of four epochs
    assert now.is_moving and not now.open_runs


def test_the_budget_that_is_used_most_counts():
    sweep = sweep_of(most_runs=10, most_epochs=4, most_hours=1)
    for number in range(2):
        add_run(sweep, number, {"units": 8}, [0.5])
    now = overview(sweep)
    assert [(budget.name, budget.most) for budget in now.budgets] == [
        ("runs", 10),
        ("epochs", 4),
        ("hours", 1),
    ]
    assert now.share == 0.5


def test_the_time_left_follows_from_ended_runs_and_is_unknown_before(monkeypatch):
    monkeypatch.setattr(devices, "slots", lambda: 2)
    sweep = sweep_of(most_runs=9)
    for number in range(3):
        run = add_run(sweep, number, {"units": 8}, [0.5], ending="")
        times = {"started": "2026-01-01T10:00:00.000+00:00", "finished": "2026-01-01T10:00:20.000+00:00"}
        if number == 2:
            assert overview(sweep).seconds_left is None
        for event, time in times.items():
            fields = {"pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}
            journal.append(run.folder / layout.EVENTS, {"event": event, "time": time, **fields})
    assert overview(sweep).seconds_left == pytest.approx(6 * 20 / 2)
    sweep_store.record(sweep, "stopped")
    assert overview(sweep_store.read(sweep.folder)).seconds_left is None


def test_a_front_replaces_the_best_if_there_is_a_second_objective():
    sweep = sweep_of(cost="seconds", pruner="none")
    for number, loss in enumerate((0.5, 0.4, 0.45, 0.2)):
        add_run(sweep, number, {"units": 8 * (number + 1)}, [loss])
    now = overview(sweep)
    assert now.best is None and [each.number for each in now.front] == [0, 1, 3]
    assert [each.cost for each in now.front] == [1.5, 2.5, 4.5]
    assert [each.number for each in now.leading(2)] == [3, 1]


def test_a_damaged_sweep_has_an_empty_overview():
    sweep = sweep_of()
    (sweep.folder / "sweep.json").write_text("{")
    now = overview(sweep_store.read(sweep.folder))
    assert now.tried == () and not now.is_moving and now.share == 0


def test_an_ended_run_is_read_again_only_if_its_files_change():
    sweep = sweep_of()
    run = add_run(sweep, 0, {"units": 8}, [0.5])
    first, again = sweep_store.runs(sweep)[0], sweep_store.runs(sweep)[0]
    assert first is again
    store.rename(run, "another name")
    assert sweep_store.runs(sweep)[0].name == "another name"
    running = add_run(sweep, 1, {"units": 16}, [0.5], ending="")
    assert sweep_store.runs(sweep)[1] is not sweep_store.runs(sweep)[1] and running.state == "queued"


@pytest.mark.parametrize("freedom", range(1, 10))
def test_the_quantiles_are_scipys(freedom):
    assert optimism.T_QUANTILES[freedom - 1] == pytest.approx(stats.t.ppf(0.975, freedom), abs=5e-4)


@pytest.mark.parametrize(("minimizes", "sign"), [(True, 1), (False, -1)])
def test_the_excess_is_positive_if_the_sweep_promised_too_much(minimizes, sign):
    found = Optimism(0.5, (0.5 + sign * 0.1, 0.5 + sign * 0.3), minimizes)
    assert found.excess == pytest.approx(0.2)
    low, high = found.interval
    expected = stats.t.interval(0.95, 1, loc=found.mean, scale=stats.sem(found.unseen))
    assert (low, high) == pytest.approx(expected, abs=1e-3)
    assert Optimism(0.5, (0.6,), minimizes).interval is None


def test_only_finished_runs_with_fresh_seeds_count():
    sweep = sweep_of()
    ended = [add_run(sweep, 0, {"units": 8}, [0.6]), add_run(sweep, 1, {"units": 8}, [0.2], ending="")]
    assert by_fresh_seeds(sweep.config, 0.4, ended).unseen == (0.6,)
    assert by_fresh_seeds(sweep.config, 0.4, ended[1:]) is None


def test_each_seed_is_left_out_once():
    """Two settings, two seeds: each choice takes the setting that was luckier with the other seed."""
    sweep = sweep_of(seeds=2, most_runs=4)
    for number, loss in enumerate((0.1, 0.7, 0.6, 0.2)):
        add_run(sweep, number, {"units": 8 * (1 + number // 2)}, [loss])
    found = by_left_out_seeds(sweep.config, tried(sweep))
    # without seed 0: setting 1 (0.2), unseen 0.6; without seed 1: setting 0 (0.1), unseen 0.7
    assert found.seen == pytest.approx(0.15) and found.unseen == (0.6, 0.7)
    assert overview(sweep).left_out == found


def test_one_seed_says_nothing_about_luck():
    sweep = sweep_of()
    for number in range(3):
        add_run(sweep, number, {"units": 8}, [0.5])
    assert by_left_out_seeds(sweep.config, settings(sweep, sweep_store.runs(sweep))) is None


def test_an_interrupted_run_keeps_only_a_running_sweep_moving():
    sweep = sweep_of()
    add_run(sweep, 0, {"units": 8}, [0.5], ending="interrupted")
    assert len(overview(sweep).open_runs) == 1
    sweep_store.record(sweep, "stopped")
    stopped = overview(sweep_store.read(sweep.folder))
    assert not stopped.open_runs and not stopped.is_moving
