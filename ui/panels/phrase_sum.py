"""The verdict of a phrase network as an exact sum, phrase by phrase. Called by inside."""

import math

import streamlit as st

from imdb_core import answers
from imdb_core.data.reading import Reading
from imdb_core.inside.phrases import Phrase, PhraseSum, phrase_sum, words_of
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.charts.component import show_chart
from ui.charts.phrases import phrase_bars
from ui.charts.scores import axis_name
from ui.class_words import class_name
from ui.csv_files import csv_download
from ui.formats import counted, escaped, signed

SHOWN = 14  # phrases with a bar of their own
START = "(start)"  # of the text, as a word of a phrase
UNIT = "points of log-odds"


def show_phrase_sum(network: Predictor, reading: Reading, of: int, limit: TimeLimit) -> None:
    """Show how the phrases add up to the verdict on the class `of`. Raises ModelError."""
    parts = phrase_sum(network, reading, limit, of=of)
    classes = network.config.classes
    name, is_binary = class_name(classes, 1 if answers.is_binary(classes) else of), answers.is_binary(classes)
    strongest = sorted(parts.phrases, key=lambda phrase: -abs(phrase.amount))
    rows = _rows(strongest, parts, reading)
    unit = UNIT if is_binary else "points"
    st.markdown(_meaning(parts, name, is_binary))
    show_chart(
        phrase_bars(rows, parts.total, f"{unit} for {axis_name(name)}"),
        key="phrase-sum",
        alt=f"{len(parts.phrases)} phrases add up to {signed(parts.total, 2)} {unit} for {name}.",
    )
    with st.expander("How to read this sum", icon=":material/help:"):
        st.markdown(_explanation(parts, is_binary))
    csv_download(
        lambda: _columns(strongest, parts, reading), file_name="phrases.csv", label="All phrases as CSV"
    )


def _rows(strongest, parts, reading):
    """(label, amount, places of its words) of each bar: start, the strongest phrases, all others together."""
    total = len(reading.words)
    rows = [(_start_name(parts), parts.start, None)]
    for phrase in strongest[:SHOWN]:
        places = (total - max(0, phrase.first), total - phrase.last)
        rows.append((_label(phrase, reading), phrase.amount, places))
    if others := strongest[SHOWN:]:
        amount = math.fsum(phrase.amount for phrase in others)
        rows.append((counted(len(others), "further phrase"), amount, None))
    return rows


def _label(phrase: Phrase, reading: Reading) -> str:
    """“not good”, twice: “not good” (2 times)."""
    words = f"“{words_of(phrase, reading.words, START)}”"
    return words if phrase.times == 1 else f"{words} ({phrase.times} times)"


def _start_name(parts: PhraseSum) -> str:
    return "without any phrase" if parts.only_phrases else "the other half"


def _meaning(parts, name, is_binary):
    """The sum in one sentence."""
    up = [phrase.amount for phrase in parts.phrases if phrase.amount > 0]
    down = [phrase.amount for phrase in parts.phrases if phrase.amount < 0]
    start = "The start value is" if parts.only_phrases else "The other half of the network says"
    sentence = (
        f"{start} {escaped(signed(parts.start, 2))}. {counted(len(up), 'phrase')} "
        f"{'raises' if len(up) == 1 else 'raise'} it by {sum(up):.2f}, {counted(len(down), 'phrase')} "
        f"{'lowers' if len(down) == 1 else 'lower'} it by {-sum(down):.2f}. "
    )
    if not is_binary:
        return sentence + f"The sum for {escaped(name)} is **{escaped(signed(parts.total, 2))}**."
    share = answers.share(parts.total)
    return (
        sentence + f"The sum is **{escaped(signed(parts.total, 2))}** points of log-odds: {share:.1%} "
        f"{escaped(name)}."
    )


def _explanation(parts, is_binary):
    lines = [
        "- This network looks up every word and every short phrase of the text in a table. A phrase counts "
        "once, however often it stands in the text, and whatever stands around it. So the sum is exact: "
        "nothing is estimated.",
        "- Each bar begins where the one above it ends. Point at a bar to see its words in the text.",
        "- “not good” is an entry of its own beside “not” and “good”: all three are added.",
    ]
    if parts.averaged:
        lines.append(
            "- The network takes the mean of all its phrases: a phrase adds less in a text with more phrases."
        )
    if parts.unknown:
        lines.append(
            f"- Phrases of the text that are not in the table, and so add nothing: {parts.unknown:,}. Only "
            "phrases are learned that stand in at least two training texts."
        )
    if not parts.only_phrases:
        lines.append(
            "- Only one half of this network adds phrases. What its other half says about the whole text "
            "stands in the first bar, together with the trained start value."
        )
    lines.append(
        "- The probability is 1 / (1 + e^−sum): 0 points are 50 %, 2 points 88 %, 4 points 98 %."
        if is_binary
        else "- Each class has a sum of its own. The softmax compares them: a class that is 1 point ahead of "
        "another is 2.7 times as probable."
    )
    return "\n".join(lines)


def _columns(strongest, parts, reading):
    """All phrases as columns, the strongest first, below the value without them."""
    return {
        "phrase": [_start_name(parts), *(words_of(phrase, reading.words, START) for phrase in strongest)],
        "times in the text": [1, *(phrase.times for phrase in strongest)],
        "amount": [parts.start, *(phrase.amount for phrase in strongest)],
    }
