"""The chart of a network's word vectors: the telling words as dots, and the words of a typed text."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from imdb_core.inside.word_map import Places, WordMap
from imdb_core.inside.word_stages import Stage
from ui import colors
from ui.charts.layout import map_axes, styled
from ui.formats import shortened, signed

HEIGHT, STAGE_HEIGHT = 480, 300  # pixels
NAMED, STAGE_NAMED = 7, 3  # words of each class that are written beside their dots
LONGEST_WORD = 18  # characters beside a dot


def word_points(
    word_map: WordMap,
    words: list[str],
    names: list[str],
    typed: Places | None = None,
    typed_words: Sequence[str] = (),
    from_end: Sequence[int] = (),
) -> go.Figure:
    """The map with `words`, one for each of its places, in the colour of the class that each raises most.

    `names` are those of the classes. `typed` are the places of the `typed_words`, if a text was typed;
    `from_end` is where each stands in the text, counted from its end (1 is the last word).
    """
    figure, unnamed = go.Figure(), set(typed.ids.tolist()) if typed else set()
    for label, name in enumerate(names):
        _add_words(figure, word_map.places, words, label, name, unnamed=unnamed)
    if typed:
        _add_typed(figure, typed, typed_words, from_end)
    map_axes(figure, word_map.plane.shares, word_map.places.points, *([typed.points] if typed else []))
    styled(figure, "word-map", height=HEIGHT)
    return figure.update_layout(meta={"words": bool(typed)}, legend={"itemsizing": "constant", "y": 0.99})


def _add_typed(figure, typed, typed_words, from_end):
    figure.add_scatter(
        x=typed.points[:, 0].tolist(),
        y=typed.points[:, 1].tolist(),
        mode="markers+text",
        name="your text",
        text=[html.escape(shortened(word, LONGEST_WORD)) for word in typed_words],
        textposition="top center",
        textfont={"size": 13},
        marker={"color": colors.PATH, "size": 11, "symbol": "diamond"},
        customdata=[[place, place] for place in from_end],
        hovertext=_hovers(typed, typed_words),
        hovertemplate="%{hovertext}<extra></extra>",
    )


def stage_points(stage: Stage, words: list[str], names: list[str]) -> go.Figure:
    """A small map of the `words` of a stage, in the colours of word_points."""
    figure = go.Figure()
    for label, name in enumerate(names):
        _add_words(figure, stage.places, words, label, name, named=STAGE_NAMED)
    map_axes(figure, stage.shares, stage.places.points, stage.places.points)
    styled(figure, f"word-stage-{stage.kind}", height=STAGE_HEIGHT)
    return figure.update_layout(showlegend=False)


def _add_words(figure, places, words, label, name, *, unnamed=frozenset(), named=NAMED):
    """The words that raise a class most; those whose ids are `unnamed` stand beside a diamond already."""
    rows = np.flatnonzero(places.classes == label)
    strength = places.leanings[rows, label]
    named = set(rows[np.argsort(-strength, kind="stable")[:named]].tolist())
    shown = Places(places.ids[rows], places.points[rows], places.leanings[rows])
    texts = [words[row] for row in rows.tolist()]
    figure.add_scatter(
        x=shown.points[:, 0].tolist(),
        y=shown.points[:, 1].tolist(),
        mode="markers+text",
        name=html.escape(shortened(f"raises {name}", 28)),
        text=[
            html.escape(shortened(word, LONGEST_WORD))
            if row in named and places.ids[row] not in unnamed
            else ""
            for row, word in zip(rows.tolist(), texts, strict=True)
        ],
        textposition="bottom center",
        textfont={"size": 11},
        marker={
            "color": colors.CLASSES[label] if label < len(colors.CLASSES) else colors.GRAY,
            "size": 7,
            "opacity": [round(0.25 + 0.7 * min(1.0, value / 2), 2) for value in strength.tolist()],
        },
        hovertext=_hovers(shown, texts),
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=label < len(colors.CLASSES),
    )


def _hovers(places, words):
    """“good”: +1.2, the log-odds that a text of this word alone gains for the class it raises most."""
    best = places.leanings.max(axis=1).tolist()
    return [f"“{html.escape(word)}”: {signed(value, 2)}" for word, value in zip(words, best, strict=True)]
