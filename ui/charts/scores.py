"""The charts of the text box: one review through several networks, and its score word by word."""

import html

import plotly.graph_objects as go

from ui import colors
from ui.charts.layout import styled
from ui.formats import shortened

LABELLED_WORDS = 30  # a review of up to so many words has each word below the axis


def probabilities(scored: list[tuple[str, str, float]]) -> go.Figure:
    """One bar for each (title, network, probability), the most positive on top, each below its title."""
    ordered = sorted(scored, key=lambda row: row[2])
    figure = go.Figure(
        go.Bar(
            x=[probability for _, _, probability in ordered],
            y=list(range(len(ordered))),
            width=0.45,
            orientation="h",
            marker={"color": [colors.color(network) for _, network, _ in ordered]},
            text=[f"{probability:.1%}" for _, _, probability in ordered],
            textposition="outside",
            hoverinfo="skip",
        )
    )
    for place, (title, _, _) in enumerate(ordered):
        label = {"text": html.escape(shortened(title, 56)), "xref": "paper", "x": 0, "y": place + 0.42}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    middle = {"color": colors.GRAY, "width": 1, "dash": "dash"}
    figure.add_vline(x=0.5, line=middle, opacity=0.6, layer="below")
    ticks = {"tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    figure.update_xaxes(title="probability of a positive review", range=[0, 1.15], **ticks)
    figure.update_yaxes(visible=False, range=[-0.5, len(ordered) - 0.2])
    return styled(figure, "all-models", height=90 + 58 * len(ordered))


def running_score(words: tuple[str, ...], positions: list[int], probabilities, color: str) -> go.Figure:
    """The probability after each word; `positions` are indices into `words`. Hovering names the word."""
    names, numbers = (
        [html.escape(words[position]) for position in positions],
        [position + 1 for position in positions],
    )
    figure = go.Figure(
        go.Scatter(
            x=numbers,
            y=probabilities,
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"size": 5},
            text=names,
            hovertemplate="after “%{text}”: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_hline(y=0.5, line={"width": 1, "dash": "dash"}, opacity=0.6)
    if len(positions) <= LABELLED_WORDS:
        figure.update_xaxes(tickvals=numbers, ticktext=names)
    else:
        figure.update_xaxes(title="word")
    figure.update_yaxes(title="positive", range=[-0.03, 1.03], tickformat=".0%")
    return styled(figure, "running-score", height=240)
