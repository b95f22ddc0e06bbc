"""The chart of several answers to "why": one row for each, over the same words."""

import html

import numpy as np
import plotly.graph_objects as go

from ui import colors
from ui.charts.word_strip import word_strip
from ui.formats import signed

ROW = 34  # pixels
DARKEST = 0.8  # opacity of the largest share: attention is often spread over all words


def answer_rows(
    effects: dict[str, np.ndarray], attention: dict[str, np.ndarray], words: list[str]
) -> go.Figure:
    """Rows over `words`: `effects` in log-odds, all on one scale, and below them shares of `attention`.

    Both have an array (words,) for the name of each row. Blue is above zero, orange below. Attention is never
    below zero; the largest share of a row has the strongest colour. A hover marks the word in the text.
    """
    values, names = np.array(list(effects.values())), [*effects, *attention]
    figure = word_strip(values, list(effects), words, title="", where="at", revision="answers-to-why")
    if attention:
        figure.add_trace(_attention(attention, words))
    from_end, first = [[len(words) - place] * 2 for place in range(len(words))], 0
    for trace, rows in zip(figure.data, (effects, attention), strict=False):
        # numbers: on an axis of names plotly cannot draw a second trace with rows of its own
        trace.y = list(range(first, first + len(rows)))
        trace.text = [_hovers(name, row.tolist(), words, name in effects) for name, row in rows.items()]
        trace.customdata, trace.hovertemplate = [from_end] * len(rows), "%{text}<extra></extra>"
        first += len(rows)
    ticks = {"tickvals": list(range(len(names))), "ticktext": names}
    figure.update_yaxes(title=None, autorange=False, range=[len(names) - 0.5, -0.5], **ticks)
    figure.update_xaxes(showgrid=False)
    figure.update_layout(height=110 + ROW * len(names))
    return figure.update_layout(meta={"words": True, "table": _table(effects, attention, words)})


def _attention(attention: dict[str, np.ndarray], words: list[str]) -> go.Heatmap:
    shares = np.array(list(attention.values()), np.float64)
    largest = np.maximum(shares.max(axis=1, keepdims=True), 1e-9)
    return go.Heatmap(
        x=list(range(1, len(words) + 1)),
        z=np.round(shares / largest, 4).tolist(),
        zmin=0,
        zmax=1,
        colorscale=[[each, colors.rgba(colors.ATTENTION, DARKEST * each)] for each in (0, 1)],
        showscale=False,
    )


def _hovers(name, values, words, is_effect):
    """leave one out, at “boring”: -2.40."""
    shown = [signed(value, 2) if is_effect else f"{value:.1%}" for value in values]
    return [html.escape(f"{name}, at “{word}”: {value}") for word, value in zip(words, shown, strict=True)]


def _table(effects, attention, words):
    """The figure's data as a table: one row for each word."""
    columns = [[signed(value, 2) for value in row.tolist()] for row in effects.values()]
    columns += [[f"{share:.1%}" for share in row.tolist()] for row in attention.values()]
    return {
        "caption": "What each answer says about each word",
        "headings": ["word", *effects, *attention],
        "rows": [
            [f"{place}. {word}", *texts]
            for place, (word, *texts) in enumerate(zip(words, *columns, strict=True), start=1)
        ],
    }
