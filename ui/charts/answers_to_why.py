"""The chart of several answers to "why": one row for each, over the same words."""

import html

import numpy as np
import plotly.graph_objects as go

from ui import colors
from ui.charts.word_strip import word_strip
from ui.formats import signed

ROW = 34  # pixels


def answer_rows(
    effects: dict[str, np.ndarray], attention: dict[str, np.ndarray], words: list[str]
) -> go.Figure:
    """Rows over `words`: `effects` in log-odds, all on one scale, and below them shares of `attention`.

    Both have an array (words,) for the name of each row. Blue is above zero, orange below. Attention is never
    below zero; the largest share of a row has the strongest colour. A hover marks the word in the text.
    """
    values = np.array(list(effects.values()))
    figure = word_strip(values, list(effects), words, title="", where="at", revision="answers-to-why")
    if attention:
        figure.add_trace(_attention(attention, words))
    from_end = [[len(words) - place] * 2 for place in range(len(words))]
    for trace in figure.data:
        trace.customdata = [from_end] * len(trace.y)
    figure.update_yaxes(title=None, type="category")
    figure.update_layout(height=110 + ROW * (len(effects) + len(attention)))
    return figure.update_layout(meta={"words": True, "table": _table(effects, attention, words)})


def _attention(attention: dict[str, np.ndarray], words: list[str]) -> go.Heatmap:
    shares = np.array(list(attention.values()), np.float64)
    largest = np.maximum(shares.max(axis=1, keepdims=True), 1e-9)
    rgb = ",".join(str(int(colors.ATTENTION[i : i + 2], 16)) for i in (1, 3, 5))
    return go.Heatmap(
        x=list(range(1, len(words) + 1)),
        y=list(attention),
        z=np.round(shares / largest, 4).tolist(),
        text=[
            [f"“{html.escape(word)}”: {share:.1%}" for word, share in zip(words, row, strict=True)]
            for row in shares.tolist()
        ],
        zmin=0,
        zmax=1,
        colorscale=[[0, f"rgba({rgb},0)"], [1, f"rgba({rgb},1)"]],
        showscale=False,
        hovertemplate="%{y}, at %{text}<extra></extra>",
    )


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
