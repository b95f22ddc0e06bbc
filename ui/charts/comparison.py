"""The chart of the Compare page: one measure of several runs, or its difference against a baseline run."""

import html
import itertools
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from imdb_core.evaluation import comparisons
from ui import colors
from ui.charts.baseline_lines import add_baseline_lines
from ui.charts.chance_line import add_chance_lines
from ui.charts.layout import styled
from ui.compared_runs import ComparedRun
from ui.formats import shortened

HEIGHT = 380  # pixels with the legend's first lines
LEGEND_COLUMN = 235  # pixels: room for LONGEST_OF_MANY characters
LEGEND_LINE = 19  # pixels; in a narrow window each run has a line of its own
LINES_WITHIN_HEIGHT = 3
MOST_TICKS = 12  # epochs
LONGEST_OF_MANY = 36  # characters of a name in the legend of more runs


@dataclass(frozen=True)
class Curves:
    """What the chart shows: `measure` over `axis` ("epochs", "seconds" or "words").

    With `smoothing` (0 to below 1) the raw line stays, faint. With `bands`, runs that differ only in their
    seed become one line, their mean, in a band of one standard deviation. With a `baseline`, the lines are
    differences against this run.
    """

    measure: str
    axis: str = "epochs"
    smoothing: float = 0.0
    logarithmic: bool = False
    bands: bool = False
    baseline: ComparedRun | None = None


def compared(runs: list[ComparedRun], curves: Curves) -> go.Figure:
    """The chart of the runs; each has its own colour and dashes (ComparedRun.line)."""
    figure, all_runs = go.Figure(), [each.run for each in runs]
    for group in _groups(runs, curves):
        _add_group(figure, group, curves, longest=40 if len(runs) <= LINES_WITHIN_HEIGHT else LONGEST_OF_MANY)
    if curves.baseline:
        line = {"color": colors.GRAY, "width": 1.5, "dash": "dash"}
        figure.add_hline(y=0, line=line)
    else:
        add_baseline_lines(figure, curves.measure, all_runs)
        add_chance_lines(figure, curves.measure, all_runs)
    is_logarithmic = curves.logarithmic and not curves.baseline
    figure.update_xaxes(
        title=curves.axis, rangemode="tozero", dtick=_distance_of_ticks(all_runs, curves.axis)
    )
    figure.update_yaxes(
        title=axis_title(curves),
        tickformat="+" if curves.baseline else ".0%" if "accuracy" in curves.measure else None,
        type="log" if is_logarithmic else "linear",
    )
    revision = f"compared-{curves.axis}-{is_logarithmic}-{bool(curves.baseline)}"
    more = max(0, len(runs) - LINES_WITHIN_HEIGHT)
    styled(figure, revision, HEIGHT + LEGEND_LINE * more)
    if more:  # with a fixed column width, plotly rearranges the legend when the window grows
        figure.update_layout(legend_entrywidth=LEGEND_COLUMN)
    return figure


def axis_title(curves: Curves) -> str:
    """The title of the y axis: the measure, or its difference against the baseline run."""
    name = curves.measure.replace("val_", "validation ")
    if not curves.baseline:
        return name
    return f"{'points of ' if 'accuracy' in name else ''}{name} against the baseline run"


def _distance_of_ticks(runs, axis):
    """One epoch if there are few epochs; None lets plotly choose."""
    few = axis == "epochs" and max(len(run.epochs) for run in runs) <= MOST_TICKS
    return 1 if few else None


def _groups(runs, curves):
    """The runs of each line."""
    if not curves.bands:
        return [[run] for run in runs]
    by_key = {run.key: run for run in runs}
    groups = comparisons.by_seed({key: run.run for key, run in by_key.items()})
    return [[by_key[key] for key in group] for group in groups]


def _add_group(figure, group, curves, *, longest):
    """One run's line, or the mean and band of several seeds over the epochs that all of them have."""
    epochs = list(zip(*(each.run.epochs for each in group), strict=False))
    values = np.array([[row[curves.measure] for row in rows] for rows in epochs], float)
    values = values.reshape(len(epochs), len(group))  # two dimensions even without an epoch
    x = np.mean([_spent(each.run.epochs[: len(epochs)], curves.axis) for each in group], axis=0)
    if curves.baseline:
        values = values - _of_baseline(curves, x)[:, None]
        values *= 100 if "accuracy" in curves.measure else 1
    line, mean = group[0].line | {"width": 2.5}, values.mean(axis=1)
    if len(group) > 1:
        _add_band(figure, x, mean, values.std(axis=1, ddof=1), line["color"])
    unlabelled = {"showlegend": False, "hoverinfo": "skip"}
    if curves.smoothing:
        figure.add_scatter(x=x, y=mean, mode="lines", line=line | {"width": 1}, opacity=0.35, **unlabelled)
        mean = comparisons.smoothed(mean, curves.smoothing)
    name, more = group[0].title, f" and {len(group) - 1} more seeds" if len(group) > 1 else ""
    label = html.escape(shortened(name, longest) + more)
    figure.add_scatter(x=x, y=mean, mode="lines+markers", name=label, meta=name + more, line=line)


def _of_baseline(curves, x):
    """The baseline run's values at `x`, between two epochs interpolated; nan beyond its last epoch."""
    rows = curves.baseline.run.epochs
    y = np.array([row[curves.measure] for row in rows], float)
    return np.interp(x, _spent(rows, curves.axis), y, left=np.nan, right=np.nan)


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
