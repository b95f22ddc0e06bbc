"""The charts of the text box: one text through several networks, and its score word by word."""

import html

import plotly.graph_objects as go

from ui import colors
from ui.charts.layout import styled
from ui.formats import shortened

LABELLED_WORDS = 30  # a text of up to so many words has each word below the axis


def probabilities(scored: list[tuple[str, str, float, str]], name: str, even: float) -> go.Figure:
    """One bar for each (title, network, share of the class `name`, remark), the largest share on top.

    Each bar stands below its title. `even` is the share if all classes were equally probable.
    """
    ordered = sorted(scored, key=lambda row: row[2])
    figure = go.Figure(
        go.Bar(
            x=[share for _, _, share, _ in ordered],
            y=list(range(len(ordered))),
            width=0.45,
            orientation="h",
            marker={"color": [_side(share, even) for _, _, share, _ in ordered]},
            text=[f"{share:.1%}{html.escape(remark)}" for _, _, share, remark in ordered],
            textposition="outside",
            hoverinfo="skip",
        )
    )
    for place, (title, *_) in enumerate(ordered):
        label = {"text": html.escape(shortened(title, 56)), "xref": "paper", "x": 0, "y": place + 0.42}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    middle = {"color": colors.GRAY, "width": 1, "dash": "dash"}
    figure.add_vline(x=even, line=middle, opacity=0.6, layer="below")
    ticks = {"tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    room = 1.15 + 0.02 * max(len(remark) for *_, remark in ordered)
    figure.update_xaxes(title=f"probability of {axis_name(name)}", range=[0, room], **ticks)
    figure.update_yaxes(visible=False, range=[-0.5, len(ordered) - 0.2])
    return styled(figure, "all-models", height=90 + 58 * len(ordered))


def _side(share, even):
    return colors.POSITIVE if share >= even else colors.NEGATIVE


def axis_name(name: str) -> str:
    """The name of a class as plotly, which reads HTML, shows it on an axis."""
    return html.escape(shortened(name, 24))


def running_score(
    words: tuple[str, ...], positions: list[int], shares, color: str, *, name: str, even: float
) -> go.Figure:
    """The share of the class `name` after each word; `positions` are indices into `words`.

    Hovering names the word. `even` is the share if all classes were equally probable.
    """
    names, numbers = (
        [html.escape(words[position]) for position in positions],
        [position + 1 for position in positions],
    )
    figure = go.Figure(
        go.Scatter(
            x=numbers,
            y=shares,
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"size": 5},
            text=names,
            hovertemplate="after “%{text}”: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_hline(y=even, line={"width": 1, "dash": "dash"}, opacity=0.6)
    if len(positions) <= LABELLED_WORDS:
        figure.update_xaxes(tickvals=numbers, ticktext=names)
    else:
        figure.update_xaxes(title="word")
    figure.update_yaxes(title=axis_name(name), range=[-0.03, 1.03], tickformat=".0%")
    return styled(figure, "running-score", height=240)
