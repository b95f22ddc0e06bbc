"""What Optuna proposes: it depends on the runs alone, keeps to the space, and ends bad runs early."""

import math

import pytest

from imdb_core import config as configs
from imdb_core import languages
from imdb_core.runs import journal, layout, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.fields import FACTS
from imdb_core.sweeps.space import parsed
from imdb_core.sweeps.study import is_worse_than_others, next_values
from imdb_core.sweeps.trials import PRUNED, best, front, settings

VARIED = ("learning_rate=0.0001..0.1:log", "units=8..64:8", "dropout=0,0.2,0.5")


def sweep_of(*, network="cnn_lstm_dense", dataset="demo", vary=VARIED, **values):
    """A new sweep, on the demo reviews unless `dataset` names others."""
    base = configs.preset(network, dataset=dataset, epochs=4)
    space = [parsed(text).model_dump() for text in vary]
    return sweep_store.create(sweep_module.checked({"base": base.model_dump(), "space": space, **values}))


def add_run(sweep, number, changes, losses, ending="finished", **details):
    """A run of the sweep that has ended after epochs with these validation losses."""
    seed = sweep.config.base.seed + number % sweep.config.seeds
    config = sweep.config.base.changed(**changes, seed=seed)
    run = store.create(config, sweep.run_id(number), sweep=sweep.id, number=number)
    for epoch, loss in enumerate(losses, 1):
        row = {"epoch": epoch, "step": 3, "steps": 3, "seconds": 1.0 + number, "validation_seconds": 0.5}
        figures = {"loss": loss, "accuracy": 0.5, "val_loss": loss, "val_accuracy": 1 - loss / 2}
        journal.append(run.folder / layout.METRICS, {"kind": "epoch", **row, **figures})
    if ending:
        store.record(run.folder, ending, **details)
    return store.read(run.folder)


def tried_sweep(count=12, **values):
    """A finished sweep; each setting is better than the one before it, and every fourth ended early."""
    sweep = sweep_of(most_runs=count, **values)
    for number in range(count):
        changes = {"units": 8 * (number % 8 + 1), "learning_rate": 0.001 * (number + 1)}
        early = {"ending": "stopped", "code": "pruned_by_median", "values": {"epoch": 2}}
        losses = [0.9, 0.8 - number / count / 2]
        add_run(sweep, number, changes, losses, **(early if number % 4 == 2 else {}))
    return sweep_store.record(sweep, "finished")


def tried(sweep):
    return settings(sweep, sweep_store.runs(sweep))


def loss_of(values):
    return 0.2 + abs(math.log10(values["learning_rate"] / 0.003)) / 4


def fill(sweep, count):
    """Try `count` settings one after another; returns their values."""
    proposed = []
    for number in range(count):
        values = next_values(sweep.config, tried(sweep), number)
        add_run(sweep, number, values, [loss_of(values) + 0.1, loss_of(values)])
        proposed.append(values)
    return proposed


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_the_same_runs_give_the_same_next_setting_in_any_process(sampler):
    vary = ("units=8..64:8", "dropout=0,0.2,0.5") if sampler == "grid" else VARIED
    first, second = (
        sweep_of(sampler=sampler, vary=vary),
        sweep_of(sampler=sampler, vary=vary),
    )
    if sampler == "grid":
        points = [next_values(first.config, [], number) for number in range(24)]
        assert len({tuple(point.values()) for point in points}) == 24
    else:
        assert fill(first, 14) == fill(second, 14)


def test_proposed_values_lie_in_the_space_and_make_a_config():
    sweep = sweep_of(sampler="random")
    for number in range(40):
        values = next_values(sweep.config, [], number)
        assert 0.0001 <= values["learning_rate"] <= 0.1
        assert values["units"] in range(8, 65, 8) and type(values["units"]) is int
        assert values["dropout"] in (0, 0.2, 0.5)
        sweep.config.base.changed(**values)


