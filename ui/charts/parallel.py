"""The parallel coordinates of the page "Sweeps": each setting is a line across its objective and its values.

Plotly's own parallel coordinates need WebGL, and their labels do not follow the theme. These are lines of an
ordinary chart, with a table of all settings below.
"""

import html
import math

import plotly.graph_objects as go

from imdb_core.sweeps.overview import Tried
from imdb_core.sweeps.sweep import SweepConfig
from ui import colors
from ui.charts.sweeps import figure_of
from ui.formats import shortened
from ui.labels import label
from ui.sweep_texts import OBJECTIVES, STATES, objective_text, value_text

LEADING_SHARE = 0.1  # of the complete settings stand out
LONGEST_AXIS_NAME = 16  # characters


def parallel_coordinates(config: SweepConfig, tried: tuple[Tried, ...], best: int | None) -> go.Figure:
    """One line for each setting across one axis for the objective and one for each hyperparameter.

    `best` is a setting's number. The best tenth stands out. Each axis goes from its lowest value below to its
    highest value above.
    """
    shown = [each for each in tried if each.value is not None and each.state in ("complete", "pruned")]
    values = [each.value for each in shown]
    low, high = min(values, default=0.0), max(values, default=1.0)
    complete = [each for each in shown if each.state == "complete"]
    sign = 1 if config.minimizes else -1
    count = max(1, math.ceil(LEADING_SHARE * len(complete)))
    leading = sorted(complete, key=lambda each: sign * each.value)[:count]
    others = [each for each in complete if each not in leading]
    early = [each for each in shown if each.state == "pruned"]
    groups = (
        ("ended early", early, {"color": colors.GRAY, "width": 1, "dash": "dot"}, 0.5),
        ("other settings", others, {"color": colors.GRAY, "width": 1}, 0.5),
        ("best tenth", leading, {"color": colors.ONE_RUN, "width": 2}, 0.8),
        ("best", [each for each in leading if each.number == best], _thick(), 1),
    )
    traces = [
        _lines(config, members, (low, high), name=name, line=line, opacity=opacity)
        for name, members, line, opacity in groups
        if members
    ]
    names = [OBJECTIVES[config.objective], *(label(each.name) for each in config.space)]
    axis = {
        "tickvals": list(range(len(names))),
        "ticktext": [html.escape(shortened(name, LONGEST_AXIS_NAME)) for name in names],
        "range": [-0.3, len(names) - 0.7],
        "ticklabeloverflow": "allow",
        "showgrid": True,
    }
    y = {"visible": False, "range": [-0.12, 1.12]}
    figure = figure_of(traces, "parallel", x=axis, y=y, height=360)
    ends, table = _ends(config, low, high), _table(config, shown)
    figure.update_layout(annotations=ends, meta={"table": table}, hovermode=False)
    return figure


def _thick():
    return {"color": colors.ONE_RUN, "width": 4}


def _lines(config, members, bounds, *, name, line, opacity):
    """All lines of a group as one trace; None between two lines interrupts it."""
    low, high = bounds
    x, y = [], []
    for each in members:
        heights = [_height(each.value, low, high)]
        heights += [
            _place(dimension, value) for dimension, value in zip(config.space, each.values, strict=True)
        ]
        x += [*range(len(heights)), None]
        y += [*heights, None]
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "name": name,
        "line": line,
        "opacity": opacity,
        "hoverinfo": "skip",
    }


def _height(value, low, high):
    return 0.5 if high == low else (value - low) / (high - low)


def _place(dimension, value):
    """Where a value lies on its axis, from 0 to 1."""
    if dimension.choices:
        last = len(dimension.choices) - 1
        return dimension.choices.index(value) / last if last and value in dimension.choices else 0.5
    if dimension.scale == "log" and value > 0:
        value, low, high = math.log(value), math.log(dimension.low), math.log(dimension.high)
        return _height(value, low, high)
    return _height(value, dimension.low, dimension.high)


def _ends(config, low, high):
    """The values at the ends of each axis, and each choice, as annotations."""
    marks = [(0, 0, objective_text(config, low)), (0, 1, objective_text(config, high))]
    for place, dimension in enumerate(config.space, 1):
        values = dimension.choices or (dimension.low, dimension.high)
        marks += [(place, _place(dimension, value), value_text(value)) for value in values]
    return [
        {
            "x": place,
            "y": height,
            "text": html.escape(shortened(text, LONGEST_AXIS_NAME)),
            "showarrow": False,
            "font": {"size": 11},
            "yanchor": "top" if height == 0 else "bottom",
        }
        for place, height, text in marks
    ]


def _table(config, tried):
    """All settings, for "Data as a table" below the chart."""
    headings = [
        "setting",
        "state",
        OBJECTIVES[config.objective],
        *(label(each.name) for each in config.space),
    ]
    rows = [
        [
            str(each.number),
            STATES[each.state],
            objective_text(config, each.value),
            *map(value_text, each.values),
        ]
        for each in tried
    ]
    return {"caption": "All settings", "headings": headings, "rows": rows}
