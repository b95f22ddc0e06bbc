"""The figures of the page "The reviews": lengths, what a vocabulary covers, frequent words and telling words.

The numbers come from imdb_core.evaluation.corpus_facts.
"""

import html

import numpy as np
import plotly.graph_objects as go

from imdb_core.data.nouns import Nouns
from imdb_core.evaluation.corpus_facts import KnownShares, Lengths, WordUse
from ui import colors
from ui.charts.layout import styled
from ui.class_words import ClassWords, texts_of
from ui.formats import signed


def lengths(counts: Lengths, review_length: int, things: Nouns, *, revision: str) -> go.Figure:
    """Reviews by their number of words. The dashed line is the cut-off; bars beyond it are pale."""
    ends = counts.start + counts.width - 1
    opacities = [0.35 if start > review_length else 1.0 for start in counts.start]
    figure = go.Figure(
        go.Bar(
            x=((counts.start + ends) / 2).tolist(),
            y=counts.reviews.tolist(),
            width=counts.width,
            customdata=np.stack([counts.start, ends], axis=1).tolist(),
            marker={"color": colors.GRAY, "opacity": opacities, "line": {"width": 0}},
            hovertemplate="%{customdata[0]:,} to %{customdata[1]:,} words: %{y:,} "
            f"{html.escape(things.many)}<extra></extra>",
        )
    )
    longest = int(ends[-1]) + 1
    if review_length <= longest:
        label = {"text": f"cut at {review_length:,}", "x": review_length}
        label |= {"xanchor": "left", "yanchor": "bottom"}
        line = {"color": colors.GRAY, "width": 2, "dash": "dash"}
        figure.add_vline(x=review_length + 0.5, line=line, annotation=label)
    figure.update_xaxes(title=f"words in the {things.one}", range=[-0.5, longest * 1.02])
    figure.update_yaxes(title=f"training {html.escape(things.many)}")
    return styled(figure, revision, height=300)


def coverage(
    curve: tuple[np.ndarray, np.ndarray], vocabulary_size: int, chosen: KnownShares, revision: str
) -> go.Figure:
    """The share of all words that a vocabulary knows, over its size. The marker is the chosen size."""
    sizes, shares = (values.tolist() for values in curve)
    if vocabulary_size > sizes[-1]:  # a vocabulary larger than the data set's knows no more
        sizes, shares = [*sizes, vocabulary_size], [*shares, shares[-1]]
    hover = "%{x:,} ids: %{y:.2%} of all words<extra></extra>"
    figure = go.Figure()
    line = {"color": colors.GRAY, "width": 2.5}
    figure.add_scatter(x=sizes, y=shares, mode="lines", name="words known", line=line, hovertemplate=hover)
    figure.add_scatter(
        x=[vocabulary_size],
        y=[chosen.words],
        mode="markers",
        name="the chosen size",
        marker={
            "color": colors.GRAY,
            "size": 14,
            "symbol": "diamond",
            "line": {"width": 2, "color": "white"},
        },
        hovertemplate=hover,
    )
    ticks = {"tickvals": [10, 100, 1000, 10_000, 100_000], "tickformat": ","}
    figure.update_xaxes(title="vocabulary size (word ids, log axis)", type="log", **ticks)
    figure.update_yaxes(title="share of all words", range=[-0.02, 1.04], tickformat=".0%")
    return styled(figure, revision, height=300)


def frequent_words(
    uses: list[WordUse], classes: tuple[str, ...], things: Nouns, *, revision: str
) -> go.Figure:
    """One bar for each word, the most frequent on top.

    The bar is divided by the label of the texts that hold the word, if there are colours enough.
    """
    figure, many = go.Figure(), html.escape(things.many)
    parts = [
        (html.escape(texts_of(classes, label, things)), [use.counts[label] for use in uses])
        for label in range(len(classes))
    ]
    if len(classes) > len(colors.CLASSES):
        parts = [(many, [sum(use.counts) for use in uses])]
    parts_colors = colors.CLASSES if len(parts) > 1 else (colors.GRAY,)
    for (texts, counts), color in zip(parts, parts_colors, strict=False):
        figure.add_bar(
            x=counts,
            y=_places(uses),
            orientation="h",
            name=f"in {texts}",
            marker={"color": color},
            text=_escaped_words(uses),
            textposition="none",
            hovertemplate=f"“%{{text}}”: %{{x:,}} times in {texts}<extra></extra>",
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title=f"times in the training {many}")
    return _by_word(figure, uses, revision)


def telling_words(uses: list[WordUse], words: ClassWords, label: int, *, revision: str) -> go.Figure:
    """One bar for each word, the word that speaks most for a class on top, most against it at the bottom.

    A bar's length is how sure the difference between the labels is, in standard deviations.
    """
    figure = go.Figure(
        go.Bar(
            x=[use.leaning for use in uses],
            y=_places(uses),
            orientation="h",
            marker={"color": [colors.POSITIVE if use.leaning > 0 else colors.NEGATIVE for use in uses]},
            text=_escaped_words(uses),
            textposition="none",
            customdata=[
                [use.counts[label], sum(use.counts) - use.counts[label], signed(use.leaning, 1)]
                for use in uses
            ],
            hovertemplate=f"“%{{text}}”: %{{customdata[0]:,}} times in {html.escape(words.texts)}, "
            f"%{{customdata[1]:,}} in {html.escape(words.rest_texts)}, %{{customdata[2]}} standard deviations"
            "<extra></extra>",
        )
    )
    texts = html.escape(words.texts) if words.is_adjective else "the class"  # names can be too long here
    figure.update_xaxes(title=f"leans to {texts}<br>(standard deviations)")
    return _by_word(figure, uses, revision)


def _places(uses):
    return list(range(len(uses)))


def _escaped_words(uses):
    return [html.escape(use.word) for use in uses]


def _by_word(figure, uses, revision):
    """Words as labels of numbered places. As categories, "10" would be a number and equal words one."""
    figure.update_layout(bargap=0.25)
    labels = {"tickvals": _places(uses), "ticktext": _escaped_words(uses)}
    figure.update_yaxes(**labels, range=[len(uses) - 0.4, -0.6], showgrid=False)
    return styled(figure, revision, height=110 + 18 * len(uses))
