"""A language model on the pages: its form, its run, and a network that starts from it."""

import re
from urllib.parse import parse_qs

import pytest
from apptest import errors, links, opened, queries, texts

from imdb_core.runs import store
from tests import language_runs


def markdown(app):
    return " ".join(each.value for each in app.markdown)


def test_the_form_has_no_fields_for_labels_and_starts_a_run(stub_worker):
    app = opened("train", network="language_model", dataset="demo")
    keys = [each.key for each in (*app.selectbox, *app.text_input)]
    assert not [
        key for key in keys if re.search("teacher|smoothing|class_weights|start_from|labelled", key or "")
    ]
    app.button(key="start").click().run()
    assert not errors(app), errors(app)
    [run] = store.runs()
    assert run.network == "language_model"


def test_a_finished_run_shows_perplexity_continuations_and_a_way_on():
    run = language_runs.written(probes="this film\nthe <b>acting</b>")
    app = opened("watch", run=run.id)
    figures = {each.label: each.value for each in app.metric}
    assert figures["Perplexity on validation texts"] == "20.1"  # e to the power 3
    assert figures["Next words predicted right"] == "20.00 %"
    assert "Test accuracy" not in figures and "Type with" not in str(links(app))
    assert "Let it continue a text" in [each.value for each in app.subheader]
    assert "Run doctor" not in [each.value for each in app.subheader]
    assert not [each for each in app.expander if "Keras script" in each.label]
    shown = str(texts(app))
    assert "… word 2" in shown


def test_another_continuation_is_one_click_away():
    app = opened("watch", run=language_runs.written().id)

    def continued():
        return next(each.value for each in app.markdown if each.value.startswith("This film is"))

    before = continued()
    app.button(key="another").click().run()
    assert not app.exception and continued() != before
    app.text_input(key="beginning").set_value("<img src=x> bad").run()
    assert not app.exception and r"\<img src=x\> bad **" in markdown(app)


def test_before_the_first_epoch_nothing_can_be_continued():
    app = opened("watch", run=language_runs.written(finished=False).id)
    assert not app.exception and "Let it continue a text" not in [each.value for each in app.subheader]


def test_a_network_that_starts_from_it_is_one_click_away(stub_worker):
    run = language_runs.written()
    query = queries(opened("watch", run=run.id))["Train a network that starts from it"]
    app = opened("train", **parse_qs(query))
    assert app.selectbox(key=f"lstm.start_from.{run.id}").value == run.id
    assert not app.button(key="start").disabled
    app = opened("train", network="lstm", dataset="demo")
    box = app.selectbox(key="lstm.start_from.")
    assert box.options == ["random numbers", run.name]
    box.set_value(run.id).run()
    assert app.button(key="start").disabled and "32, but 8 in the language model" in markdown(app)
    app.text_input(key="lstm.embedding_size.32").set_value("8")
    app.text_input(key="lstm.units.100").set_value("6").run()
    app.button(key="start").click().run()
    assert not errors(app), errors(app)
    assert [each.config.start_from for each in store.runs() if each.id != run.id] == [run.id]


@pytest.mark.parametrize("page", ["compare", "inspect", "classify", "runs", "learn", "sweeps"])
def test_other_pages_stay_whole_with_a_language_model(page):
    run = language_runs.written()
    app = opened(page, **({"network": "language_model"} if page == "learn" else {}))
    assert not app.exception, app.exception
    assert not errors(app)
    if page in ("compare", "inspect", "classify"):
        assert run.id not in str([each.options for each in (*app.selectbox, *app.multiselect)])


def test_the_lesson_stands_beside_the_language_model_and_its_link_opens_the_form():
    app = opened("learn", network="language_model,lstm")
    assert "Lesson: learning without labels" in [each.label for each in app.expander]
    form = opened("train", **parse_qs(queries(app)["Train a small language model"]))
    assert not errors(form) and form.selectbox(key="network").value == "language_model"
    assert not form.button(key="start").disabled
    app = opened("learn", network="lstm")
    assert "Lesson: learning without labels" not in [each.label for each in app.expander]
