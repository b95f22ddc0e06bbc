"""What a sweep costs at most, and that a sweep that cannot be trained does not begin."""

import pytest

from imdb_core import config as configs
from imdb_core.errors import DataError, RunError
from imdb_core.runs import disk_space, journal, launcher, layout, store
from imdb_core.sweeps import starting
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.space import parsed
from tests import class_sources

SECONDS = 10.0  # of an epoch of the run that estimates rest on


@pytest.fixture(autouse=True)
def two_slots(monkeypatch):
    monkeypatch.setattr(starting.devices, "slots", lambda: 2)


def config_of(*vary, network="lstm", dataset="demo", **values):
    base = configs.preset(network, dataset=dataset, epochs=4)
    space = [parsed(text).model_dump() for text in vary]
    return sweep_module.checked({"base": base.model_dump(), "space": space, **values})


def past_run(config, threads=1):
    """A run that has finished an epoch of SECONDS."""
    run = store.create(config, store.new_id())
    store.record(run.folder, "started", pid=1, process_started=1.0, device="cpu", threads=threads)
    row = {"epoch": 1, "step": 3, "steps": 3, "seconds": SECONDS, "validation_seconds": 0.0}
    figures = {"loss": 0.5, "accuracy": 0.5, "val_loss": 0.5, "val_accuracy": 0.5}
    journal.append(run.folder / layout.METRICS, {"kind": "epoch", **row, **figures})
    store.record(run.folder, "finished", best_epoch=1, test_loss=0.5, test_accuracy=0.5, test_reviews=10)
    return store.read(run.folder)


def test_the_cost_is_that_of_all_runs_in_two_slots():
    config = config_of("learning_rate=1e-4..1e-2:log")
    found = starting.at_most(config, [past_run(config.base)], [])
    assert (found.runs, found.at_once, found.epochs) == (30, 2, 120)
    assert found.seconds == pytest.approx(60 * SECONDS) and not found.by_hours and not found.small_batches


def test_values_that_cost_more_are_counted_with_the_most_expensive_value():
    usual = config_of("learning_rate=1e-4..1e-2:log")
    runs = [past_run(usual.base)]
    seconds = [
        starting.at_most(config_of(*vary), runs, []).seconds
        for vary in (("units=100,200",), ("units=100,200", "epochs=2..8"), ("units=50,100",))
    ]
    assert seconds[0] > 1.5 * 60 * SECONDS and seconds[1] == pytest.approx(2 * seconds[0])
    assert seconds[2] == pytest.approx(60 * SECONDS)


@pytest.mark.parametrize(
    ("budget", "runs", "epochs"),
    [
        ({"most_epochs": 10}, 10, 10),
        ({"most_runs": 7, "seeds": 3}, 6, 24),
        ({"most_runs": 1}, 1, 4),
        ({"most_runs": 5, "most_epochs": 1000}, 5, 20),
    ],
)
def test_budgets_of_runs_and_epochs_limit_the_cost(budget, runs, epochs):
    found = starting.at_most(config_of("learning_rate=1e-4..1e-2:log", **budget), [], [])
    assert (found.runs, found.epochs, found.seconds) == (runs, epochs, None)


def test_a_budget_of_hours_limits_the_cost_also_while_the_time_of_an_epoch_is_unknown():
    config = config_of("learning_rate=1e-4..1e-2:log", most_hours=0.1)
    for listed in ([], [past_run(config.base)]):
        found = starting.at_most(config, listed, [])
        assert found.by_hours and found.seconds == pytest.approx(180)
    assert not starting.at_most(config_of("units=8,16", most_hours=9), [past_run(config.base)], []).by_hours


def test_smaller_batches_than_the_bases_are_named():
    assert starting.at_most(config_of("batch_size=8..64"), [], []).small_batches
    assert not starting.at_most(config_of("batch_size=64,128"), [], []).small_batches


def test_the_same_id_twice_is_one_sweep(monkeypatch):
    monkeypatch.setattr(launcher, "dispatch", lambda **_: True)
    config, id = config_of("units=8,16"), store.new_id()
    assert starting.start(config, id).id == starting.start(config, id).id == id
    assert len(sweep_store.sweeps()) == 1


def test_a_sweep_that_has_no_room_or_no_data_set_does_not_begin(monkeypatch):
    with class_sources.registered() as name:
        config = config_of("units=8,16", dataset=name)
    with pytest.raises(DataError):
        starting.start(config)
    monkeypatch.setattr(disk_space, "needed_bytes", lambda _: 2**62)
    with pytest.raises(RunError, match="Make room"):
        starting.start(config_of("units=8,16"))
    assert not sweep_store.sweeps()
