"""The page "Look into a run", and the disagreements on the Compare page, on the demo reviews."""

import codecs
import csv
import io

import numpy as np
import pytest
import streamlit as st
from apptest import charts, download_labels, figure, metrics, opened, texts

from imdb_core import data, paths
from imdb_core.data.typography import tokens
from imdb_core.runs import layout
from imdb_core.scoring import models
from ui.csv_files import csv_file, csv_text


@pytest.fixture
def tested_run(finished_run):
    """tested_run(name, seed=0): a finished run with drawn predictions on the demo reviews."""

    def make(name="my run", seed=0):
        run, labels = finished_run(name), data.load("demo").test.labels
        drawn = np.clip(np.random.default_rng(seed).normal(0.3 + 0.4 * labels, 0.25), 0, 1)
        np.savez(run.folder / layout.PREDICTIONS, test=drawn.astype(np.float32), test_labels=labels)
        return run

    return make


def reviews(app):
    """The texts of the reviews shown."""
    return [element.value for element in app.text]


def counts(app):
    """The numbers of the confusion matrix, a list for each verdict."""
    return [[count for [count] in column["customdata"]] for column in figure(app, "At threshold")["data"]]


def marker(app, start):
    """The point at the threshold in that chart."""
    line = next(line for line in figure(app, start)["data"] if line.get("name") == "at the threshold")
    return line["x"][0], line["y"][0]


def test_without_own_runs_the_pretrained_networks_can_be_looked_into():
    app = opened("inspect", run="pretrained/cnn_lstm")
    assert app.selectbox(key="run-choice").value == "pretrained/cnn_lstm"
    shown = metrics(app)
    low, high = (float(value) for value in shown["95 % interval (Wilson)"].removesuffix(" %").split(" to "))
    accuracy = models.run("pretrained/cnn_lstm").test_accuracy
    assert shown["Test accuracy"] == f"{100 * accuracy:.2f} %" and low < 100 * accuracy < high < low + 1
    assert sum(map(sum, counts(app))) == 25_000


def test_without_the_reviews_a_sentence_says_so_and_the_figures_are_still_there(monkeypatch, tmp_path):
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "none"))
    app = opened("inspect", run="pretrained/cnn_lstm")
    assert "not on this machine" in app.info[0].value and figure(app, "ROC curve") and not reviews(app)


def test_with_nothing_tested_the_page_says_what_to_do_next(monkeypatch, tmp_path, finished_run):
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "none")
    finished_run()  # without predictions
    assert "No run was tested yet" in texts(opened("inspect"))


def test_another_threshold_moves_counts_and_points(tested_run):
    app = opened("inspect", run=tested_run().id)
    before, counts_before = marker(app, "ROC"), counts(app)
    app.slider(key="threshold").set_value(0.9).run()
    after = marker(app, "ROC")
    assert after[0] < before[0] and after[1] < before[1], "fewer reviews are called positive"
    assert counts(app) != counts_before and figure(app, "At threshold 0.90")
    recall, precision = marker(app, "Precision")
    assert (
        metrics(app)["Recall"] == f"{100 * recall:.2f} %"
        and metrics(app)["Precision"] == f"{100 * precision:.2f} %"
    )


def test_the_link_keeps_run_threshold_view_and_words(tested_run):
    tested_run("other")
    run = tested_run()
    app = opened(
        "inspect", run=run.id, threshold="0.8", view="most unsure", words="boring", **{"reviews-page": "2"}
    )
    assert app.selectbox(key="run-choice").value == run.id and app.slider(key="threshold").value == 0.8
    assert app.pagination(key="reviews-page").value == 2
    assert app.text_input(key="words").value == "boring" and "nearest to 0.5" in texts(app)


@pytest.mark.parametrize(
    "query",
    [
        {"threshold": "7"},
        {"threshold": "x"},
        {"view": "x"},
        {"reviews-page": "99"},
        {"reviews-page": "9" * 5000},
        {"reviews-page": "-1"},
        {"words": "*" * 5000},
    ],
)
def test_odd_values_in_the_link_do_no_harm(tested_run, query):
    assert reviews(opened("inspect", run=tested_run().id, **query)) or "words" in query


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_the_ends_of_the_threshold_are_shown(tested_run, threshold):
    run, labels = tested_run(), data.load("demo").test.labels
    flat = np.full(len(labels), 0.5, np.float32)
    np.savez(run.folder / layout.PREDICTIONS, test=flat, test_labels=labels)
    app = opened("inspect", run=run.id)
    app.slider(key="threshold").set_value(threshold).run()
    assert not app.exception and metrics(app)["Recall"] == ("100.00 %" if threshold == 0 else "0.00 %")


def test_reviews_of_one_label_only_leave_the_curve_out_with_a_sentence(tested_run):
    run = tested_run()
    np.savez(
        run.folder / layout.PREDICTIONS, test=np.full(9, 0.4, np.float32), test_labels=np.zeros(9, np.uint8)
    )
    app = opened("inspect", run=run.id)
    assert "same label" in texts(app) and metrics(app)["Area under the ROC curve"] == "not defined"
    assert "on this machine are different" in texts(app)


