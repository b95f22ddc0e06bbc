"""A strip over the words of a text: one row for each unit or filter, and the axis of words."""

import html

import numpy as np
import plotly.graph_objects as go

from ui import colors
from ui.charts.layout import styled
from ui.charts.scores import LABELLED_WORDS
from ui.formats import shortened

ROW = 17  # pixels


def word_strip(
    values: np.ndarray, rows: list[str], words: list[str], *, title: str, where: str, revision: str
) -> go.Figure:
    """`values` (rows, words) as colours: blue is above zero, orange below, the strongest is the largest.

    `rows` are the names of the rows, `title` that of their axis. `where` says in a hover what a column is:
    "after" a word, "at" a word.
    """
    largest = max(float(np.abs(values).max(initial=0)), 1e-6)
    orange, blue = ([colors.rgba(color, each) for each in (0, 1)] for color in colors.CLASSES[:2])
    middle = 1e-6  # no value lies so near the middle; both colours fade to nothing there
    scale = [[0, orange[1]], [0.5 - middle, orange[0]], [0.5 + middle, blue[0]], [1, blue[1]]]
    figure = go.Figure(
        go.Heatmap(
            x=list(range(1, len(words) + 1)),
            y=rows,
            z=np.round(values, 4).tolist(),
            text=[list(map(html.escape, words))] * len(rows),
            zmin=-largest,
            zmax=largest,
            colorscale=scale,
            showscale=False,
            hovertemplate=f"%{{y}}, {where} “%{{text}}”: %{{z:.2f}}<extra></extra>",
        )
    )
    figure.update_yaxes(
        title={"text": title, "standoff": 12},
        autorange="reversed",
        showgrid=False,
        tickfont={"size": 11},
    )
    word_axis(figure, words)
    return styled(figure, revision, height=110 + ROW * len(rows))


def word_axis(figure, words):
    """Words below the axis if there are few, else their numbers."""
    numbers = list(range(1, len(words) + 1))
    labelled = {"tickvals": numbers, "ticktext": [html.escape(shortened(word, 10)) for word in words]}
    ticks = labelled if len(words) <= LABELLED_WORDS else {"tickformat": ",d", "nticks": 12}
    figure.update_xaxes(
        title="word", range=[0.5, len(words) + 0.5], tickangle=-90, tickfont={"size": 10}, **ticks
    )
