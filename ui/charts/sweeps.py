"""The figures of the page "Sweeps": history, slices, importances, front. See also parallel.py.

They are drawn from the settings, not by Optuna (docs/decisions/053).
"""

import html
import math

import plotly.graph_objects as go

from imdb_core.sweeps.overview import Tried
from imdb_core.sweeps.space import Dimension
from imdb_core.sweeps.sweep import SweepConfig
from ui import colors
from ui.charts.layout import shared_layout
from ui.labels import choice, label
from ui.sweep_texts import COSTS, OBJECTIVES, STATES, hover_text

_ROOM = 0.05  # of the length of an axis, at each end
HOVER = "%{hovertext}<extra></extra>"
COMPLETE = {"color": colors.ONE_RUN, "size": 8, "symbol": "circle"}
EARLY = {"color": colors.GRAY, "size": 8, "symbol": "x-thin", "line": {"color": colors.GRAY, "width": 1.5}}
LEAD = {"color": colors.ONE_RUN, "size": 15, "symbol": "star", "line": {"width": 1, "color": colors.GRAY}}


def history(config: SweepConfig, tried: tuple[Tried, ...]) -> go.Figure:
    """The objective of each setting over its number, and the best one so far as a line of steps."""
    best_so_far, places, levels = None, [], []
    for each in tried:
        if each.state == "complete" and each.value is not None:
            better = min if config.minimizes else max
            best_so_far = each.value if best_so_far is None else better(best_so_far, each.value)
            places.append(each.number)
            levels.append(best_so_far)
    line = {
        "type": "scatter",
        "x": places,
        "y": levels,
        "mode": "lines",
        "name": "best so far",
        "line": {"color": colors.ONE_RUN, "width": 2.5, "shape": "hv"},
        "hoverinfo": "skip",
    }
    traces = [*_markers(config, tried, lambda each: each.number), line]
    return figure_of(traces, "history", x={"title": {"text": "setting"}}, y=_objective_axis(config))


def slice_of(config: SweepConfig, tried: tuple[Tried, ...], place: int, best: int | None) -> go.Figure:
    """The objective over the values of the hyperparameter at `place`; `best` is a setting's number."""
    dimension = config.space[place]

    def x(each):
        value = each.values[place]
        return html.escape(str(choice(value))) if _is_category(dimension) else value

    traces = _markers(config, tried, x)
    traces += _markers(config, tuple(each for each in tried if each.number == best), x, LEAD, "best")
    axis = {"title": {"text": html.escape(label(dimension.name))}}
    if _is_category(dimension):
        order = [html.escape(str(choice(value))) for value in dimension.choices]
        axis |= {"type": "category", "categoryorder": "array", "categoryarray": order}
    elif dimension.scale == "log":
        axis |= {"type": "log", "dtick": 1, "minor": {"ticks": "outside", "dtick": "D1"}}
        axis |= {"tickformat": "~g"}  # plotly itself writes 0.0001 as 100μ
    if not _is_category(dimension):
        axis |= {"range": _whole_range(dimension)}
    return figure_of(
        traces, f"slice-{dimension.name}", x=axis, y=_objective_axis(config, short=True), height=290
    )


def _whole_range(dimension: Dimension) -> list[float]:
    """The axis over all that may be tried, with room for the markers. A log axis wants exponents."""
    ends = dimension.choices or (dimension.low, dimension.high)
    low, high = (math.log10(end) if dimension.scale == "log" else end for end in (min(ends), max(ends)))
    room = _ROOM * (high - low) or 0.5
    return [low - room, high + room]


def importance_bars(shares: dict[str, float]) -> go.Figure:
    """The share of each hyperparameter, the largest above."""
    names = [html.escape(label(name)) for name in reversed(shares)]
    values = [shares[name] for name in reversed(shares)]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": names,
        "name": "importance",
        "showlegend": False,
        "marker": {"color": colors.GRAY},
        "text": [f"{value:.0%}" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    x = {"title": {"text": "share of the differences"}, "tickformat": ".0%", "range": [0, 1.12]}
    return figure_of(
        [bars], "importances", x=x, y={"type": "category"}, height=min(700, 120 + 34 * len(shares))
    )


def front_chart(config: SweepConfig, tried: tuple[Tried, ...], front: tuple[Tried, ...]) -> go.Figure:
    """The objective over the cost; the settings that no other beats in both are joined."""
    traces = _markers(config, tried, lambda each: each.cost, COMPLETE | {"color": colors.GRAY}, "settings")
    line = _points(config, front, lambda each: each.cost, "front", COMPLETE | {"size": 11})
    line |= {"mode": "lines+markers", "line": {"color": colors.ONE_RUN, "width": 2.5, "shape": "hv"}}
    x = {"title": {"text": COSTS[config.cost]}, "rangemode": "tozero"}
    return figure_of([*traces, line], "front", x=x, y=_objective_axis(config), height=380)


def _markers(config, tried, x, style=None, name=""):
    """Markers for complete settings and others for those that ended early; with `style` for all alike."""
    measured = [each for each in tried if each.value is not None]
    if style:
        return [_points(config, measured, x, name, style)] if measured else []
    groups = (("complete", "complete", COMPLETE), ("pruned", STATES["pruned"], EARLY))
    return [
        _points(config, members, x, title, marker)
        for state, title, marker in groups
        if (members := [each for each in measured if each.state == state])
    ]


def _points(config, tried, x, name, marker):
    return {
        "type": "scatter",
        "x": [x(each) for each in tried],
        "y": [each.value for each in tried],
        "mode": "markers",
        "name": name,
        "marker": marker,
        "hovertext": [hover_text(config, each) for each in tried],
        "hovertemplate": HOVER,
    }


def _is_category(dimension: Dimension) -> bool:
    return any(isinstance(value, str) for value in dimension.choices)


def _objective_axis(config, *, short=False):
    direction = "" if short else f" ({'lower' if config.minimizes else 'higher'} is better)"
    title = f"{OBJECTIVES[config.objective]}{direction}"
    tickformat = {"tickformat": ".1%"} if config.objective == "val_accuracy" else {}
    return {"title": {"text": title}} | tickformat


def figure_of(traces: list[dict], revision: str, *, x: dict, y: dict, height: int = 330) -> go.Figure:
    """A figure with these axes and the shared layout."""
    layout = {"xaxis": x, "yaxis": y} | shared_layout(f"sweep-{revision}", height)
    return go.Figure({"data": traces, "layout": layout})