def test_the_sampler_learns_where_good_settings_are():
    sweep = sweep_of(sampler="tpe", pruner="none", vary=("learning_rate=0.0001..0.1:log",))
    rates = [values["learning_rate"] for values in fill(sweep, 30)]
    distance = [abs(math.log10(rate / 0.003)) for rate in rates]
    assert sum(distance[-10:]) < 0.6 * sum(distance[:10])


def test_a_run_is_ended_early_if_the_median_of_the_others_was_better_at_its_epoch():
    sweep = sweep_of()
    for number, loss in enumerate((0.3, 0.31, 0.32, 0.33, 0.34)):
        add_run(sweep, number, {"units": 8 * (number + 1)}, [loss + 0.2, loss])
    bad = add_run(sweep, 5, {"units": 48}, [0.6], ending="")
    good = add_run(sweep, 6, {"units": 56}, [0.4], ending="")
    assert is_worse_than_others(sweep.config, tried(sweep), bad)
    assert not is_worse_than_others(sweep.config, tried(sweep), good)


def test_the_first_settings_and_a_sweep_without_a_pruner_end_no_run_early():
    few, never = sweep_of(), sweep_of(pruner="none")
    for number in range(3):
        add_run(few, number, {"units": 8}, [0.3, 0.2])
    for number in range(8):
        add_run(never, number, {"units": 8}, [0.3, 0.2])
    for sweep, number in ((few, 3), (never, 8)):
        assert not is_worse_than_others(
            sweep.config, tried(sweep), add_run(sweep, number, {"units": 8}, [0.9], ending="")
        )


def test_the_best_setting_is_a_complete_one_with_the_best_mean_over_its_seeds():
    sweep = sweep_of(seeds=2)
    for number, loss in enumerate((0.1, 0.9, 0.3, 0.4)):
        add_run(sweep, number, {"units": 8 * (1 + number // 2)}, [loss])
    add_run(sweep, 4, {"units": 64}, [0.01], ending="stopped", code="pruned_by_median", values={"epoch": 1})
    chosen = best(sweep, tried(sweep))
    assert (chosen.number, chosen.values["units"]) == (1, 16)
    assert chosen.value(sweep.config) == pytest.approx(0.35)
    assert [each.state for each in tried(sweep)] == ["complete", "complete", "pruned"]


def test_the_front_holds_the_settings_that_no_other_beats_in_both_objectives():
    sweep = sweep_of(cost="seconds", pruner="none")
    for number, loss in enumerate((0.5, 0.4, 0.45, 0.2)):  # each run takes longer than the one before
        add_run(sweep, number, {"units": 8 * (number + 1)}, [loss])
    assert [each.number for each in front(sweep, tried(sweep))] == [0, 1, 3]


def test_a_deleted_run_leaves_a_gap_and_its_number_is_not_used_again():
    sweep = sweep_of()
    for number in range(3):
        add_run(sweep, number, {"units": 8}, [0.5])
    store.delete(sweep_store.runs(sweep)[1])
    assert [each.number for each in tried(sweep)] == [0, 2]


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"sweep": 1}', b'{"format": 1, "sweep": {}, "checksum": "x"}']
)
def test_a_damaged_sweep_is_listed_with_its_reason_and_disturbs_no_other(damage):
    good, bad = sweep_of(), sweep_of()
    (bad.folder / "sweep.json").write_bytes(damage)
    listed = {sweep.id: sweep for sweep in sweep_store.sweeps()}
    assert listed[good.id].state == "running"
    assert listed[bad.id].state == "damaged" and listed[bad.id].damaged
    assert [sweep.id for sweep in sweep_store.unfinished()] == [good.id]


def test_every_pruner_says_why_it_ended_a_run():
    assert set(PRUNED) == set(FACTS["pruner"].choices) - {"none"}
    assert set(PRUNED.values()) <= set(languages.templates(languages.ENGLISH))
