"""The chart of a verdict that is a sum of phrases: one bar for each phrase, and the sum."""

import html

import numpy as np
import plotly.graph_objects as go

from ui import colors
from ui.charts.layout import styled
from ui.formats import shortened, signed

ROW = 26  # pixels of a bar
LONGEST_PHRASE = 28  # characters of a label


def phrase_bars(rows: list[tuple[str, float, tuple[int, int] | None]], total: float, title: str) -> go.Figure:
    """One bar for each (label, amount, places), the first on top, and below them the sum `total`.

    Each bar begins where the one before it ends, so that one sees them add up. `places` are those of the
    first and the last word, counted from the end of the text: a hover marks them. `title`, the axis's, is
    HTML.
    """
    amounts = [amount for _, amount, _ in rows] + [total]
    begins = [0.0, *np.cumsum(amounts[:-1])[:-1].tolist(), 0.0]
    labels = [html.escape(shortened(label, LONGEST_PHRASE)) for label, *_ in rows] + ["<b>sum</b>"]
    tints = [colors.POSITIVE if amount > 0 else colors.NEGATIVE for amount in amounts[:-1]] + [colors.GRAY]
    places = list(range(len(amounts)))[::-1]  # plotly begins at the bottom
    figure = go.Figure(
        go.Bar(
            x=amounts,
            y=places,
            base=begins,
            orientation="h",
            marker={"color": tints},
            text=[signed(amount, 2) for amount in amounts],
            textposition="outside",
            cliponaxis=False,
            customdata=[list(words) if words else [] for *_, words in rows] + [[]],
            hovertext=[html.escape(label) for label, *_ in rows] + ["sum"],
            hovertemplate="%{hovertext}: %{text}<extra></extra>",
        )
    )
    ends = [*(begin + amount for begin, amount in zip(begins, amounts, strict=True)), 0.0]
    room = 0.14 * max(max(ends) - min(ends), 0.01)
    figure.update_xaxes(title=title, range=[min(ends) - room, max(ends) + room])
    figure.update_yaxes(tickvals=places, ticktext=labels, showgrid=False, range=[-0.7, len(places) - 0.3])
    figure.add_vline(x=0, line={"color": colors.GRAY, "width": 1, "dash": "dash"}, layer="below")
    styled(figure, "phrase-sum", height=110 + ROW * len(amounts))
    return figure.update_layout(meta={"words": True}, showlegend=False)
