"""The plotly figures; each with one line that says what it shows, also for those who cannot see it."""

import html
import itertools
import math
import threading
from collections import OrderedDict

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from imdb_core.evaluation import baselines, comparisons
from imdb_core.runs.store import Run
from ui import words
from ui.components import chart, drawn, drawn_chart
from ui.parts import csv_download

MEASURES = {"loss": "Loss (lower is better)", "accuracy": "Accuracy (higher is better)"}
MOST_DRAWN = 32  # figures kept in memory
BUTTONS = 28  # pixels: height of plotly's bar of buttons
MEASURED = {
    "automargin": False,
    "ticklabeloverflow": "allow",
}  # of an axis: plotly need not find out how large its labels are


def learning_curves(run: Run, measure: str) -> go.Figure:
    """Training as a line inside epochs with open markers at their ends, validation as filled markers on the
    same axes.

    Made in one piece: step by step it would take plotly five times as long, at every look at every run that
    is watched.
    """
    color, epochs, inside = words.color(run.network), run.epochs, []
    for row in run.metrics:
        inside.append((row["epoch"] - 1 + row["step"] / row["steps"], row[measure]))
        if row["kind"] == "epoch":
            inside.append(
                (row["epoch"], None)
            )  # the running mean starts anew with each epoch, and so does the line
    line = {"color": color, "width": 1.5, "dash": "dot"}
    points = {"x": [at for at, _ in inside], "y": [value for _, value in inside]}
    lines = [{"type": "scatter", **points, "mode": "lines", "name": "running", "line": line, "opacity": 0.8}]
    for kind, name, dash, symbol in (
        ("", "training", "dot", "circle-open"),
        ("val_", "validation", "solid", "circle"),
    ):
        points = {"x": [row["epoch"] for row in epochs], "y": [row[kind + measure] for row in epochs]}
        marks = {"color": color, "size": 10, "symbol": symbol, "line": {"width": 2}}
        shown = {
            "mode": "lines+markers" if kind else "markers",
            "line": {"color": color, "width": 2.5, "dash": dash},
        }
        lines.append({"type": "scatter", **points, "name": name, "marker": marks, **shown})
    low, high = _bounds(measure, [value for trace in lines for value in trace["y"] if value is not None])
    best = {
        "x": 2 * [run.best["epoch"]] if run.best else [],
        "y": [low, high],
        "mode": "lines",
        "opacity": 0.5,
    }
    line = {"color": color, "width": 1, "dash": "dash"}
    lines.append(
        {
            "type": "scatter",
            **best,
            "name": "best epoch",
            "line": line,
            "showlegend": False,
            "hoverinfo": "skip",
        }
    )
    every = max(1, round(run.config.epochs / 10))
    x = {"title": {"text": "epoch"}, "range": [0, 1.03 * run.config.epochs], "dtick": every}
    y = {"title": {"text": measure}, "range": [low, high]} | (
        {"tickformat": ".0%"} if measure == "accuracy" else {}
    )
    layout = {"xaxis": x | MEASURED, "yaxis": y | MEASURED} | _layout(run.id, 330)
    layout["margin"] |= {"l": 65, "b": 45}
    figure = go.Figure({"data": lines, "layout": layout})
    _add_baselines(figure, measure, [run])
    return figure


def _bounds(measure, values):
    """The ends of the axis, a little beyond the best there can be and the worst of `values` in steps of 0.1:
    it seldom moves.

    Points that are added to a chart whose axes stay are drawn at a fraction of the cost
    (ui.components.chart).
    """
    if measure == "accuracy":
        return math.floor(10 * min(values, default=0.5)) / 10 - 0.02, 1.02
    high = math.ceil(10 * max(values, default=0.7)) / 10
    return -0.02 * high, 1.02 * high


def show_learning_curves(run: Run, measure: str) -> None:
    """The figure of one measure with its text alternative; zoom survives updates."""
    st.markdown(f"**{MEASURES[measure]}**")
    drawn_chart(_drawn_once(run, measure), key=f"{measure}-{run.id}", alt=curves_said(run, measure))


def curves_said(run: Run, measure: str) -> str:
    """The text alternative of the learning curves."""
    newest = "no epoch done yet"
    if run.epochs:
        last = run.epochs[-1]
        training, validation = words.figure(last[measure]), words.figure(last["val_" + measure])
        newest = f"after epoch {last['epoch']}: training {training}, validation {validation}"
    return f"{MEASURES[measure]} of {run.name} over epochs; {newest}{baselines_said(measure, [run])}."


def _drawn_once(run, measure):
    """The curves from memory while no row was added: thirty tabs on one run must not draw it thirty times."""
    stamp = (run.folder, measure, len(run.metrics), str(run.metrics[-1:]), str(baselines.computed_for([run])))
    with _drawing:
        if stamp not in _drawn:
            _drawn[stamp] = drawn(learning_curves(run, measure))
            while len(_drawn) > MOST_DRAWN:
                _drawn.popitem(last=False)
        return _drawn[stamp]


