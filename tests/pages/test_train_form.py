"""The form of the Train page: its fields, its layer table, and the runs it starts."""

import pytest
from apptest import charts, field_value, metrics, opened, texts

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.runs import launcher, store
from tests import class_sources
from ui import forms


@pytest.mark.parametrize("network", architectures.names())
def test_the_form_shows_exactly_what_the_network_uses(network):
    app = opened("train")
    app.selectbox(key="network").set_value(network).run()
    widgets = [*app.number_input, *app.selectbox, *app.text_input]
    shown = {
        widget.key.split(".")[1] for widget in widgets if widget.key and widget.key.startswith(f"{network}.")
    }
    hidden = {*forms.TEACHING, *forms.STARTING}  # no texts without labels, no language model
    assert shown == set(configs.hyperparameters(network)) - hidden


def test_the_layer_table_follows_the_form_exactly():
    app = opened("train")
    app.selectbox(key="network").set_value("lstm").run()
    assert metrics(app)["Parameters"] == "213,301"
    app.text_input(key="lstm.units.100").set_value("64").run()
    assert metrics(app)["Parameters"] == f"{5000 * 32 + 4 * 64 * (32 + 64 + 1) + 65:,}"


def test_a_tuned_preset_is_one_click_where_there_is_one():
    app = opened("train")
    assert "values" not in [control.key for control in app.selectbox], "the smallest network has none"
    app.selectbox(key="network").set_value("lstm").run()
    assert field_value(app, "vocabulary_size") == configs.preset("lstm").vocabulary_size
    app.selectbox(key="values").set_value("tuned").run()
    assert (
        not app.exception
        and field_value(app, "vocabulary_size") == configs.preset("lstm", tuned=True).vocabulary_size
    )


def test_contradictory_values_are_refused_with_a_sentence_and_no_run():
    app = opened("train")
    app.selectbox(key="network").set_value("cnn_lstm").run()
    app.text_input(key="cnn_lstm.review_length.500").set_value("5").run()
    app.text_input(key="cnn_lstm.kernel_size.3").set_value("9").run()
    assert "only 5 words" in texts(app)
    assert app.button(key="start").disabled
    assert not store.runs()


def test_the_button_starts_a_run_and_leads_to_its_page(stub_worker):
    app = opened("train")
    app.selectbox(key="dataset").set_value("demo").run()
    app.button(key="start").click().run()
    (run,) = store.runs()
    assert run.config.network == "cnn_lstm_dense" and run.name in texts(app)


def test_probe_reviews_of_the_form_are_drawn_beside_the_curves(stub_worker, wait_until):
    app = opened("train", network="lstm", dataset="demo")
    [box] = [box for box in app.text_area if box.label.startswith("Probe")]
    box.set_value("a superb film\n\nnot bad at all").run()
    app.button("start").click().run()
    [run] = launcher.runs()
    assert run.config.probe_reviews == ["a superb film", "not bad at all"]
    wait_until(lambda: store.read(run.folder).state == "finished")
    drawn = [figure for figure, _ in charts(opened("watch", run=run.id)) if len(figure["data"]) == 2]
    assert [trace["name"] for trace in drawn[0]["data"]] == ["a superb film", "not bad at all"]


def test_one_config_can_be_queued_with_several_seeds_and_compared_as_a_band(stub_worker, wait_until):
    app = opened("train", network="lstm", dataset="demo")
    [seeds] = [box for box in app.number_input if box.label == "Seeds"]
    seeds.set_value(3).run()
    app.button("start").click().run()
    assert sorted(run.config.seed for run in launcher.runs()) == [7, 8, 9]
    wait_until(lambda: all(run.state == "finished" for run in launcher.runs()))
    chosen = ",".join(run.id for run in launcher.runs())
    lines = charts(opened("compare", runs=chosen))[0][0]["data"]
    assert len(lines) == 3
    band, mean = charts(opened("compare", runs=chosen, bands="true"))[0][0]["data"]
    assert band["fill"] == "toself" and "and 2 more seeds" in mean["name"]
    assert len(charts(opened("compare", runs=chosen, smoothing="0.5"))[0][0]["data"]) == 6


def test_a_sixth_probe_review_is_refused_with_a_sentence():
    app = opened("train", network="lstm", dataset="demo")
    [box] = [box for box in app.text_area if box.label.startswith("Probe")]
    box.set_value("good\n" * 6).run()
    assert "Probe texts has 6 texts; at most 5 are allowed, one a line." in texts(app)
    assert app.button("start").disabled


def test_the_form_offers_data_sets_of_the_user_and_trains_on_their_classes(stub_worker, monkeypatch):
    with class_sources.registered() as name:
        monkeypatch.setitem(vars(sources.get(name)), "tokenizers", ("unicode_words", "subwords"))
        app = opened("train")
        app.selectbox(key="dataset").set_value(name).run()
        assert "240 training mails, 3 classes: billing, delivery, praise." in texts(app)
        assert "film" not in texts(app).lower() and app.text_area[0].label == "Probe mails (optional)"
        app.selectbox(key=f"tokenizer.{name}").set_value("subwords").run()
        app.button(key="start").click().run()
        [run] = store.runs()
        chosen = run.config.dataset, run.config.classes, run.config.tokenizer
        assert chosen == (name, class_sources.CLASSES, "subwords")
        again = opened("train", **{"from": run.id})
        assert again.selectbox(key="dataset").value == name
        assert again.selectbox(key=f"tokenizer.{name}").value == "subwords"


def test_a_data_set_that_was_deleted_after_it_was_chosen_is_left():
    with class_sources.registered("mails-a"):
        app = opened("train")
        app.selectbox(key="dataset").set_value("mails-a").run()
        assert "3 classes" in texts(app)
    app.run()
    assert not app.exception and app.selectbox(key="dataset").value in sources.available_names()


def away_and_back(app, *queries):
    """The form after a look at another page, with the query that its link then has, if one is given."""
    app.switch_page("pages/runs.py").run()
    app.query_params.clear()
    for query in queries:
        app.query_params.update(query)
    return app.switch_page("pages/train.py").run()


def test_the_form_keeps_its_values_while_another_page_is_shown():
    app = opened("train")
    app.selectbox(key="network").set_value("lstm").run()
    app.selectbox(key="values").set_value("tuned").run()
    app.selectbox(key="dataset").set_value("demo").run()
    app.text_input(key="lstm.epochs.4").set_value("nine").run()
    app.text_input(key="name").set_value("slow").run()
    app.button(key="vary-units").click().run()
    app.text_input(key="vary.lstm.units-low").set_value("12").run()
    app = away_and_back(app)
    shown = {widget.key: widget.value for widget in (*app.selectbox, *app.text_input)}
    expected = {"network": "lstm", "values": "tuned", "dataset": "demo", "name": "slow"}
    assert expected.items() <= shown.items()
    assert shown["lstm.epochs.4"] == "nine" and shown["vary.lstm.units-low"] == "12"


def test_a_link_that_asks_for_other_values_shows_those():
    app = opened("train")
    app.selectbox(key="network").set_value("lstm").run()
    app.text_input(key="lstm.units.100").set_value("64").run()
    app = away_and_back(app, {"network": "cnn_lstm"})
    assert app.selectbox(key="network").value == "cnn_lstm"
    app = away_and_back(app)
    assert app.selectbox(key="network").value == "cnn_lstm_dense"
