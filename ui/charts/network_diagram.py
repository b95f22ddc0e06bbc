"""The diagram of a network: the input and each layer as a box, data flowing downwards.

Called by ui/panels/network_card.py.
"""

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from imdb_core.evaluation.network_differences import Mark
from imdb_core.evaluation.tutorial_figures import Studied
from ui import colors
from ui.charts.layer_kinds import Kind, box_title, kind

BOX, GAP = 40, 14  # pixels: a box with two lines of text, and the arrow between two boxes
SIGNS: dict[Mark, str] = {"added": "+ ", "size": "≠ ", "": ""}
IN_WORDS: dict[Mark, str] = {"added": " (only here)", "size": " (other size)", "": ""}
_INPUT = Kind("", width=0)
_GRAY = tuple(bytes.fromhex(colors.GRAY[1:]))
UNUSED_BUTTONS = ["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]


def diagram(network: Studied, marks: Sequence[Mark] = ()) -> go.Figure:
    """The boxes with arrows. An outline tells the kind of layer; `marks` tell what another network lacks."""
    figure, boxes = go.Figure(go.Scatter(x=[None], y=[None], showlegend=False)), _boxes(network, marks)
    for number, (lines, how) in enumerate(boxes):
        top = 2 + number * (BOX + GAP)
        _add_box(figure, top, lines, how)
        if number:
            arrow = {"ax": 0, "ay": 2 - GAP, "arrowhead": 2, "arrowwidth": 1.5}
            figure.add_annotation(x=0.5, y=top, text="", showarrow=True, arrowcolor=colors.GRAY, **arrow)
    height = 4 + len(boxes) * (BOX + GAP) - GAP
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[height, 0], fixedrange=True)
    figure.update_layout(modebar={"remove": UNUSED_BUTTONS}, dragmode=False)
    return figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0})


def diagram_text(network: Studied, marks: Sequence[Mark] = ()) -> str:
    """The diagram in one line, for people who cannot see it."""
    marks = ["", *(marks or [""] * len(network.layers))]
    boxes = [", ".join(lines) for lines, _ in _boxes(network, ())]
    texts = [f"{box}{IN_WORDS[mark]}" for box, mark in zip(boxes, marks, strict=True)]
    return f"Layers of {network.title} from top to bottom: {'; '.join(texts)}."


def _boxes(network, marks):
    """(two lines of text, kind) of the input and of each layer."""
    boxes = [(("Input", f"{network.config.review_length:,} words as numbers"), _INPUT)]
    marks = marks or [""] * len(network.layers)
    for layer, mark in zip(network.layers, marks, strict=True):
        shape = " × ".join(f"{size:,}" for size in layer.output_shape[1:])
        learned = f"{layer.parameters:,} parameters" if layer.parameters else "nothing to learn"
        lines = (f"{SIGNS[mark]}{box_title(layer.type)}", f"{shape} · {learned}")
        boxes.append((lines, kind(layer.type)))
    return boxes


def _add_box(figure, top, lines, how):
    """One box with its text. Its fill is a pale gray, because the text is dark or light by theme."""
    line = {"color": colors.GRAY, "width": how.width, "dash": how.dash}
    corners = {"x0": 0.01, "x1": 0.99, "y0": top, "y1": top + BOX}
    figure.add_shape(type="rect", **corners, line=line, fillcolor=f"rgba{(*_GRAY, how.shade)}")
    text = f"<b>{html.escape(lines[0])}</b><br>{html.escape(lines[1])}"
    figure.add_annotation(x=0.5, y=top + BOX / 2, text=text, showarrow=False, font={"size": 12})
