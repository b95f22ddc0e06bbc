"""The words of a typed review with marks: effect of each word, attention, the score word by word."""

import streamlit as st

from ui.charts.component import show_chart
from ui.charts.scores import running_score
from ui.colors import attention_mark, effect_mark
from ui.csv_files import csv_download
from ui.verdict import seen_words

SHOWN_WORDS = 600


def show_words(reading, effects) -> None:
    """The review as the network sees it, each word with its effect (`effects`, empty if not computed)."""
    strongest = max(map(abs, effects), default=0)
    legend = [
        ("What the network sees:", "read"),
        ("unknown word", "unknown"),
        ("cut off, not read", "cut"),
    ]
    if len(effects):
        legend += [
            ("makes it more positive", "read", *effect_mark(0.1, 0.1)),
            ("more negative", "read", *effect_mark(-0.1, 0.1)),
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


def show_running_score(reading, positions, probabilities, color: str) -> None:
    """The curve of the probability over the words; `positions` are indices of words."""
    st.markdown("**How the score moves, word by word** (the review read only up to that word)")
    turn = positions[0]
    if len(positions) > 1:
        turn = positions[int(abs(probabilities[1:] - probabilities[:-1]).argmax()) + 1]
    alt = (
        f"Probability of positive after each word; it moves most at “{reading.words[turn]}” and ends at "
        f"{probabilities[-1]:.1%}."
    )
    figure = running_score(reading.words, positions, probabilities, color)
    show_chart(figure, key="running-score", alt=alt)
    columns = {
        "after word": [position + 1 for position in positions],
        "word": [reading.words[position] for position in positions],
        "positive": list(probabilities),
    }
    csv_download(columns, file_name="running-score.csv")


def _marked(reading, marks):
    """(word, status, background, number) of the last words. The last mark belongs to the last word."""
    marks = [("", "")] * (len(reading.words) - len(marks)) + marks
    words = [
        (word, status, *mark)
        for word, status, mark in zip(reading.words, reading.statuses, marks, strict=True)
    ]
    left_out = len(words) - SHOWN_WORDS
    if left_out > 0:
        return [(f"[{left_out:,} more words]", "cut"), *words[left_out:]]
    return words
