"""The figures of the Learn page: a network's layers, and published beside measured accuracy."""

import html

import plotly.graph_objects as go

from imdb_core.evaluation.tutorial_figures import Studied
from ui import colors
from ui.charts.layout import styled
from ui.formats import interval, percent

BOX, GAP = 60, 22  # pixels: a box with three lines of text, and the smallest gap between two boxes
UNUSED_BUTTONS = ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]


def diagram_height(most_layers: int) -> int:
    """Pixels for the network with the most layers. Other networks get longer arrows, to end level."""
    return (most_layers + 1) * (BOX + GAP) - GAP


def diagram(network: Studied, *, height: int) -> go.Figure:
    """The input and each layer as a box, with arrows downwards. A dotted box learns nothing."""
    figure, boxes = go.Figure(go.Scatter(x=[None], y=[None], showlegend=False)), _boxes(network)
    pitch = (height - BOX - 2) / (len(boxes) - 1)
    color = colors.ONE_RUN
    for number, (lines, parameters) in enumerate(boxes):
        top = 1 + number * pitch
        _add_box(figure, top, lines, parameters=parameters, color=color)
        if number:
            arrow = {"ax": 0, "ay": BOX - pitch + 2, "arrowhead": 2, "arrowwidth": 1.5}
            figure.add_annotation(x=0.5, y=top, text="", showarrow=True, arrowcolor=colors.GRAY, **arrow)
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[height, 0], fixedrange=True)
    figure.update_layout(modebar={"remove": UNUSED_BUTTONS}, dragmode=False)
    return figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0})


def diagram_text(network: Studied) -> str:
    """The diagram in one line, for people who cannot see it."""
    boxes = "; ".join(", ".join(lines) for lines, _ in _boxes(network))
    return f"Layers of {network.title} from top to bottom: {boxes}."


def published_and_measured(networks: list[Studied], baseline: tuple[str, float] | None) -> go.Figure:
    """A row for each network: its published test accuracy, and the measured one with its 95 % interval.

    `baseline` (label, accuracy) is the dashed line.
    """
    figure, rows = go.Figure(), list(range(len(networks) - 1, -1, -1))  # the first network is on top
    outline = {"symbol": "diamond-open", "size": 12, "color": colors.GRAY, "line": {"width": 2}}
    published = [network.network.published for network in networks]
    _add_points(figure, published, rows, name="published", marker=outline)
    measured = [pair for pair in zip(networks, rows, strict=True) if pair[0].accuracy is not None]
    _add_measured(figure, measured)
    if baseline:
        line = {"color": colors.GRAY, "width": 1.5, "dash": "dash"}
        ends = {"x": [baseline[1]] * 2, "y": [-0.5, len(networks) - 0.3]}
        figure.add_scatter(**ends, mode="lines", name=html.escape(baseline[0]), line=line, hoverinfo="name")
    for network, row in zip(networks, rows, strict=True):
        label = {"text": html.escape(network.title), "xref": "paper", "x": 0, "y": row + 0.36}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    figure.update_xaxes(title="test accuracy", tickformat=".0%", range=_span(networks, baseline))
    figure.update_yaxes(visible=False, range=[-0.5, len(networks) - 0.3])
    return styled(figure, "learn", height=130 + 52 * len(networks))


def accuracies_text(networks: list[Studied]) -> str:
    """The chart of accuracies in one line."""
    return f"Test accuracy: {'; '.join(map(_accuracy_text, networks))}"


def accuracy_columns(networks: list[Studied], baseline: tuple[str, float] | None) -> dict[str, list]:
    """The chart's numbers, one row for each network, for csv_download."""
    intervals = [network.interval or (None, None) for network in networks]
    return {
        "network": [network.title for network in networks],
        "published": [network.network.published for network in networks],
        "here": [network.accuracy for network in networks],
        "low": [low for low, _ in intervals],
        "high": [high for _, high in intervals],
        "test reviews": [network.tested for network in networks],
        "baseline": [baseline[1] if baseline else None] * len(networks),
    }


def _accuracy_text(network):
    text = f"{network.title} published {percent(network.network.published)}"
    if network.accuracy is not None:
        text += f", here {percent(network.accuracy)}"
    return f"{text} ({interval(*network.interval)})" if network.interval else text


def _span(networks, baseline):
    """[from, to] of the axis: all that is drawn, and a little room."""
    drawn = [network.network.published for network in networks]
    drawn += [edge for network in networks for edge in network.interval or ()]
    drawn += [network.accuracy for network in networks if network.accuracy is not None]
    drawn += [baseline[1]] if baseline else []
    return [min(drawn) - 0.005, max(drawn) + 0.005]


def _boxes(network):
    """(lines of text, number of parameters) of the input and of each layer."""
    boxes = [(("Input", f"{network.config.review_length:,} words", "as numbers"), 0)]
    for layer in network.layers:
        shape = " × ".join(f"{size:,}" for size in layer.output_shape[1:])
        learned = f"{layer.parameters:,} parameters" if layer.parameters else "nothing to learn"
        boxes.append(((layer.type, shape, learned), layer.parameters))
    return boxes


def _add_box(figure, top, lines, *, parameters, color):
    """One box with its text. Its fill is pale, because the text is dark or light by theme."""
    pale = f"rgba{(*bytes.fromhex(color[1:]), 0.14)}"
    line = {"color": color, "width": 2 if parameters else 1, "dash": "solid" if parameters else "dot"}
    corners = {"x0": 0.01, "x1": 0.99, "y0": top, "y1": top + BOX}
    figure.add_shape(type="rect", **corners, line=line, fillcolor=pale if parameters else None)
    text = f"<b>{html.escape(lines[0])}</b><br>" + "<br>".join(map(html.escape, lines[1:]))
    figure.add_annotation(x=0.5, y=top + BOX / 2, text=text, showarrow=False, font={"size": 12})


def _add_measured(figure, rows):
    """A filled circle in the network's colour with its interval, for each (network, row)."""
    accuracies = [network.accuracy for network, _ in rows]
    intervals = [network.interval or (network.accuracy, network.accuracy) for network, _ in rows]
    bars = {
        "array": [high - accuracy for (_, high), accuracy in zip(intervals, accuracies, strict=True)],
        "arrayminus": [accuracy - low for (low, _), accuracy in zip(intervals, accuracies, strict=True)],
        "color": colors.GRAY,
    }
    marker = {"size": 11, "color": colors.ONE_RUN}
    name, y = "here, with its 95 % interval", [row for _, row in rows]
    _add_points(figure, accuracies, y, name=name, marker=marker, error_x=bars)


def _add_points(figure, x, y, *, name, **style):
    hover = f"{name}: %{{x:.2%}}<extra></extra>"
    figure.add_scatter(x=x, y=y, mode="markers", name=name, hovertemplate=hover, **style)
