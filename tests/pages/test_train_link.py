"""A link to the Train page with the values of a run and one setting changed."""

from urllib.parse import parse_qs

import pytest
from apptest import field_value, opened, texts

from imdb_core import config
from ui import training_links


def test_the_form_opens_with_the_one_setting_changed_and_says_which():
    app = opened("train", **{"from": "pretrained/lstm_dropout", "change": "dropout=0.4"})
    assert (
        field_value(app, "dropout") == 0.4
        and field_value(app, "units") == 100
        and field_value(app, "epochs") == 5
    )
    assert "One hyperparameter differs from the run: Dropout, changed from 0.2 to 0.4." in texts(app)
    assert not app.error


def test_a_choice_can_be_changed_by_the_link_as_well():
    app = opened("train", **{"from": "pretrained/lstm", "change": "optimizer=sgd"})
    assert "sgd" in [box.value for box in app.selectbox] and "changed from Adam to SGD" in texts(app)


def test_the_line_about_the_change_goes_when_another_network_is_chosen():
    app = opened("train", **{"from": "pretrained/lstm", "change": "units=50"})
    app.selectbox(key="network").set_value("cnn_lstm").run()
    assert "One hyperparameter differs" not in texts(app) and field_value(app, "units") == 100


@pytest.mark.parametrize(
    "change, sentence",
    [
        ("units=0", "units is 0; it must be a whole number between 1 and 512"),
        ("units=many", "units is 'many'; it must be a whole number"),
        ("units=1.5", "units is '1.5'"),
        ("units=", "units is empty; it must be a whole number"),
        ("learning_rate=nan", "learning_rate is nan"),
        ("optimizer=magic", "optimizer is 'magic'; it must be one of adam"),
        ("units=100", "units to 100, which is its value already"),
        ("units", "units is empty"),
        ("dropout=0.4", "changes 'dropout=0.4'; it must be name=value with one of vocabulary_size"),
        ("network=cnn_lstm", "must be name=value"),
        ("<script>", "must be name=value"),
        ("x" * 5000, "must be name=value"),
        ("units=" + "9" * 5000, "units is "),
    ],
)
def test_a_link_with_a_change_that_is_not_allowed_gets_a_sentence_and_the_runs_values(change, sentence):
    app = opened("train", **{"from": "pretrained/lstm", "change": change})
    [error] = app.error
    assert sentence in error.value.replace("\\", "") and len(error.value) < 900
    assert field_value(app, "units") == 100 and "One hyperparameter differs" not in texts(app)


def test_a_link_that_changes_a_setting_of_no_run_gets_a_sentence():
    assert "names no run that can be read" in texts(opened("train", change="units=50"))


def test_the_link_to_the_settings_of_a_form_opens_a_form_with_these_settings():
    changes = {"units": 64, "learning_rate": 0.00025, "optimizer": "sgd", "dataset": "demo"}
    settings = config.preset("lstm", **changes)
    app = opened("train", **parse_qs(training_links.link(settings)))
    assert "4 hyperparameters differ from the preset: " in texts(app)
    assert app.selectbox(key="network").value == "lstm" and app.selectbox(key="dataset").value == "demo"
    assert field_value(app, "units") == 64 and field_value(app, "learning_rate") == 0.00025
    assert f"?{training_links.link(settings)}" in app.code[0].value


def test_all_errors_of_a_link_are_named_at_once():
    page = texts(opened("train", network="lstm", change=["units=0", "epochs=999"]))
    assert "units is 0; it must be" in page and "epochs is 999; it must be" in page
