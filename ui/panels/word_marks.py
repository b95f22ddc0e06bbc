"""The words of a typed text with marks: effect of each word, attention, the score word by word."""

import streamlit as st

from imdb_core import answers
from ui.charts.component import show_chart
from ui.charts.scores import running_score
from ui.class_words import class_name
from ui.colors import attention_mark, effect_mark
from ui.csv_files import csv_download
from ui.verdict import seen_words

SHOWN_WORDS = 600


def show_words(reading, effects, classes: tuple[str, ...], of: int) -> None:
    """The text as the network sees it, each word with its effect (`effects`, empty if not computed).

    An effect is a change of the share of the class `of`.
    """
    strongest = max(map(abs, effects), default=0)
    legend = [
        ("What the network sees:", "read"),
        ("unknown word", "unknown"),
        ("cut off, not read", "cut"),
    ]
    if len(effects):
        names = [class_name(classes, label) for label in range(len(classes))]
        raised, lowered = answers.raised_and_lowered(names, of)
        legend += [
            (f"makes it {raised}", "read", *effect_mark(0.1, 0.1)),
            (lowered, "read", *effect_mark(-0.1, 0.1)),
            ("(percentage points, found by leaving the word out)", "read"),
        ]
    seen_words(_marked(reading, [effect_mark(change, strongest) for change in effects]), legend)


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


def show_running_score(reading, curve, color: str, *, classes: tuple[str, ...], of: int) -> None:
    """The curve of the share of the class `of` over the words: explanations.running_score()."""
    (positions, shares), name = curve, class_name(classes, of)
    st.markdown("**How the score moves, word by word** (the text read only up to that word)")
    turn = positions[0]
    if len(positions) > 1:
        turn = positions[int(abs(shares[1:] - shares[:-1]).argmax()) + 1]
    alt = (
        f"Probability of {name} after each word; it moves most at “{reading.words[turn]}” and ends at "
        f"{shares[-1]:.1%}."
    )
    figure = running_score(reading.words, positions, shares, color, name=name, even=1 / len(classes))
    show_chart(figure, key="running-score", alt=alt)
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
