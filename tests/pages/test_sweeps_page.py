"""The page "Sweeps": the list, one sweep with its charts and best setting; runs that name their sweep."""

import pytest
from apptest import charts, errors, figure, links, metrics, opened, queries, run_table, texts

from imdb_core.runs import journal, launcher, layout, store
from imdb_core.sweeps import control, importances
from imdb_core.sweeps import store as sweep_store
from tests.sweeps.test_study import add_run, sweep_of

EARLY = {"ending": "stopped", "code": "pruned_by_median", "values": {"epoch": 2}}


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    """Neither runs nor computations of importances start."""
    monkeypatch.setattr(launcher, "dispatch", lambda **_: True)
    monkeypatch.setattr(importances, "keep_current", lambda now: None)


def filled(count=6, early=(4,), ended=True, **values):
    """A sweep; each setting is better than the one before it, those in `early` ended early."""
    sweep = sweep_of(**{"most_runs": count, "name": "rates & units"} | values)
    for number in range(count):
        changes = {"units": 8 * (number % 8 + 1), "learning_rate": 0.001 * (number + 1)}
        details = EARLY if number in early else {}
        add_run(sweep, number, changes, [0.9, 0.8 - number / count / 2], **details)
    if ended:
        sweep_store.record(sweep, "finished")
    return sweep_store.read(sweep.folder)


def finish(run, loss, accuracy=0.75):
    """Let a queued run end with this validation loss."""
    add = {"epoch": 1, "step": 3, "steps": 3, "seconds": 1.0, "validation_seconds": 0.5}
    figures = {"loss": loss, "accuracy": 0.5, "val_loss": loss, "val_accuracy": 0.5}
    journal.append(run.folder / layout.METRICS, {"kind": "epoch", **add, **figures})
    store.record(run.folder, "finished", test_accuracy=accuracy, test_reviews=1000)


def test_the_list_names_each_sweep_and_what_it_has_tried():
    filled(name="first"), filled(cost="seconds", pruner="none", early=(), name="second")
    (damaged := sweep_of()).folder.joinpath("sweep.json").write_text("{")
    app = opened("sweeps")
    table = run_table(app, "tried")
    assert len(table["sweep"]) == 3 and table["state"] == ["damaged", "finished", "finished"]
    assert "is no sweep" in table["sweep"][0] and table["sweep"][0].startswith(damaged.id[:10])
    assert table["sweep"][2] == "first [varies Learning rate, Memory units, Dropout]"
    assert table["tried"][1:] == ["6 of 6 runs"] * 2
    assert table["best"][1:] == ["a front of 6", "0.383"]
    assert "A sweep trains one network many times" in texts(app)


def test_a_finished_sweep_shows_its_budget_best_setting_and_pruned_runs():
    sweep = filled()
    app = opened("sweeps", sweep=sweep.id)
    assert app.title[0].value.replace("\\", "") == "rates & units" and not errors(app)
    assert metrics(app) == {
        "Settings tried": "6",
        "Complete": "5",
        "Ended early": "1 (saved 2 epochs)",
        "Best": "0.383",
    }
    assert "Setting 5 is the best of 5 complete: validation loss 0.383." in texts(app)
    differences = run_table(app, "preset")
    row = differences["setting"].index("Learning rate")
    assert (differences["preset"][row], differences["setting 5"][row]) == ("0.001", "0.006")
    settings = run_table(app, "state")
    assert settings["setting"] == ["5", "4", "3", "2", "1", "0"]
    assert (
        "ended early" in settings["state"][1]
        and "median of the other runs was better" in settings["state"][1]
    )
    assert queries(app)["All its runs"] == f"sweep={sweep.id}"
    best_first = [sweep.run_id(number) for number in (5, 3, 2, 1)]
    assert queries(app)["Compare the best 4"] == f"runs={'%2C'.join(best_first)}"


def test_the_charts_show_every_setting_and_mark_those_that_ended_early():
    sweep = filled()
    app = opened("sweeps", sweep=sweep.id)
    lines = {line["name"]: line for line in figure(app, "Validation loss of 6 settings")["data"]}
    assert lines["complete"]["x"] == [0, 1, 2, 3, 5] and lines["ended early"]["x"] == [4]
    assert lines["best so far"]["y"] == sorted(lines["complete"]["y"], reverse=True)
    across = figure(app, "Parallel coordinates")
    names = [line["name"] for line in across["data"]]
    assert names == ["ended early", "other settings", "best tenth", "best"]
    table = across["layout"]["meta"]["table"]
    assert table["headings"][:3] == ["setting", "state", "validation loss"] and len(table["rows"]) == 6
    slices = [alt for _, alt in charts(app) if "of each setting over" in alt]
    assert len(slices) == 3


def test_the_chart_of_a_hyperparameter_shows_its_whole_range_however_few_settings_were_tried():
    sweep = sweep_of(vary=("learning_rate=0.0001..0.1:log", "units=8..64:8", "dropout=0,0.2,0.5"))
    add_run(sweep, 0, {"units": 8}, [0.5])
    app = opened("sweeps", sweep=sweep.id)
    for name, ends in (("learning rate", (-4, -1)), ("memory units", (8, 64)), ("dropout", (0, 0.5))):
        axis = figure(app, f"Validation loss of each setting over {name}")["layout"]["xaxis"]
        low, high = axis["range"]
        assert (axis.get("tickformat") == "~g") == (name == "learning rate")  # else 0.0001 is shown as 100μ
        assert low < ends[0] and ends[1] < high < ends[1] + (ends[1] - ends[0]) / 10


