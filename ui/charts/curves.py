"""The learning curves of the Watch page: loss or accuracy of one run over its epochs."""

import math
import threading
from collections import OrderedDict

import plotly.graph_objects as go
import streamlit as st

from imdb_core.evaluation import baselines
from imdb_core.runs.store import Run
from ui import colors
from ui.charts.baseline_lines import add_baseline_lines, baseline_lines_text
from ui.charts.chance_line import chance, chance_lines, chance_text
from ui.charts.component import rendered, show_rendered
from ui.charts.layout import FIXED_AXIS, shared_layout
from ui.formats import decimal

MEASURES = {"loss": "Loss (lower is better)", "accuracy": "Accuracy (higher is better)"}
CACHED_FIGURES = 32


def show_learning_curves(run: Run, measure: str) -> None:
    """Show the curves of "loss" or "accuracy" with their text alternative."""
    st.markdown(f"**{MEASURES[measure]}**")
    show_rendered(_rendered_once(run, measure), key=f"{measure}-{run.id}", alt=curves_text(run, measure))


def learning_curves(run: Run, measure: str) -> go.Figure:
    """Training as a dotted line inside epochs and open markers at their ends, validation as filled markers.

    The figure is built from one dictionary. With plotly's add_ functions, building would take five times as
    long, and this function runs at each update of each watched run.
    """
    color, epochs = colors.ONE_RUN, run.epochs
    lines = [
        _running_line(run, measure, color),
        _epoch_markers(epochs, measure, color, name="training", mode="markers", symbol="circle-open"),
        _epoch_markers(epochs, f"val_{measure}", color, name="validation", mode="lines+markers"),
        *chance_lines(run, measure),
    ]
    low, high = axis_range(run, measure)
    lines.append(_best_epoch_line(run, low, high, color))
    y = {"title": {"text": measure}, "range": [low, high]}
    if measure == "accuracy":
        y["tickformat"] = ".0%"
    layout = {"xaxis": _epoch_axis(run) | FIXED_AXIS, "yaxis": y | FIXED_AXIS} | shared_layout(run.id, 330)
    layout["margin"] |= {"l": 65, "b": 45}
    figure = go.Figure({"data": lines, "layout": layout})
    add_baseline_lines(figure, measure, [run])
    return figure


def axis_range(run: Run, measure: str) -> tuple[float, float]:
    """The ends of the y axis for "loss" or "accuracy"."""
    rows = [row.get(name) for row in run.metrics for name in (measure, f"val_{measure}")]
    values = [value for value in (*rows, chance(run, measure)) if value is not None]
    # A language model never predicts nearly all words, so its accuracies have a shorter axis.
    best = max(0.5, math.ceil(10 * max(values, default=0)) / 10) if run.predicts_words else 1.0
    return _bounds(measure, values, best)


def curve_columns(run: Run) -> dict[str, list]:
    """The numbers of both curves, a row for each point. Only an epoch's last row has validation figures."""
    names = ("epoch", "step", "steps", "loss", "accuracy", "val_loss", "val_accuracy")
    return {name: [row.get(name) for row in run.metrics] for name in names}


def curves_text(run: Run, measure: str) -> str:
    """The text alternative of the curves."""
    newest = "no epoch done yet"
    if run.epochs:
        last = run.epochs[-1]
        training, validation = decimal(last[measure]), decimal(last["val_" + measure])
        newest = f"after epoch {last['epoch']}: training {training}, validation {validation}"
    ends = chance_text(run, measure) + baseline_lines_text(measure, [run])
    return f"{MEASURES[measure]} of {run.name} over epochs; {newest}{ends}."


def _running_line(run, measure, color):
    """The mean since the epoch's start, at each row of the metrics. It starts anew with each epoch."""
    points = []
    for row in run.metrics:
        points.append((row["epoch"] - 1 + row["step"] / row["steps"], row[measure]))
        if row["kind"] == "epoch":
            points.append((row["epoch"], None))  # interrupts the line
    return {
        "type": "scatter",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "mode": "lines",
        "name": "running",
        "line": {"color": color, "width": 1.5, "dash": "dot"},
        "opacity": 0.8,
    }


def _epoch_markers(epochs, field, color, *, name, mode, symbol="circle"):
    """One marker at the end of each epoch."""
    return {
        "type": "scatter",
        "x": [row["epoch"] for row in epochs],
        "y": [row[field] for row in epochs],
        "name": name,
        "mode": mode,
        "marker": {"color": color, "size": 10, "symbol": symbol, "line": {"width": 2}},
        "line": {"color": color, "width": 2.5, "dash": "solid" if "lines" in mode else "dot"},
    }


def _best_epoch_line(run, low, high, color):
    """A vertical line at the kept epoch; no line while no epoch is done."""
    return {
        "type": "scatter",
        "x": 2 * [run.best["epoch"]] if run.best else [],
        "y": [low, high],
        "mode": "lines",
        "opacity": 0.5,
        "name": "best epoch",
        "line": {"color": color, "width": 1, "dash": "dash"},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _epoch_axis(run):
    epochs = run.config.epochs
    return {"title": {"text": "epoch"}, "range": [0, 1.03 * epochs], "dtick": max(1, round(epochs / 10))}


def _bounds(measure, values, best_accuracy):
    """The ends of the y axis: beyond the best possible value, and beyond the worst value, in steps of 0.1.

    So the axis seldom changes. Adding points while the axes stay costs a fraction of a whole drawing
    (ui/browser/chart.js).
    """
    if measure == "accuracy":
        return math.floor(10 * min(values, default=0.5)) / 10 - 0.02, best_accuracy + 0.02
    high = math.ceil(10 * max(values, default=0.7)) / 10
    return -0.02 * high, 1.02 * high


def _rendered_once(run, measure):
    """The curves from a cache while the run has no new row: thirty tabs on one run draw them once."""
    key = (run.folder, measure, len(run.metrics), str(run.metrics[-1:]), str(baselines.computed_for([run])))
    with _cache_lock:
        if key not in _cache:
            _cache[key] = rendered(learning_curves(run, measure))
            while len(_cache) > CACHED_FIGURES:
                _cache.popitem(last=False)
        return _cache[key]


_cache_lock = threading.Lock()
_cache: OrderedDict[tuple, tuple[str, int]] = OrderedDict()
