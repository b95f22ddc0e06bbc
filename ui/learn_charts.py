"""The figures of the Learn page: a network's layers from top to bottom, and published beside measured
accuracy.
"""

import html

import plotly.graph_objects as go

from imdb_core.evaluation.tutorial_figures import Studied
from ui import words
from ui.charts import styled

BOX, GAP = 60, 22  # pixels: a box of three lines, and the smallest way between two boxes


def diagram_height(most_layers: int) -> int:
    """Pixels for the network with the most layers; shorter ones get longer arrows, so that all end at one
    height.
    """
    return (most_layers + 1) * (BOX + GAP) - GAP


def diagram(one: Studied, *, height: int) -> go.Figure:
    """The input and each layer as a box, arrows downwards; a dotted box has nothing to learn. One unit of y
    is a pixel.
    """
    figure, boxes = go.Figure(go.Scatter(x=[None], y=[None], showlegend=False)), _boxes(one)
    pitch = (height - BOX - 2) / (len(boxes) - 1)
    fill = f"rgba{(*bytes.fromhex(words.color(one.network.name)[1:]), 0.14)}"  # pale: the text is dark or light by theme
    for number, (lines, parameters) in enumerate(boxes):
        top = 1 + number * pitch
        line = {
            "color": words.color(one.network.name),
            "width": 2 if parameters else 1,
            "dash": "solid" if parameters else "dot",
        }
        figure.add_shape(
            type="rect",
            x0=0.01,
            x1=0.99,
            y0=top,
            y1=top + BOX,
            line=line,
            fillcolor=fill if parameters else None,
        )
        text = f"<b>{html.escape(lines[0])}</b><br>" + "<br>".join(map(html.escape, lines[1:]))
        figure.add_annotation(x=0.5, y=top + BOX / 2, text=text, showarrow=False, font={"size": 12})
        if number:
            arrow = {
                "ax": 0,
                "ay": BOX - pitch + 2,
                "arrowhead": 2,
                "arrowwidth": 1.5,
                "arrowcolor": words.GRAY,
            }
            figure.add_annotation(x=0.5, y=top, text="", showarrow=True, **arrow)
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[height, 0], fixedrange=True)
    useless = ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]
    figure.update_layout(modebar={"remove": useless}, dragmode=False)
    return figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0})


def layers_said(one: Studied) -> str:
    """The diagram in one line, for those who cannot see it."""
    return f"Layers of {one.title} from top to bottom: {'; '.join(', '.join(lines) for lines, _ in _boxes(one))}."


def published_and_here(studied: list[Studied], baseline: tuple[str, float] | None) -> go.Figure:
    """A row a network, first on top: its published test accuracy, and the one here with its 95 % interval.

    `baseline` (label, accuracy) is the dashed line.
    """
    figure, rows = go.Figure(), list(range(len(studied) - 1, -1, -1))
    published = [one.network.published for one in studied]
    outline = {"symbol": "diamond-open", "size": 12, "color": words.GRAY, "line": {"width": 2}}
    _add_points(figure, published, rows, name="published", marker=outline)
    _add_measured(
        figure, [(one, row) for one, row in zip(studied, rows, strict=True) if one.accuracy is not None]
    )
    if baseline:
        line = {"color": words.GRAY, "width": 1.5, "dash": "dash"}
        ends = {"x": [baseline[1]] * 2, "y": [-0.5, len(studied) - 0.3]}
        figure.add_scatter(**ends, mode="lines", name=html.escape(baseline[0]), line=line, hoverinfo="name")
    for one, row in zip(studied, rows, strict=True):
        label = {"text": html.escape(one.title), "xref": "paper", "x": 0, "y": row + 0.36}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    figure.update_xaxes(title="test accuracy", tickformat=".0%", range=_span(studied, baseline))
    figure.update_yaxes(visible=False, range=[-0.5, len(studied) - 0.3])
    return styled(figure, "learn", height=130 + 52 * len(studied))


def accuracies_said(studied: list[Studied]) -> str:
    """The chart in one line."""
    here = {one.title: f", here {words.percent(one.accuracy)}" for one in studied if one.accuracy is not None}
    here |= {
        one.title: f"{here[one.title]} ({words.interval(*one.interval)})" for one in studied if one.interval
    }
    rows = [
        f"{one.title} published {words.percent(one.network.published)}{here.get(one.title, '')}"
        for one in studied
    ]
    return f"Test accuracy: {'; '.join(rows)}"


def accuracy_columns(studied: list[Studied], baseline: tuple[str, float] | None) -> dict[str, list]:
    """The chart's numbers, one row a network, for csv_download."""
    intervals = [one.interval or (None, None) for one in studied]
    return {
        "network": [one.title for one in studied],
        "published": [one.network.published for one in studied],
        "here": [one.accuracy for one in studied],
        "low": [low for low, _ in intervals],
        "high": [high for _, high in intervals],
        "test reviews": [one.tested for one in studied],
        "baseline": [baseline[1] if baseline else None] * len(studied),
    }


def _span(studied, baseline):
    """[from, to] of the axis: all that is drawn, and a little room."""
    drawn = [one.network.published for one in studied] + [
        edge for one in studied for edge in one.interval or ()
    ]
    drawn += [one.accuracy for one in studied if one.accuracy is not None] + (
        [baseline[1]] if baseline else []
    )
    return [min(drawn) - 0.005, max(drawn) + 0.005]


def _boxes(one):
    """(lines of text, parameters) of the input and each layer; the input has no parameters and neither have
    some layers.
    """
    boxes = [(("Input", f"{one.config.review_length:,} words", "as numbers"), 0)]
    for layer in one.layers:
        shape = " × ".join(f"{size:,}" for size in layer.output_shape[1:])
        learned = f"{layer.parameters:,} parameters" if layer.parameters else "nothing to learn"
        boxes.append(((layer.type, shape, learned), layer.parameters))
    return boxes


def _add_measured(figure, rows):
    """Filled circles in the networks' colours with their intervals."""
    accuracies = [one.accuracy for one, _ in rows]
    intervals = [one.interval or (one.accuracy, one.accuracy) for one, _ in rows]
    colors = [words.color(one.network.name) for one, _ in rows]
    bars = {
        "array": [high - accuracy for (_, high), accuracy in zip(intervals, accuracies, strict=True)],
        "arrayminus": [accuracy - low for (low, _), accuracy in zip(intervals, accuracies, strict=True)],
        "color": words.GRAY,
    }
    marker = {"size": 11, "color": colors}
    _add_points(
        figure,
        accuracies,
        [row for _, row in rows],
        name="here, with its 95 % interval",
        marker=marker,
        error_x=bars,
    )


def _add_points(figure, x, y, *, name, **looks):
    figure.add_scatter(
        x=x, y=y, mode="markers", name=name, hovertemplate=f"{name}: %{{x:.2%}}<extra></extra>", **looks
    )