_drawing = threading.Lock()
_drawn: OrderedDict[tuple, tuple[str, int]] = OrderedDict()


def curve_columns(run: Run) -> dict[str, list]:
    """The numbers of both learning curves, one row a point, for csv_download; validation is there at the end
    of an epoch.
    """
    names = ("epoch", "step", "steps", "loss", "accuracy", "val_loss", "val_accuracy")
    return {name: [row.get(name) for row in run.metrics] for name in names}


def probabilities(scored: list[tuple[str, str, float]]) -> go.Figure:
    """One bar per model, (title, network, probability), the most positive on top, each under its title."""
    ordered = sorted(scored, key=lambda row: row[2])
    figure = go.Figure(
        go.Bar(
            x=[probability for _, _, probability in ordered],
            y=list(range(len(ordered))),
            width=0.45,
            orientation="h",
            marker={"color": [words.color(network) for _, network, _ in ordered]},
            text=[f"{probability:.1%}" for _, _, probability in ordered],
            textposition="outside",
            hoverinfo="skip",
        )
    )
    for place, (title, _, _) in enumerate(ordered):
        label = {"text": html.escape(words.shortened(title, 56)), "xref": "paper", "x": 0, "y": place + 0.42}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    figure.add_vline(
        x=0.5, line={"color": words.GRAY, "width": 1, "dash": "dash"}, opacity=0.6, layer="below"
    )
    figure.update_xaxes(
        title="probability of a positive review",
        range=[0, 1.15],
        tickformat=".0%",
        tickvals=[0, 0.25, 0.5, 0.75, 1],
    )
    figure.update_yaxes(visible=False, range=[-0.5, len(ordered) - 0.2])
    return styled(figure, "all-models", height=90 + 58 * len(ordered))


def running_score(seen_words: tuple[str, ...], positions: list[int], probabilities, color: str) -> go.Figure:
    """The probability after each word; hovering names the word."""
    figure = go.Figure(
        go.Scatter(
            x=[position + 1 for position in positions],
            y=probabilities,
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"size": 5},
            text=[html.escape(seen_words[position]) for position in positions],
            hovertemplate="after “%{text}”: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_hline(y=0.5, line={"width": 1, "dash": "dash"}, opacity=0.6)
    if len(positions) <= 30:
        figure.update_xaxes(
            tickvals=[position + 1 for position in positions],
            ticktext=[html.escape(seen_words[p]) for p in positions],
        )
    else:
        figure.update_xaxes(title="word")
    figure.update_yaxes(title="positive", range=[-0.03, 1.03], tickformat=".0%")
    return styled(figure, "running-score", height=240)


def show_probes(run: Run) -> None:
    """The user's own reviews after each epoch, one line each."""
    texts = run.config.probe_reviews
    rows = _scored(run)
    figure = go.Figure()
    for number, text in enumerate(texts):
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=[row["probes"][number] for row in rows],
            mode="lines+markers",
            name=html.escape(words.shortened(text)),
            meta=text,
            line={"color": words.PALETTE[number % len(words.PALETTE)], "width": 2.5},
        )
    figure.add_hline(y=0.5, line={"width": 1, "dash": "dash"}, opacity=0.6)
    figure.update_xaxes(
        title="epoch", range=[0.9, run.config.epochs + 0.1], dtick=max(1, round(run.config.epochs / 10))
    )
    figure.update_yaxes(title="positive", range=[-0.03, 1.03], tickformat=".0%")
    st.markdown("**Your probe reviews** (probability of positive after each epoch)")
    chart(styled(figure, f"probes-{run.id}", height=300), key=f"probes-{run.id}", alt=probes_said(run))
    if not run.active:  # a file that is made anew at every look would be gone when it is asked for
        csv_download(numbers(figure, "review"), file_name="probes.csv")


def probes_said(run: Run) -> str:
    """The text alternative of the probe reviews' chart."""
    rows = _scored(run)
    last = "no epoch done yet"
    if rows:
        last = ", ".join("not measured" if value is None else f"{value:.0%}" for value in rows[-1]["probes"])
    return f"{len(run.config.probe_reviews)} probe reviews scored after each epoch; last: {last}."


def _scored(run):
    """The rows of the epochs after which all of the config's probe reviews were scored."""
    return [
        row for row in run.epochs if "probes" in row and len(row["probes"]) == len(run.config.probe_reviews)
    ]


def numbers(figure: go.Figure, line: str) -> dict[str, list]:
    """What the figure's named lines draw, one row a point, for csv_download; `line` is the heading of their
    names.
    """
    named = [trace for trace in figure.data if trace.name]
    x, y = (
        axis.title.text or heading
        for axis, heading in ((figure.layout.xaxis, "x"), (figure.layout.yaxis, "y"))
    )
    return {
        line: [trace.meta or html.unescape(trace.name) for trace in named for _ in trace.x],
        x: [value for trace in named for value in trace.x],
        y: [value for trace in named for value in trace.y],
    }


