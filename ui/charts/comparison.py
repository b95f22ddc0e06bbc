"""The chart of the Compare page: the same measure of several runs."""

import html
import itertools

import numpy as np
import plotly.graph_objects as go

from imdb_core.evaluation import comparisons
from imdb_core.runs.store import Run
from ui import colors
from ui.charts.baseline_lines import add_baseline_lines
from ui.charts.chance_lines import add_chance_lines
from ui.charts.layout import styled
from ui.formats import shortened


def compared(
    runs: dict[str, Run], measure: str, axis: str, *, smoothing=0.0, logarithmic=False, bands=False
) -> go.Figure:
    """`measure` of the runs (title -> run) over "epochs", "seconds" or "words".

    Each run has a line of its own (colors.run_line). With `smoothing` (0 to below 1) the raw
    line stays, faint. With `bands`, runs that differ only in their seed become one line, their mean, in a
    band of one standard deviation.
    """
    figure = go.Figure()
    groups = comparisons.by_seed(runs) if bands else [{title: run} for title, run in runs.items()]
    for number, group in enumerate(groups):
        line = colors.run_line(number) | {"width": 2.5}
        _add_group(figure, group, measure=measure, axis=axis, smoothing=smoothing, line=line)
    add_baseline_lines(figure, measure, list(runs.values()))
    add_chance_lines(figure, measure, list(runs.values()))
    figure.update_xaxes(title=axis, rangemode="tozero")
    figure.update_yaxes(
        title=measure.replace("val_", "validation "),
        tickformat=".0%" if "accuracy" in measure else None,
        type="log" if logarithmic else "linear",
    )
    return styled(figure, f"compared-{axis}-{logarithmic}", height=380)


def _add_group(figure, group, *, measure, axis, smoothing, line):
    """One run's line, or the mean and band of several seeds over the epochs that all of them have."""
    epochs = list(zip(*(run.epochs for run in group.values()), strict=False))
    values = np.array([[row[measure] for row in rows] for rows in epochs], float)
    values = values.reshape(len(epochs), len(group))  # also when there is no epoch
    x = np.mean([_spent(run.epochs[: len(epochs)], axis) for run in group.values()], axis=0)
    mean = values.mean(axis=1)
    if len(group) > 1:
        _add_band(figure, x, mean, values.std(axis=1, ddof=1), line["color"])
    unlabelled = {"showlegend": False, "hoverinfo": "skip"}
    if smoothing:
        figure.add_scatter(x=x, y=mean, mode="lines", line=line | {"width": 1}, opacity=0.35, **unlabelled)
        mean = comparisons.smoothed(mean, smoothing)
    name, more = next(iter(group)), f" and {len(group) - 1} more seeds" if len(group) > 1 else ""
    label = html.escape(shortened(name) + more)
    figure.add_scatter(x=x, y=mean, mode="lines+markers", name=label, meta=name + more, line=line)


def _add_band(figure, x, mean, spread, color):
    """An area from one standard deviation above the mean to one below."""
    figure.add_scatter(
        x=[*x, *x[::-1]],
        y=[*(mean + spread), *(mean - spread)[::-1]],
        fill="toself",
        mode="none",
        fillcolor=color,
        opacity=0.2,
        showlegend=False,
        hoverinfo="skip",
    )


def _spent(rows, axis):
    """What a run had spent at the end of each epoch of `rows`, in epochs, seconds or words."""
    if axis == "epochs":
        return [row["epoch"] for row in rows]
    if axis == "words":
        return list(itertools.accumulate((row["words_per_second"] or 0) * row["seconds"] for row in rows))
    return list(itertools.accumulate(row["seconds"] + row["validation_seconds"] for row in rows))
