"""The pages that evaluate runs, on runs of three classes, and on runs whose data set was deleted."""

import csv
import io
import re

import numpy as np
import pytest
import streamlit as st
from apptest import charts, download_labels, errors, figure, metrics, opened, run_tables, tables, texts

from imdb_core import answers
from imdb_core.evaluation import class_figures, predictions
from tests import topic_runs
from tests.faults.support.sample_runs import Tab

CLASSES = topic_runs.class_names(3)


@pytest.fixture
def topics():
    with topic_runs.source(3) as name:
        yield name


@pytest.fixture
def offered(monkeypatch):
    """What the page offers to download: file name -> function that makes the file."""
    files = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, data, name, *rest, **more: files.update({name: data})
    )
    return files


def rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def shown(app):
    """The texts of the questions shown."""
    return [element.value for element in app.text]


def test_a_run_of_three_classes_is_looked_into(topics):
    run = topic_runs.tested_run(topics)
    tested = predictions.read_classes(run)
    figures = class_figures.of_classes(tested)
    app = opened("inspect", run=run.id)
    assert metrics(app)["Test accuracy"] == f"{100 * tested.right.mean():.2f} %"
    assert metrics(app)["Macro F1"] == f"{class_figures.macro_f1(figures):.4f}"
    matrix = figure(app, "Confusion matrix of 3 classes")
    assert matrix["data"][0]["customdata"] == class_figures.confusion_matrix(tested).tolist()
    [table] = tables(app)
    assert [name.replace("\\", "") for name in table["class"]] == list(CLASSES)
    assert (
        table["questions"] == [str(row.texts) for row in figures] and table["precision"][2] == "not defined"
    )
    assert "1 class has less than 16.7 % of the texts" in texts(app) and len(shown(app)) == 10
    assert len(charts(app)) == 6 and all(alt for _, alt in charts(app))
    assert "review" not in texts(app).lower().replace("reviews are", "")


def test_the_class_for_the_curves_is_chosen_and_stays_in_the_link(topics):
    run = topic_runs.tested_run(topics)
    app = opened("inspect", run=run.id, **{"class": "1"})
    assert f"Share of questions of “{CLASSES[1]}” by probability" in [alt for _, alt in charts(app)][-2]
    before = [alt for _, alt in charts(app)]
    app.selectbox(key="class-choice").set_value("0").run()
    assert app.query_params["class"] in ("0", ["0"]) and [alt for _, alt in charts(app)] != before
    assert "nothing called" not in str(metrics(app))
    assert opened("inspect", run=run.id, **{"class": "99"}).selectbox(key="class-choice").value == "0"


def test_one_click_lists_the_texts_of_one_kind_of_error(topics):
    run = topic_runs.tested_run(topics)
    tested = predictions.read_classes(run)
    first, *_ = class_figures.errors(tested)
    app = opened("inspect", run=run.id, **{"reviews-page": "3"})
    app.button(key=f"errors-{first.label}-{first.verdict}").click().run()
    assert not app.exception and f"{first.texts:,} questions, wrong, the most confident first" in texts(app)
    assert app.query_params["errors"] in (
        f"{first.label}-{first.verdict}",
        [f"{first.label}-{first.verdict}"],
    )
    assert app.pagination(key="reviews-page").value == 1
    labels = [element.value for element in app.markdown if "Label: **" in element.value]
    assert labels and all(CLASSES[first.label] in label.replace("\\", "") for label in labels)
    app.selectbox(key="errors-choice").set_value("all").run()
    assert f"{(~tested.right).sum():,} questions, wrong" in texts(app)
    for view in ("most unsure", "most undecided"):
        app.segmented_control(key="view").set_value(view).run()
        assert f"{len(tested)} questions, the" in texts(app) and not app.exception
    assert "errors" in opened("inspect", run=run.id, errors="*").query_params


def test_the_files_have_one_column_a_class_and_harmless_formulas(topics, offered):
    run = topic_runs.tested_run(topics)
    tested = predictions.read_classes(run)
    opened("inspect", run=run.id)
    heading, *cells = rows(offered["predictions.csv"]())
    assert heading == ["number", "label", "verdict", *(f"share {name}" for name in CLASSES)]
    assert len(cells) == len(tested) and np.allclose([float(cell) for cell in cells[0][3:]], tested.shares[0])
    assert {row[1] for row in cells} == {"'" + CLASSES[0], *CLASSES[1:]}
    verdict = answers.verdicts(tested.shares)[0]
    assert cells[0][2].removeprefix("'") == CLASSES[verdict]
    heading, *cells = rows(offered["confusion-matrix.csv"]())
    assert [[int(cell) for cell in row[1:]] for row in cells] == class_figures.confusion_matrix(
        tested
    ).tolist()