def compared(
    runs: dict[str, Run], measure: str, axis: str, *, smoothing=0.0, logarithmic=False, bands=False
) -> go.Figure:
    """The same measure of several runs over "epochs", "seconds" or "words"; a network's runs share its
    colour, not their dashes.

    With `smoothing` (0 to below 1) the raw line stays, faint. With `bands` runs that differ only in their
    seed become one line, their mean, in a band of one standard deviation.
    """
    figure, seen = go.Figure(), []
    for group in comparisons.by_seed(runs) if bands else [{title: run} for title, run in runs.items()]:
        network = next(iter(group.values())).network
        dash = ("solid", "dash", "dot", "dashdot")[seen.count(network) % 4]
        seen.append(network)
        line = {"color": words.color(network), "width": 2.5, "dash": dash}
        _add_group(figure, group, measure, axis, smoothing, line)
    _add_baselines(figure, measure, list(runs.values()))
    figure.update_xaxes(title=axis, rangemode="tozero")
    percent = "accuracy" in measure
    figure.update_yaxes(
        title=measure.replace("val_", "validation "),
        tickformat=".0%" if percent else None,
        type="log" if logarithmic else "linear",
    )
    return styled(figure, f"compared-{axis}-{logarithmic}", height=380)


def _add_group(figure, group, measure, axis, smoothing, line):
    """One run's line, or the mean and band of several seeds over the epochs that all of them have."""
    rows = list(zip(*(run.epochs for run in group.values()), strict=False))
    values = np.array([[row[measure] for row in epoch] for epoch in rows], float).reshape(
        len(rows), len(group)
    )
    x = np.mean([_spent(run.epochs[: len(rows)], axis) for run in group.values()], axis=0)
    name, more = next(iter(group)), f" and {len(group) - 1} more seeds" if len(group) > 1 else ""
    mean = values.mean(axis=1)
    if len(group) > 1:
        spread = values.std(axis=1, ddof=1)
        edges = {"x": [*x, *x[::-1]], "y": [*(mean + spread), *(mean - spread)[::-1]]}
        figure.add_scatter(
            **edges,
            fill="toself",
            mode="none",
            fillcolor=line["color"],
            opacity=0.2,
            showlegend=False,
            hoverinfo="skip",
        )
    if smoothing:
        figure.add_scatter(
            x=x,
            y=mean,
            mode="lines",
            line=line | {"width": 1},
            opacity=0.35,
            showlegend=False,
            hoverinfo="skip",
        )
        mean = comparisons.smoothed(mean, smoothing)
    shown = html.escape(words.shortened(name) + more)
    figure.add_scatter(x=x, y=mean, mode="lines+markers", name=shown, meta=name + more, line=line)


def _spent(rows, axis):
    """What each of the rows' epochs had cost when it was done, in epochs, seconds or words."""
    if axis == "epochs":
        return [row["epoch"] for row in rows]
    if axis == "words":
        return list(itertools.accumulate((row["words_per_second"] or 0) * row["seconds"] for row in rows))
    return list(itertools.accumulate(row["seconds"] + row["validation_seconds"] for row in rows))


def baselines_said(measure: str, runs: list[Run]) -> str:
    """For a chart's text alternative: what its dashed lines of the baselines show, or nothing."""
    found = baselines.computed_for(runs) if "accuracy" in measure else []
    return "".join(f"; dashed line: {_baseline_label(one)}" for one in found)


def _add_baselines(figure, measure, runs):
    """A dashed line for each corpus whose baseline was computed, on charts of accuracy."""
    for found in baselines.computed_for(runs) if "accuracy" in measure else ():
        line = {"color": words.GRAY, "width": 1.5, "dash": "dash"}
        label = {
            "text": _baseline_label(found),
            "xanchor": "left",
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 12},
        }
        figure.add_hline(y=found.test_accuracy, line=line, annotation=label)


def _baseline_label(found):
    return f"TF-IDF baseline {100 * found.test_accuracy:.1f} % (test, {words.choice(found.dataset)})"


def styled(figure: go.Figure, revision: str, height: int) -> go.Figure:
    """The layout that all figures share; `height` in pixels, zoom survives as long as `revision` stays."""
    figure.update_layout(_layout(revision, height))
    return figure


def _layout(revision, height):
    # below the bar of buttons, which appears in the chart's upper right corner
    legend = {"orientation": "h", "yref": "container", "y": 1 - BUTTONS / height, "yanchor": "top", "x": 0}
    margin = {"l": 10, "r": 10, "t": 30, "b": 10}
    # zoom and hidden lines survive new values as long as uirevision stays
    bar = {
        "remove": ["select", "lasso", "autoscale"]
    }  # in a narrow column more buttons would need a second line
    shown = {"margin": margin, "legend": legend, "modebar": bar, "hovermode": "closest"}
    return {"height": height, "uirevision": revision} | shown
