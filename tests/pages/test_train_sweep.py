"""“Let it vary” on the Train page: ranges, errors at their fields, the cost, and the sweep it starts."""

import pytest
from apptest import components, field_of, opened, texts

from imdb_core import config as configs
from imdb_core.runs import launcher, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.fields import SHOWN
from imdb_core.sweeps.space import FIXED, usual


def let_vary(app, *names):
    for name in names:
        app.button(key=f"vary-{name}").click().run()
        assert not app.exception, app.exception
    return app


def field(app, name, network="cnn_lstm_dense"):
    """The widget of a range's field, such as "units-low", or of a setting of the sweep."""
    keys = (f"vary.{network}.{name}", f"sweep.{name}")
    widgets = [*app.text_input, *app.selectbox, *app.multiselect]
    [widget] = [widget for widget in widgets if widget.key in keys]
    return widget


def test_a_form_in_which_nothing_varies_has_no_field_of_a_sweep():
    app = opened("train")
    keys = [widget.key or "" for widget in [*app.text_input, *app.selectbox, *app.multiselect]]
    assert not [key for key in keys if key.startswith(("sweep.", "vary."))]
    assert app.button(key="start").label == "Start training"


def test_one_click_lets_a_field_vary_within_its_usual_range_and_another_click_ends_it():
    app = let_vary(opened("train"), "learning_rate")
    assert app.button(key="start").label == "Start the sweep"
    values = [field(app, f"learning_rate{part}").value for part in ("-low", "-high", ".scale")]
    assert values == ["1e-05", "0.1", "log"]
    for name in SHOWN:
        assert field(app, name)
    assert not [box for box in app.number_input if box.key == "seeds"], "the sweep has seeds of its own"
    let_vary(app, "learning_rate")
    assert field_of(app, "learning_rate").value and app.button(key="start").label == "Start training"


def test_every_hyperparameter_can_vary_at_once():
    app = opened("train", dataset="demo")
    base = configs.preset("cnn_lstm_dense", dataset="demo")
    names = [name for name in configs.hyperparameters("cnn_lstm_dense") if name not in FIXED]
    app.session_state["varied"] = {"cnn_lstm_dense": tuple(names)}
    app.run()
    assert not app.exception and not app.button(key="start").disabled
    assert "At most 30 runs" in texts(app)
    for name in names:
        dimension = usual(name, base)
        part = "choices" if dimension.choices else "low"
        assert field(app, f"{name}-{part}").label.startswith(configs.facts(name).label)


def test_the_button_starts_one_sweep_of_what_the_form_says(stub_worker, wait_until):
    app = let_vary(opened("train", dataset="demo"), "learning_rate", "optimizer", "units")
    app.text_input(key="name").set_value("rates").run()
    field(app, "learning_rate-low").set_value("0.001").run()
    field(app, "optimizer-choices").set_value(["adam", "sgd"]).run()
    field(app, "units.scale").set_value("list").run()
    field(app, "units-choices").set_value("8, 16").run()
    field(app, "most_runs").set_value("3").run()
    field(app, "seeds").set_value("1").run()
    field(app, "pruner").set_value("none").run()
    assert "At most 3 runs" in texts(app) and not app.button(key="start").disabled
    app.button(key="start").click().run()
    [sweep] = sweep_store.sweeps()
    written = {each.name: each.text for each in sweep.config.space}
    assert written == {"learning_rate": "0.001..0.1:log", "optimizer": "adam,sgd", "units": "8,16"}
    assert (sweep.name, sweep.config.most_runs, sweep.config.base.dataset) == ("rates", 3, "demo")

    def ended():
        launcher.runs()
        return sweep_store.read(sweep.folder).state == "finished"

    wait_until(ended)
    assert len(store.runs()) == 3


WRONG = {
    "learning_rate-low": ("a", "Learning rate is 'a'; it must be a number between"),
    "learning_rate-high": ("0,5", "Learning rate is '0,5'; a number is written with a point: 0.5."),
    "epochs-low": ("9", "Epochs goes from 9 to 5; the first number must be the smaller one."),
    "epochs-high": ("5", "Epochs goes from 9 to 5"),
    "most_runs": ("0", "Runs is 0; it must be a whole number between 1 and 1,000. The default is 30."),
    "most_hours": ("soon", "Hours of training is 'soon'; it must be a number between"),
    "most_epochs": ("2.5", "Epochs of all runs is '2.5'; it must be a whole number between"),
}


def test_all_errors_stand_at_their_fields_at_once_and_nothing_starts():
    app = let_vary(opened("train"), "learning_rate", "epochs")
    for name, (value, _) in WRONG.items():
        field(app, name).set_value(value)
    field_of(app, "units").set_value("many")
    app.run()
    page = texts(app)
    for _, sentence in WRONG.values():
        assert sentence in page
    [marks] = components(app, "field_marks")
    assert dict(marks["fields"]) == dict.fromkeys([*WRONG, "units"], True)
    assert app.button(key="start").disabled
    assert "Learning rate (from), Learning rate (to)" in page and "Correct " in page
    app.button(key="use-learning_rate-high").click().run()
    assert field(app, "learning_rate-high").value == "0.5"
    app.button(key="use-most_runs").click().run()
    assert field(app, "most_runs").value == "30"


def test_an_end_of_a_range_is_doubted_like_a_value_and_the_sweep_may_start():
    app = let_vary(opened("train", dataset="demo"), "learning_rate")
    field(app, "learning_rate-high").set_value("5").run()
    assert "Learning rate goes up to 5, 5,000 times the preset's 0.001: the training will" in texts(app)
    [marks] = components(app, "field_marks")
    assert dict(marks["fields"]) == {"learning_rate-high": False}
    assert not app.button(key="start").disabled
    app.button(key="use-learning_rate-high").click().run()
    assert field(app, "learning_rate-high").value == "0.1" and "goes up to" not in texts(app)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sampler": "grid"}, "A grid needs finitely many values, but Learning rate has infinitely many."),
        ({"cost": "seconds"}, "A sweep with a second objective cannot end runs early"),
        ({"most_epochs": "2"}, "Epochs of all runs is 2, but one run has 5 epochs."),
        (
            {"most_runs": "2", "seeds": "3"},
            "Runs is 2, but one setting takes 3 runs",
        ),
    ],
)
def test_settings_that_do_not_fit_together_get_a_sentence(changes, sentence):
    app = let_vary(opened("train"), "learning_rate")
    for name, value in changes.items():
        field(app, name).set_value(value)
    app.run()
    assert sentence in texts(app) and app.button(key="start").disabled


def test_what_varies_belongs_to_its_network():
    app = let_vary(opened("train"), "learning_rate", "pool_size")
    app.selectbox(key="network").set_value("lstm").run()
    assert not app.exception and app.button(key="start").label == "Start training"
    app.selectbox(key="network").set_value("cnn_lstm_dense").run()
    assert app.button(key="start").label == "Start the sweep"
