"""What the training form says beside its fields: errors, all at once, and values that it only doubts."""

import math

import pytest
from apptest import components, field_of, field_value, opened, texts
from streamlit.testing.v1 import AppTest

from imdb_core import architectures, config
from imdb_core.config import problems, typed
from imdb_core.runs import store


def opened_with_all_fields() -> AppTest:
    """The form for a data set with texts without labels, so that it has the fields of a teacher, too."""
    return opened("train", dataset="demo")


def choose(app: AppTest, network: str) -> AppTest:
    app.selectbox(key="network").set_value(network).run()
    return app


def numbers(network: str) -> list[str]:
    return [name for name in config.hyperparameters(network) if config.facts(name).low is not None]


def marks(app: AppTest) -> dict[str, bool]:
    """Field -> whether it is marked as wrong, for the fields with a sentence."""
    [data] = components(app, "field_marks")
    return dict(data["fields"])


@pytest.mark.parametrize("network", architectures.names())
def test_all_wrong_values_get_a_sentence_with_label_range_and_the_presets_value_at_once(network):
    app, preset = choose(opened_with_all_fields(), network), config.preset(network)
    wrong = [*numbers(network), "device"]
    for name in wrong:
        field_of(app, name).set_value("five")
    app.run()
    page = texts(app)
    for name in wrong:
        facts = config.facts(name)
        sentence = f"{facts.label} is 'five'; it must be {facts.allowed} "
        assert f"{sentence}The preset has {problems.shown(getattr(preset, name))}." in page
        assert app.button(key=f"use-{name}")
    assert marks(app) == dict.fromkeys(wrong, True)
    assert app.button(key="start").disabled and "Correct Vocabulary size, Text length" in page
    app.button(key=f"use-{wrong[0]}").click().run()
    assert field_value(app, wrong[0]) == getattr(preset, wrong[0])
    assert marks(app) == dict.fromkeys(wrong[1:], True)


@pytest.mark.parametrize("network", architectures.names())
def test_unusual_values_are_doubted_at_their_field_and_a_run_may_start(network, stub_worker):
    app = choose(opened_with_all_fields(), network)
    unusual = {
        name: value
        for name in numbers(network)
        if (value := unusual_value(name)) is not None and config.facts(name).epoch_cost != "by value"
    }
    for name, value in unusual.items():
        field_of(app, name).set_value(typed.text(value))
    app.run()
    assert marks(app).items() >= dict.fromkeys(unusual, False).items()
    assert "Learning rate is 1e-06, less than the usual 1e-05: the network will learn next" in texts(app)
    assert not app.button(key="start").disabled and "Worth a second look:" in texts(app)
    app.button(key="start").click().run()
    [run] = store.runs()
    assert {name: getattr(run.config, name) for name in unusual} == unusual


def unusual_value(name: str) -> float | None:
    """The smallest allowed value if it is unusual, else the largest; None if every allowed value is usual."""
    facts = config.facts(name)
    if facts.usual is None:
        return None
    low, high = facts.usual
    values = [facts.low] * (facts.low < low) + [facts.high] * (facts.high > high)
    return next((facts.kind(value) for value in values if value != facts.default), None)


@pytest.mark.parametrize("network", architectures.names())
def test_no_preset_is_doubted(network):
    assert marks(choose(opened("train"), network)) == {}


NOTATIONS = [
    ("learning_rate", "1e-3", 0.001, ""),
    ("learning_rate", " 0.5 ", 0.5, ""),
    ("epochs", " 7 ", 7, ""),
    ("vocabulary_size", "5,000", 5000, ""),
    ("learning_rate", "0,002", None, "a number is written with a point: 0.002."),
    ("learning_rate", "", None, "Learning rate is empty; it must be a number between"),
    ("learning_rate", "nan", None, "Learning rate is nan; it must be a number between"),
    ("epochs", "2.5", None, "Epochs is '2.5'; it must be a whole number between 1 and 200."),
    ("vocabulary_size", "5.000", None, "Vocabulary size is '5.000'; it must be a whole number"),
    ("epochs", "9" * 5000, None, "Epochs is '999999"),
    ("device", "<b>gpu</b>", None, "Device is '<b>gpu</b>'; it must be auto, cpu or gpu:N"),
]


def test_other_notations_of_a_number_are_read_or_get_a_sentence():
    app = choose(opened("train"), "lstm")
    for name, text, value, sentence in NOTATIONS:
        field = field_of(app, name)
        field.set_value(text)
        app.run()
        if value is None:
            assert sentence in texts(app) and marks(app)[name], text
            assert app.button(key="start").disabled
        else:
            assert field_value(app, name) == value and not marks(app).get(name), text
        field_of(app, name).set_value(typed.text(value_of_preset(name))).run()


def value_of_preset(name):
    value = getattr(config.preset("lstm"), name)
    return value if isinstance(value, int | float) else math.nan


def test_a_learning_rate_of_5_is_compared_with_the_presets():
    app = opened("train")
    field_of(app, "learning_rate").set_value("5").run()
    assert "is 5, 5,000 times the preset's 0.001: the training will very likely diverge." in texts(app)
    assert not app.button(key="start").disabled


def test_a_comma_is_corrected_by_one_click():
    app = opened("train")
    field_of(app, "learning_rate").set_value("0,002").run()
    app.button(key="use-learning_rate").click().run()
    assert field_of(app, "learning_rate").value == "0.002" and marks(app) == {}


def test_a_contradiction_stands_at_the_fields_that_were_changed():
    app = choose(opened("train"), "cnn_lstm")
    field_of(app, "pool_size").set_value("9").run()
    field_of(app, "review_length").set_value("8").run()
    assert "Pool size is 9, but a text has only 8 words (Text length)" in texts(app)
    assert marks(app) == {"pool_size": True, "review_length": True}
    app.button(key="use-pool_size").click().run()
    assert marks(app) == {"review_length": False}, "eight words are doubted, but allowed"


def test_a_form_filled_from_a_run_goes_back_to_the_runs_values():
    app = opened("train", **{"from": "pretrained/lstm_dropout"})
    field_of(app, "epochs").set_value("999").run()
    assert "Epochs is 999; it must be a whole number between 1 and 200. The run has 5." in texts(app)
