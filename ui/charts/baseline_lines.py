"""The dashed line of the baseline (TF-IDF + logistic regression) on charts of accuracy."""

import plotly.graph_objects as go

from imdb_core.evaluation import baselines
from imdb_core.runs.store import Run
from ui import colors
from ui.labels import choice


def add_baseline_lines(figure: go.Figure, measure: str, runs: list[Run]) -> None:
    """Add a dashed line for each data set of the runs that has a baseline, if `measure` is an accuracy."""
    for baseline in _baselines(measure, runs):
        line = {"color": colors.GRAY, "width": 1.5, "dash": "dash"}
        annotation = {
            "text": _label(baseline),
            "xanchor": "left",
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 12},
        }
        figure.add_hline(y=baseline.test_accuracy, line=line, annotation=annotation)


def baseline_lines_text(measure: str, runs: list[Run]) -> str:
    """The end of a chart's text alternative: what its dashed lines show, or nothing."""
    return "".join(f"; dashed line: {_label(baseline)}" for baseline in _baselines(measure, runs))


def _baselines(measure, runs):
    return baselines.computed_for(runs) if "accuracy" in measure else []


def _label(baseline):
    accuracy = f"{100 * baseline.test_accuracy:.1f} %"
    return f"TF-IDF baseline {accuracy} (test, {choice(baseline.dataset)})"
