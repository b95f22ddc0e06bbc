"""The charts of a network's memory: the path over the map, one unit and its gates.

The numbers come from imdb_core.inside. A hover names the word; memory_path also tells the words' component
which word it is (chart.js), which then marks it in the text.
"""

import html

import numpy as np
import plotly.graph_objects as go

from imdb_core.inside.memory_map import MemoryMap
from imdb_core.inside.steps import Steps
from imdb_core.inside.walk import Walk
from ui import colors
from ui.charts.layout import map_axes, styled
from ui.charts.word_strip import word_axis
from ui.formats import shortened

PATH_HEIGHT, UNIT_HEIGHT = 460, 290  # pixels
SHOWN_UNITS = 20  # rows of the strip
LONGEST_WORD = 14  # characters beside the path
LONGEST_PATH = 32  # characters of a text in the legend


def memory_path(
    memory_map: MemoryMap, walk: Walk, words: list[str], from_end: list[tuple[int, int]], names: list[str]
) -> go.Figure:
    """The path over the cloud of final memories, and the line where the verdict turns.

    `words` are those of each step, `from_end` the places of its first and last word, counted from the end of
    the text (1 is the last word), `names` those of the classes.
    """
    figure = go.Figure()
    for label, name in enumerate(names):
        _add_cloud(figure, memory_map.points[memory_map.labels == label], label, name, len(names))
    ranges = map_axes(figure, memory_map.plane.shares, memory_map.points, walk.points)
    if memory_map.line is not None:
        _add_line(figure, memory_map.line, *ranges)
    _add_path(figure, walk, words, from_end)
    styled(figure, "memory-path", height=PATH_HEIGHT)
    return figure.update_layout(meta={"words": True}, legend={"itemsizing": "constant", "y": 0.99})


def memory_paths(memory_map: MemoryMap, walks: dict[str, Walk], names: list[str]) -> go.Figure:
    """The paths of several texts (text -> Walk) over the cloud of final memories, a colour for each text."""
    figure = go.Figure()
    for label, name in enumerate(names):
        _add_cloud(figure, memory_map.points[memory_map.labels == label], label, name, len(names))
    points = [walk.points for walk in walks.values()]
    ranges = map_axes(figure, memory_map.plane.shares, memory_map.points, *points)
    if memory_map.line is not None:
        _add_line(figure, memory_map.line, *ranges)
    for number, (text, walk) in enumerate(walks.items()):
        line = colors.run_line(number)
        steps = len(walk.points) - 1
        figure.add_scatter(
            x=walk.points[:, 0].tolist(),
            y=walk.points[:, 1].tolist(),
            mode="lines+markers",
            name=html.escape(shortened(text, LONGEST_PATH)),
            line=line | {"width": 2},
            marker={
                "color": line["color"],
                "symbol": ["circle-open", *["circle"] * (steps - 1), *["diamond"] * bool(steps)],
                "size": [12, *[4] * (steps - 1), *[13] * bool(steps)],
                "line": {"width": 2},
            },
            hovertemplate="step %{pointNumber}<extra></extra>",
        )
    styled(figure, "memory-paths", height=PATH_HEIGHT)
    return figure.update_layout(legend={"itemsizing": "constant", "y": 0.99})


def _add_cloud(figure, points, label, name, classes):
    color = colors.CLASSES[label] if label < len(colors.CLASSES) else colors.GRAY
    figure.add_scatter(
        x=points[:, 0].tolist(),
        y=points[:, 1].tolist(),
        mode="markers",
        name=html.escape(f"{shortened(name, 24)}, final"),
        marker={"color": color, "size": 5, "opacity": 0.45},
        hoverinfo="skip",
        showlegend=classes <= len(colors.CLASSES) or label < len(colors.CLASSES),
    )


def _add_line(figure, line, x_range, y_range):
    """The part of a x + b y + c = 0 inside the map, from edge to edge."""
    a, b, c = line
    ends = [(x, -(a * x + c) / b) for x in x_range if b] + [(-(b * y + c) / a, y) for y in y_range if a]
    inside = [(x, y) for x, y in ends if x_range[0] <= x <= x_range[1] and y_range[0] <= y <= y_range[1]]
    if len(inside) >= 2:
        xs, ys = zip(inside[0], inside[-1], strict=True)
        figure.add_scatter(
            x=list(map(float, xs)),
            y=list(map(float, ys)),
            mode="lines",
            name="verdict turns",
            line={"color": colors.GRAY, "width": 2, "dash": "dash"},
            hoverinfo="skip",
        )


def _add_path(figure, walk, words, from_end):
    x, y = walk.points[:, 0].tolist(), walk.points[:, 1].tolist()
    texts = [html.escape(word) for word in words]
    figure.add_scatter(
        x=x[1:],
        y=y[1:],
        mode="lines+markers",
        name="your text",
        line={"color": colors.PATH, "width": 2},
        marker={"color": colors.PATH, "size": 6},
        text=texts,
        customdata=from_end,
        hovertemplate="after “%{text}”<extra></extra>",
    )
    named = walk.named
    figure.add_scatter(
        x=[x[number] for number in named],
        y=[y[number] for number in named],
        mode="text",
        text=[html.escape(shortened(words[number - 1], LONGEST_WORD)) for number in named],
        textposition=["top center" if number % 2 else "bottom center" for number in named],
        hoverinfo="skip",
        showlegend=False,
    )
    for place, name, symbol in ((0, "start", "circle-open"), (-1, "end", "diamond")):
        figure.add_scatter(
            x=[x[place]],
            y=[y[place]],
            mode="markers+text",
            name=name,
            text=[name],
            textposition="middle right",
            textfont={"size": 14},
            marker={"color": colors.PATH, "size": 13, "symbol": symbol, "line": {"width": 2}},
            hoverinfo="skip",
            showlegend=False,  # its name stands beside it
        )


def unit_gates(steps: Steps, unit: int, words: list[str]) -> go.Figure:
    """How far each gate of one unit is open in each step, 0 to 1."""
    lines = {f"{name} gate": gate[:, unit] for name, gate in steps.gates.items()}
    figure = _lines(lines, words, "unit-gates")
    return figure.update_yaxes(title="open", range=[-0.03, 1.03], tickformat=".0%")


def unit_memory(steps: Steps, unit: int, words: list[str]) -> go.Figure:
    """What one unit holds after each step: the LSTM's cell, and the memory that it shows."""
    cell = {} if steps.cell is None else {"cell (kept inside)": steps.cell[:, unit]}
    figure = _lines(cell | {"memory (shown)": steps.memory[:, unit]}, words, "unit-memory")
    figure.add_hline(y=0, line={"color": colors.GRAY, "width": 1, "dash": "dot"})
    return figure.update_yaxes(title="value")


def _lines(lines, words, revision):
    figure = go.Figure()
    for number, (name, values) in enumerate(lines.items()):
        figure.add_scatter(
            x=list(range(1, len(words) + 1)),
            y=np.round(values, 4).tolist(),
            mode="lines+markers",
            name=name,
            line={"color": colors.PARTS[number], "dash": colors.DASHES[number], "width": 2, "shape": "hv"},
            marker={"size": 4},
            text=list(map(html.escape, words)),
            hovertemplate=f"{name}, “%{{text}}”: %{{y:.2f}}<extra></extra>",
        )
    word_axis(figure, words)
    return styled(figure, revision, height=UNIT_HEIGHT)