@pytest.mark.parametrize("objective", ["val_loss", "val_accuracy"])
def test_the_best_so_far_follows_the_objective(objective):
    sweep = filled(objective=objective)
    levels = next(
        line["y"]
        for line in figure(opened("sweeps", sweep=sweep.id), "Validation")["data"]
        if line["name"] == "best so far"
    )
    assert levels == sorted(levels, reverse=objective == "val_loss")


def test_a_running_sweep_can_be_stopped_and_a_stopped_one_goes_on():
    sweep = filled(ended=False, most_runs=9)
    waiting = add_run(sweep, 7, {"units": 8}, [], ending="")
    app = opened("sweeps", sweep=sweep.id)
    assert not [button for button in app.button if "delete" in (button.key or "")]
    app.button(key=f"sweep-stop-{sweep.id}").click().run()
    assert sweep_store.read(sweep.folder).state == "stopped" and store.read(waiting.folder).state == "stopped"
    app.button(key=f"sweep-go_on-{sweep.id}").click().run()
    assert sweep_store.read(sweep.folder).state == "running" and not errors(app)
    assert store.read(waiting.folder).state == "queued"


@pytest.mark.parametrize("with_runs", [False, True])
def test_a_sweep_is_deleted_with_or_without_its_runs(with_runs):
    sweep = filled()
    app = opened("sweeps", sweep=sweep.id)
    if with_runs:
        app.checkbox(key=f"sweep-with-runs-{sweep.id}").check().run()
    app.button(key=f"sweep-delete-for-good-{sweep.id}").click().run()
    assert not sweep.folder.exists() and len(store.runs()) == (0 if with_runs else 6)
    assert not app.exception


def test_the_best_is_trained_with_three_fresh_seeds_once_even_after_a_double_click():
    sweep = filled()
    app = opened("sweeps", sweep=sweep.id)
    assert "By how much is not known" in texts(app)
    button = app.button(key=f"train-again-{sweep.id}-5")
    button.click().run()
    control.train_again(sweep, 5)  # the second click of a double click
    runs = [run for run in store.runs() if run.id not in sweep.run_ids]
    assert len(runs) == 3 and "3 runs with fresh seeds will tell" in texts(app)
    assert not [each for each in app.button if each.key == button.key]


def test_fresh_seeds_say_by_how_much_the_best_was_overestimated():
    sweep = filled()
    runs = control.train_again(sweep, 5)
    for run, loss in zip(runs, (0.45, 0.5), strict=False):
        finish(run, loss)
    app = opened("sweeps", sweep=sweep.id)
    shown = texts(app)
    assert "In the sweep, the validation loss was 0.383. The mean of 2 fresh seeds is 0.475" in shown
    assert "The sweep overestimated the setting by 0.092." in shown
    assert "Test accuracy, which the sweep has not seen: 75.00 % on average." in shown
    assert "1 of the runs have not finished" in shown
    assert run_table(app, "test accuracy")["test accuracy"] == ["75.00 %", "75.00 %", ""]


def test_several_seeds_tell_for_free_how_lucky_the_choice_was():
    sweep = sweep_of(seeds=2, most_runs=4)
    for number, loss in enumerate((0.1, 0.7, 0.6, 0.2)):
        add_run(sweep, number, {"units": 8 * (1 + number // 2)}, [loss])
    shown = texts(opened("sweeps", sweep=sweep.id))
    assert (
        "has a mean validation loss of 0.150 with the seeds that chose it, and 0.650 with the seed left"
        in shown
    )
    assert "The choice promises 0.500 too much." in shown


def test_a_second_objective_shows_a_front_instead_of_one_best():
    sweep = filled(cost="seconds", pruner="none", early=())
    app = opened("sweeps", sweep=sweep.id)
    assert "Best" not in metrics(app)
    assert run_table(app, "cost")["setting"] == ["0", "1", "2", "3", "4", "5"]
    front = figure(app, "Validation loss over training time in seconds")["data"][-1]
    assert front["name"] == "front" and len(front["x"]) == 6
    app.selectbox(key=f"front-setting-{sweep.id}").select(2).run()
    app.button(key=f"train-again-{sweep.id}-2").click().run()
    assert sweep_store.read(sweep.folder).chosen[0].setting == 2 and not errors(app)


@pytest.mark.parametrize("id", ["nonsense", "20200101-000000000-aaaaaaaa", "../secret"])
def test_a_link_to_no_sweep_says_so_and_leads_to_the_list(id):
    app = opened("sweeps", sweep=id)
    assert len(errors(app)) == 1 and "All sweeps" in [label for label, *_ in links(app)]


def test_a_damaged_sweep_can_be_deleted_and_nothing_else():
    sweep = filled()
    (sweep.folder / "sweep.json").write_text("{")
    app = opened("sweeps", sweep=sweep.id)
    assert "This sweep is damaged" in errors(app)[0]
    app.button(key=f"sweep-delete-for-good-{sweep.id}").click().run()
    assert not sweep.folder.exists() and len(store.runs()) == 6


def test_names_of_users_are_shown_as_text():
    name = "<b>*bold*</b> [link](http://x.y)"
    sweep = filled(name=name)
    assert opened("sweeps", sweep=sweep.id).title[0].value.replace("\\", "") == name
