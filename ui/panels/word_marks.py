"""The words of a typed text with marks: effect of each word, attention, the score word by word."""

import html
from collections.abc import Callable

import streamlit as st

from imdb_core import answers
from ui.charts.component import show_chart
from ui.charts.scores import running_score
from ui.class_words import class_name, class_names
from ui.colors import DARKEST, TINTED, attention_mark, effect_mark
from ui.csv_files import csv_download
from ui.formats import signed
from ui.verdict import seen_words

SHOWN_WORDS = 600


def show_words(
    reading,
    effects,
    classes: tuple[str, ...],
    of: int,
    *,
    menu: dict | None,
    changed: Callable[[], None] = lambda: None,
) -> None:
    """The text as the network sees it, each word with its effect (`effects`, empty if not computed).

    An effect is a change of the log-odds of the class `of`. A word that the network does not know has no
    mark. With `menu` (word_menu.menu) a click on a word changes it.
    """
    legend = [
        (f"What the network sees{'' if menu is None else '; click a word to change it'}:", "read"),
        ("unknown word", "unknown"),
        ("cut off, not read", "cut"),
    ]
    names = class_names(classes)
    directions = answers.raised_and_lowered(names, of)
    if len(effects):
        legend += [
            (f"makes it {directions[0]}", "read", effect_mark(DARKEST / 2)[0]),
            (directions[1], "read", effect_mark(-DARKEST / 2)[0]),
            (_SCALE, "read"),
        ]
    first = len(reading.words) - len(effects)
    marks = [
        effect_mark(effect) if status == "read" else ("", "")
        for effect, status in zip(effects, reading.statuses[first:], strict=True)
    ]
    words, spoken = _marked(reading, marks), _spoken(reading, effects, directions)
    if menu is not None:
        menu = menu | {"first": len(spoken) - len(words)}  # the place in the text of the first shown word
        shown = spoken[-SHOWN_WORDS:]
        words = [
            (*word, text) for word, text in zip(words, [""] * (len(words) - len(shown)) + shown, strict=True)
        ]
    seen_words(words, legend, menu=menu, changed=changed)


_SCALE = (
    f"Small numbers: log-odds, found by leaving the word out. Plus or minus 1 makes the odds 2.7 times as "
    f"large or as small; {DARKEST:g} (7.4 times) has the darkest tint, below {TINTED:g} (1.1 times) a word "
    "has none. The scale is the same for all texts, networks and epochs."
)


def _spoken(reading, effects, directions):
    """For each word what its menu and screen readers say about it."""
    first = len(reading.words) - len(effects)
    return [
        _said(status, effects[place - first] if place >= first else None, directions)
        for place, status in enumerate(reading.statuses)
    ]


def _said(status, effect, directions):
    if status == "cut":
        return "cut off, the network does not read it"
    counts = effect is not None and abs(effect) >= TINTED
    direction = f"makes it {directions[0] if effect > 0 else directions[1]}" if counts else ""
    if status == "unknown":
        place = f"; that a word stands here {direction}, {signed(effect, 1)}" if counts else ""
        return f"unknown to this network{place}"
    if effect is None:
        return "read"
    return direction or "counts hardly anything"


def show_attention(reading, shares) -> None:
    """Where a network with attention looked: each word with its share. Nothing if `shares` is None."""
    if shares is None:
        return
    largest = float(shares.max())
    total = f"Its attention: {shares.sum():.0%} on the words that it read"
    if len(reading.ids) > len(shares) or reading.padding:
        total += ", the rest on the start token and on empty positions"
    legend = [
        (f"{total}.", "read"),
        ("a large share", "read", *attention_mark(largest, largest)),
        ("(per cent)", "read"),
    ]
    marks = [attention_mark(share, largest) for share in shares]
    seen_words(_marked(reading, marks), legend, name="attention")
    st.caption(
        "The shares tell where the network looked, not why it decided so. For the reasons, see what leaving "
        "a word out changes."
    )


def show_running_score(reading, curve, *, classes: tuple[str, ...], of: int, missing: str = "") -> None:
    """The curve of the share of the class `of` over the words: explanations.running_score().

    Without a curve (None) its place shows the sentence `missing`, so that nothing below it jumps.
    """
    words, (positions, shares) = (reading.words, curve) if curve else ((), ([], []))
    name = class_name(classes, of)
    st.markdown(
        "**How the score moves, word by word** (the text read only up to that word; "
        "blue: above the undecided line, orange: below it)"
    )
    alt = f"Probability of {name} after each word: {missing}"
    if curve:
        turn = positions[0]
        if len(positions) > 1:
            turn = positions[int(abs(shares[1:] - shares[:-1]).argmax()) + 1]
        alt = (
            f"Probability of {name} after each word; it moves most at “{words[turn]}” and ends at "
            f"{shares[-1]:.1%}."
        )
    figure = running_score(words, positions, shares, name=name, even=1 / len(classes))
    if missing and not curve:
        middle = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.62, "showarrow": False}
        figure.add_annotation(text=html.escape(missing), **middle)
    show_chart(figure, key="running-score", alt=alt)


def running_score_download(reading, curve, classes: tuple[str, ...], of: int) -> None:
    """The button that saves the numbers of the curve."""
    positions, shares = curve
    columns = {
        "after word": [position + 1 for position in positions],
        "word": [reading.words[position] for position in positions],
    }
    heading = free_heading(classes[of], columns)
    csv_download(columns | {heading: list(shares)}, file_name="running-score.csv")


def free_heading(name: str, taken) -> str:
    """The name of a class as the heading of a column, also if a column is called like the class."""
    return f"probability of {name}" if name in taken else name


def _marked(reading, marks):
    """(word, status, background, number, joined) of the last words. The last mark belongs to the last word.

    A word is joined if it begins where the word before it ends: a piece within a typed word.
    """
    marks = [("", "")] * (len(reading.words) - len(marks)) + marks
    ends = [None, *(end for _, end in reading.spans)]
    joined = [start == end for (start, _), end in zip(reading.spans, ends, strict=False)]
    words = [
        (word, status, *mark, is_joined)
        for word, status, mark, is_joined in zip(
            reading.words, reading.statuses, marks, joined or [False] * len(marks), strict=True
        )
    ]
    left_out = len(words) - SHOWN_WORDS
    if left_out > 0:
        return [(f"[{left_out:,} more words]", "cut"), *words[left_out:]]
    return words