def test_runs_of_three_classes_are_compared(topics, finished_run):
    good = topic_runs.tested_run(topics, "good", skill=3)
    poor = topic_runs.tested_run(topics, "poor", skill=0.3, seed=1, units=9)
    app = opened("compare", runs=f"{good.id},{poor.id}", curve="validation loss")
    assert "on these questions good" in texts(app)
    assert "dotted line: guessing, " in charts(app)[0][1]
    table = run_tables(app)[1]
    assert len(table["macro F1"]) == 2 == len(table["balanced accuracy"]) and "ROC area" not in table
    assert "The verdict is the most probable class" in texts(app) and "gets right" in texts(app)
    other = finished_run("other")
    app = opened("compare", runs=f"{good.id},{other.id}")
    assert "Classes" in run_tables(app)[0]["setting"]


def test_the_page_of_texts_shows_a_source_of_several_classes(topics, offered):
    app = opened("data", corpus=topics)
    assert "film" not in texts(app) and "review" not in texts(app).lower().replace("the reviews", "")
    counts, classes, repeated = tables(app)
    assert counts["questions"] == ["600", "200"] and len(classes["class"]) == 3
    assert "w0x" in classes["most telling words"][0] and "with another label" in repeated
    before = figure(app, "The words that differ most")
    app.selectbox(key="telling-choice").set_value("2").run()
    assert figure(app, "The words that differ most") != before
    app.selectbox(key="label-choice").set_value(CLASSES[1]).run()
    assert f"questions with “{CLASSES[1]}” label: **“{CLASSES[1]}”**" in texts(app)
    assert "telling-words.csv" in offered


def test_a_run_whose_data_set_was_deleted_stays_readable(monkeypatch, tmp_path):
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv(
        "IMDB_CACHE_DIR", str(tmp_path / "none")
    )  # the demo reviews are shown, which is quicker
    with topic_runs.source(3) as name:
        run, other = (
            topic_runs.tested_run(name, title, seed=seed) for seed, title in enumerate(("one", "two"))
        )
    app = opened("inspect", run=run.id)
    assert [error for error in errors(app) if "is not on this machine any more" in error] == errors(app)
    assert len(charts(app)) == 5 and len(download_labels(app)) >= 6 and not shown(app)
    app = opened("compare", runs=f"{run.id},{other.id}")
    assert "alone is right on" in texts(app) and run_tables(app)
    app = opened("data", corpus=name)
    assert "the data set was deleted or never added here" in errors(app)[0] and tables(app)


def test_two_classes_of_other_names_are_called_by_their_names():
    with topic_runs.source(2) as name:
        runs = [topic_runs.tested_run(name, f"run {seed}", seed=seed) for seed in range(2)]
        ids = ",".join(run.id for run in runs)
        tabs = (("inspect", {"run": runs[0].id}), ("compare", {"runs": ids}), ("data", {"corpus": name}))
        for page, query in tabs:
            app = Tab(page).show(**query)
            shown_texts = texts(app) + str([alt for _, alt in charts(app)]) + str(metrics(app))
            said = re.sub("(alse|true)[ -](positive|negative)", "", shown_texts)
            assert "positive" not in said and "negative" not in said
            names = topic_runs.class_names(2)
            assert any(f"“{class_name}”" in said for class_name in names)
        assert not app.selectbox or "telling-choice" not in [box.key for box in app.selectbox]


def test_six_and_many_classes_are_drawn():
    for count in (6, 47):
        with topic_runs.source(count) as name:
            tab, run = Tab("inspect"), topic_runs.tested_run(name, skill=4)
            app = tab.show(run=run.id)
            drawn = figure(app, f"Confusion matrix of {count} classes")
            assert len(set(drawn["data"][0]["x"])) == count and drawn["layout"]["height"] <= 1000
            assert bool(drawn["layout"].get("annotations")) == (count == 6)
            Tab("data").show(corpus=name)