def test_reviews_are_filtered_by_words_and_counted_from_the_first_page(tested_run):
    app = opened("inspect", run=tested_run().id)
    assert len(reviews(app)) == 10
    first = reviews(app)
    app.pagination(key="reviews-page").set_value(2).run()
    assert len(reviews(app)) == 10 and not set(first) & set(reviews(app))
    app.text_input(key="words").set_value("The FILM").run()
    assert app.pagination(key="reviews-page").value == 1
    assert reviews(app) and all({"the", "film"} <= set(tokens(text)) for text in reviews(app))
    app.text_input(key="words").set_value("zzqx").run()
    assert not reviews(app) and "0 reviews with these words" in texts(app)


def test_most_wrong_and_most_unsure_are_other_reviews(tested_run):
    app = opened("inspect", run=tested_run().id)
    wrong = reviews(app)
    assert "wrong at 0.5, the most confident first" in texts(app)
    app.segmented_control(key="view").set_value("most unsure").run()
    assert reviews(app) != wrong and "1,000 reviews, the nearest" in texts(app)


def test_a_review_goes_to_the_text_box_with_one_click(tested_run):
    app = opened("inspect", run=tested_run().id)
    text = reviews(app)[3]
    [button for button in app.button if button.label == "Try it in the text box"][3].click().run()
    assert not app.exception and app.title[0].value == "Type a review, see the score"
    assert app.session_state["review-kept"]["text"] == text


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn"])
def test_damaged_predictions_give_a_sentence(tested_run, content):
    run = tested_run()
    (run.folder / layout.PREDICTIONS).write_bytes(content)
    app = opened("inspect", run=run.id)
    assert "no usable predictions" in texts(app) and not app.metric


def test_a_run_in_the_link_that_was_not_tested_gives_a_sentence(finished_run):
    assert "was not tested" in texts(opened("inspect", run=finished_run().id))
    assert opened("inspect", run="[x](http://e.test)").error


def test_a_runs_name_is_shown_as_text(tested_run):
    app = opened("inspect", run=tested_run("**bold** :red[no]").id)
    assert any(r"\*\*bold\*\* \:red\[no\]" in element.value for element in app.markdown)


def test_where_two_runs_disagree_both_sides_are_shown_and_can_be_tried(tested_run):
    first, second = tested_run("one", seed=1), tested_run("two", seed=2)
    app = opened("compare", runs=f"{first.id},{second.id}")
    assert texts(app).count("gets right") == 2 and "reviews only one" in texts(app)
    buttons = [button for button in app.button if button.label == "Try it in the text box"]
    assert len(buttons) == 20
    buttons[0].click().run()
    assert app.title[0].value == "Type a review, see the score" and app.session_state["review-kept"]["text"]


def test_of_three_runs_the_two_to_compare_can_be_chosen(tested_run):
    runs = [tested_run(name, seed) for seed, name in enumerate(("one", "two", "three"))]
    app = opened("compare", runs=",".join(run.id for run in runs))
    assert "reviews only one" in texts(app) and "reviews only three" not in texts(app)
    app.selectbox(key="pair-choice").set_value(f"{runs[1].id},{runs[2].id}").run()
    assert "reviews only three" in texts(app) and not app.exception


def test_a_csv_has_its_formulas_made_harmless_and_its_numbers_untouched():
    written = csv_text(
        {"=name": ["=1+1", "+1", "@x", "-x", "a,b"], "value": [-1, -0.5, 1e-9, 3, float("inf")]}
    )
    assert written.splitlines() == ["'=name,value", "'=1+1,-1", "'+1,-0.5", "'@x,1e-09", "'-x,3", '"a,b",inf']


@pytest.mark.parametrize(
    "cell", ["naïve café", "電影", "Łódź", "😀", "a,b", 'say "good"', "two\nlines", "'=1"]
)
def test_a_downloaded_csv_says_that_it_is_utf_8_and_keeps_every_character(cell):
    content = csv_file({cell: [cell, "plain"]})
    assert content.startswith(codecs.BOM_UTF8) and content.count(codecs.BOM_UTF8) == 1
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [[cell], [cell], ["plain"]]


def test_a_lone_surrogate_in_a_csv_file_becomes_a_question_mark():
    assert csv_file({"name": ["\ud83d"]}).decode("utf-8-sig").splitlines() == ["name", "?"]


def test_every_download_of_the_inspect_page_begins_with_the_byte_order_mark(tested_run, monkeypatch):
    offered = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, data, name, *rest, **more: offered.update({name: data})
    )
    opened("inspect", run=tested_run().id)
    assert len(offered) == 5 and all(data().startswith(codecs.BOM_UTF8) for data in offered.values())


def test_every_chart_offers_its_numbers(tested_run):
    app = opened("inspect", run=tested_run().id)
    assert len(charts(app)) == len(download_labels(app)) == 5
