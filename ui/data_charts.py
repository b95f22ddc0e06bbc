"""The figures of the page "The reviews": lengths, what a vocabulary covers, frequent words and telling ones.

Each draws what imdb_core.evaluation.corpus_facts computed; ui.components.chart shows it.
"""

import html

import numpy as np
import plotly.graph_objects as go

from imdb_core.evaluation.corpus_facts import KnownShares, Lengths, WordUse
from ui import words
from ui.charts import styled

POSITIVE, NEGATIVE = words.PALETTE[:2]


def lengths(found: Lengths, review_length: int, revision: str) -> go.Figure:
    """Reviews by their number of words; gray bars lie beyond the cut-off, the dashed line."""
    ends = found.start + found.width - 1
    figure = go.Figure(
        go.Bar(
            x=((found.start + ends) / 2).tolist(),
            y=found.reviews.tolist(),
            width=found.width,
            customdata=np.stack([found.start, ends], axis=1).tolist(),
            marker={
                "color": [words.GRAY if start > review_length else POSITIVE for start in found.start],
                "line": {"width": 0},
            },
            hovertemplate="%{customdata[0]:,} to %{customdata[1]:,} words: %{y:,} reviews<extra></extra>",
        )
    )
    longest = int(ends[-1]) + 1
    if review_length <= longest:
        label = {
            "text": f"cut at {review_length:,}",
            "x": review_length,
            "xanchor": "left",
            "yanchor": "bottom",
        }
        figure.add_vline(
            x=review_length + 0.5, line={"color": words.GRAY, "width": 2, "dash": "dash"}, annotation=label
        )
    figure.update_xaxes(title="words in the review", range=[-0.5, longest * 1.02])
    figure.update_yaxes(title="training reviews")
    return styled(figure, revision, height=340)


def coverage(
    curve: tuple[np.ndarray, np.ndarray], vocabulary_size: int, at: KnownShares, revision: str
) -> go.Figure:
    """The share of all words that a vocabulary knows, over its size; the marker is the chosen size."""
    sizes, shares = (values.tolist() for values in curve)
    if vocabulary_size > sizes[-1]:  # a vocabulary larger than the corpus's knows no more
        sizes, shares = [*sizes, vocabulary_size], [*shares, shares[-1]]
    hover = "%{x:,} ids: %{y:.2%} of all words<extra></extra>"
    figure = go.Figure()
    line = {"color": POSITIVE, "width": 2.5}
    figure.add_scatter(x=sizes, y=shares, mode="lines", name="words known", line=line, hovertemplate=hover)
    marker = {"color": POSITIVE, "size": 14, "symbol": "diamond", "line": {"width": 2, "color": "white"}}
    point = {
        "x": [vocabulary_size],
        "y": [at.words],
        "mode": "markers",
        "name": "the chosen size",
        "marker": marker,
    }
    figure.add_scatter(**point, hovertemplate=hover)
    ticks = [10, 100, 1000, 10_000, 100_000]
    figure.update_xaxes(
        title="vocabulary size (word ids, log axis)", type="log", tickvals=ticks, tickformat=","
    )
    figure.update_yaxes(title="share of all words", range=[-0.02, 1.04], tickformat=".0%")
    return styled(figure, revision, height=340)


def frequent_words(found: list[WordUse], revision: str) -> go.Figure:
    """One bar a word, the most frequent on top, divided by the label of the reviews it stands in."""
    figure = go.Figure()
    for name, color in (("negative", NEGATIVE), ("positive", POSITIVE)):
        figure.add_bar(
            x=[getattr(use, name) for use in found],
            y=_places(found),
            orientation="h",
            name=f"in {name} reviews",
            marker={"color": color},
            text=_escaped(found),
            textposition="none",
            hovertemplate=f"“%{{text}}”: %{{x:,}} times in {name} reviews<extra></extra>",
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="times in the training reviews")
    return _by_word(figure, found, revision)


def telling_words(found: list[WordUse], revision: str) -> go.Figure:
    """One bar a word, the most positive on top, the most negative at the bottom; its length is how sure the
    difference is.
    """
    figure = go.Figure(
        go.Bar(
            x=[use.leaning for use in found],
            y=_places(found),
            orientation="h",
            marker={"color": [POSITIVE if use.leaning > 0 else NEGATIVE for use in found]},
            text=_escaped(found),
            textposition="none",
            customdata=[[use.positive, use.negative, words.signed(use.leaning, 1)] for use in found],
            hovertemplate="“%{text}”: %{customdata[0]:,} times in positive, %{customdata[1]:,} in negative reviews, "
            "%{customdata[2]} standard deviations<extra></extra>",
        )
    )
    figure.update_xaxes(title="leans to positive reviews (standard deviations)")
    return _by_word(figure, found, revision)


def _places(found):
    return list(range(len(found)))


def _escaped(found):
    return [html.escape(use.word) for use in found]


def _by_word(figure, found, revision):
    """Words as labels of places, not as categories: "10" would be taken for a number and equal words for one."""
    figure.update_layout(bargap=0.25)
    figure.update_yaxes(
        tickvals=_places(found), ticktext=_escaped(found), range=[len(found) - 0.4, -0.6], showgrid=False
    )
    return styled(figure, revision, height=110 + 18 * len(found))
