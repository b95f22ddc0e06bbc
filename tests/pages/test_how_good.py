"""The top of the page "Look into a run": how good the run is, links to sections and pages, the matrix."""

import re

import numpy as np
import pytest
from apptest import figure, opened, queries, texts
from page_runs import run_with_verdicts

from imdb_core import data
from imdb_core.evaluation import baselines, predictions
from imdb_core.runs import layout


def test_the_page_begins_with_how_good_the_run_is(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path))
    run = run_with_verdicts()
    tested = predictions.read_classes(run)
    app = opened("inspect", run=run.id)
    [sentence] = [shown for shown in texts(app).splitlines() if "are judged right" in shown]
    assert sentence.startswith(f"**{100 * tested.right.mean():.2f} %** of the 1,000 test reviews")
    assert "Guessing reaches 50.00 %." in sentence and "TF-IDF baseline is not computed yet" in sentence


@pytest.mark.parametrize(
    ("accuracy", "says"),
    [(0.70, "points less."), (0.95, "points more."), (0.7760, "within the interval")],
)
def test_the_first_sentence_compares_with_counting_words(monkeypatch, accuracy, says):
    run = run_with_verdicts()
    result = baselines.Baseline("demo", "f" * 64, accuracy, 1000, 4000, 10, 20.4, {}, "2026-01-01")
    monkeypatch.setattr(baselines, "computed_for", lambda runs: [result])
    sentence = texts(opened("inspect", run=run.id))
    right = predictions.read_classes(run).right.mean()
    assert 0.75 < right < 0.80, "the examples stand around this accuracy"
    assert f"reaches {100 * accuracy:.2f} %" in sentence and says in sentence


def test_a_run_that_is_no_better_than_guessing_says_so():
    run, labels = run_with_verdicts(), data.load("demo").test.labels
    np.savez(run.folder / layout.PREDICTIONS, test=np.full(len(labels), 0.4, np.float32), test_labels=labels)
    shown = texts(opened("inspect", run=run.id))
    assert "That is no better than guessing: calling all reviews negative is right on 50.00 %." in shown


def test_links_lead_to_each_section_and_to_the_other_pages():
    first, second = run_with_verdicts("first"), run_with_verdicts("second")
    app = opened("inspect", run=first.id)
    [jumps] = [shown.value for shown in app.markdown if shown.value.startswith("On this page")]
    anchors = [section.proto.anchor for section in app.subheader]
    assert re.findall(r"\]\(#([^)]*)\)", jumps) == anchors and len(set(anchors)) == 6
    assert queries(app)["Compare it"] == f"runs={first.id}%2C{second.id}"


def test_the_matrix_has_the_colours_of_the_classes():
    columns = figure(opened("inspect", run=run_with_verdicts().id), "At threshold")["data"]
    assert [column["colorscale"][1][1][:14] for column in columns] == ["rgba(0,114,178", "rgba(230,159,0"]
