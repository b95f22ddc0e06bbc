"""What the filters of a convolution find in a typed text, and what they look for. Called by inside."""

import numpy as np
import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.data.reading import Reading
from imdb_core.data.reviews import START
from imdb_core.inside import filter_phrases
from imdb_core.inside.filters import Findings, findings, wanted_words
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.charts.component import show_chart
from ui.charts.word_strip import word_strip
from ui.class_words import class_name
from ui.formats import counted, escaped, signed
from ui.linked_widgets import linked_option
from ui.messages import read_or_show_error

SHOWN = 20  # filters in the strip
PLACES = 5  # of the text, where a filter answers most
WANTED = 8  # words for each place of a filter's window


def show_word_filters(network: Predictor, reading: Reading, of: int, limit: TimeLimit) -> None:
    """Show the filters with the largest effects on the class `of`, and one of them. Raises ModelError."""
    found = findings(network, reading, limit, of=of)
    words, classes = list(reading.words[reading.cut :]), network.config.classes
    name = escaped(class_name(classes, of))
    order = np.argsort(-np.abs(found.effects), kind="stable")
    shown = order[:SHOWN]
    st.markdown(_meaning(found, classes, of, name, len(shown)))
    largest = np.maximum(found.answers[shown].max(axis=1, keepdims=True), 1e-9)
    values = found.answers[shown] / largest * np.sign(found.effects[shown])[:, None]
    rows = [f"{number} · {signed(found.effects[number], 2)}" for number in shown.tolist()]
    show_chart(
        word_strip(values, rows, words, title="filter, its effect", where="at", revision="filter-strip"),
        key="filter-strip",
        alt=f"The {len(shown)} filters with the largest effects, over the {len(words)} words of the text.",
    )
    titles = {str(number): _title(found, number) for number in order.tolist()}
    _show_filter(network, found, int(linked_option("Open a filter", titles, link="filter")), words)


def _meaning(found: Findings, classes, of, name, shown):
    smallest, largest = min(found.sizes), max(found.sizes)
    look = f"{smallest} to {largest}" if largest > smallest else f"{largest}"
    active = int(np.count_nonzero(found.answers.any(axis=1)))
    finds = "All" if active == len(found.sizes) else f"{active:,}"
    if answers.is_binary(classes):
        colors = f"Blue: the filter speaks for {name}; orange: for {escaped(class_name(classes, 1 - of))}."
    else:
        colors = f"Blue: the filter speaks for {name}; orange: against it."
    return (
        f"This network has {counted(len(found.sizes), 'filter')}, each of which looks at {look} neighbouring "
        f"words. {finds} of them find something in this text. The strip shows the {shown} with the largest "
        "effect, and where each answers: the stronger the colour, the nearer to its largest answer here. "
        f"{colors} The effect is how much the log-odds of {name} fall when the filter is silenced."
    )


def _title(found: Findings, number: int) -> str:
    return f"filter {number}: {found.sizes[number]} words, effect {signed(found.effects[number], 2)}"


def _show_filter(network, found: Findings, number: int, words):
    """Where the filter answers most in this text, and what it would answer most to."""
    place, wanted = st.columns(2)
    place.markdown(f"**Where filter {number} answers most in this text**\n\n{_places(found, number, words)}")
    lines = [
        f"- word {position}: {', '.join(escaped(word) for word, _ in best)}"
        for position, best in enumerate(wanted_words(network, found.kernels[number], WANTED), start=1)
    ]
    wanted.markdown(
        f"**What filter {number} looks for**: the words that raise its answer most\n\n" + "\n".join(lines)
    )
    phrases = read_or_show_error(filter_phrases.of_network, network, found.kernels)
    if phrases:
        things = escaped(nouns(network.config.dataset).many)
        st.markdown(
            f"**What filter {number} answers most to** in {phrases.texts:,} validation {things}\n\n"
            + _phrases(network, phrases.of(number))
        )


def _phrases(network, phrases) -> str:
    """- **2.29** 8 7 out."""
    lines = []
    for answer, ids in phrases:
        words = network.vocabulary.decode([id for id in ids if id != START])
        lines.append(f"- **{answer:.2f}** {escaped(' '.join(words))}")
    return "\n".join(lines) or "It finds nothing there."


def _places(found: Findings, number: int, words) -> str:
    """- **2.31** ending is not bad at."""
    given = found.answers[number]
    best = [word for word in np.argsort(-given, kind="stable")[:PLACES].tolist() if given[word] > 0]
    lines = []
    for word in best:
        first, end = found.window(number, word)
        lines.append(f"- **{given[word]:.2f}** {escaped(' '.join(words[first:end]))}")
    return "\n".join(lines) or "It finds nothing here."
