"""The numbers of every chart can be saved, and they are those that the chart draws."""

import pytest
from apptest import download_labels, opened, typed

from ui.charts import comparison, curves
from ui.charts.layout import line_columns
from ui.compared_runs import ComparedRun


@pytest.mark.parametrize("script", ["learn", "watch", "compare", "inspect"])
def test_the_numbers_of_charts_can_be_saved(script):
    assert "Numbers as CSV" in download_labels(opened(script))


def test_saved_numbers_are_those_of_the_lines(finished_run):
    run, other = finished_run("=mine <1>"), finished_run("other", epochs=2)
    shown = [ComparedRun(run.id, "=mine <1>", 0, run), ComparedRun(other.id, "other", 1, other)]
    figure = comparison.compared(shown, comparison.Curves("val_loss"))
    saved = line_columns(figure, "run")
    assert saved["run"] == ["=mine <1>"] * 3 + ["other"] * 2 and list(saved["epochs"]) == [1, 2, 3, 1, 2]
    assert saved["validation loss"] == pytest.approx(
        [row["val_loss"] for row in (*run.epochs, *other.epochs)]
    )
    points = curves.curve_columns(run)
    assert points["epoch"] == [1, 2, 3] and points["val_accuracy"] == [
        row["val_accuracy"] for row in run.epochs
    ]


@pytest.mark.parametrize("together", [False, True])
def test_the_numbers_of_a_typed_reviews_charts_can_be_saved(together):
    app = opened("classify", model="pretrained/cnn_lstm_dense", **({"all": "true"} if together else {}))
    assert "Numbers as CSV" in download_labels(typed(app, "A superb film, never boring"))


def test_the_numbers_of_probe_reviews_can_be_saved(finished_run):
    run = finished_run(probes="a superb film")
    assert download_labels(opened("watch", run=run.id)).count("Numbers as CSV") == 2
