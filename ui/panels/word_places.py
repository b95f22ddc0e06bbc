"""The words of a typed text on the map of the network's word vectors. Called by inside."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from imdb_core.data.reading import Reading
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.inside.word_map import Places, WordMap, places, word_map
from imdb_core.inside.word_stages import stages
from imdb_core.scoring import neighbours
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.charts.component import show_chart
from ui.charts.words import stage_points, word_points
from ui.class_words import class_names
from ui.formats import escaped
from ui.linked_widgets import linked_option
from ui.messages import read_or_show_error

SHOWN = 12  # words of the text that are marked, those that say most


def show_word_places(network: Predictor, reading: Reading, limit: TimeLimit) -> None:
    """Show the map, the typed words on it, and the neighbours of one of them. Raises ModelError."""
    shown = word_map(network, limit)
    typed, words, from_end = _typed(network, reading, limit)
    classes = network.config.classes
    names = class_names(classes)
    on_map = words_of(network, shown.places.ids)
    show_chart(
        word_points(shown, on_map, names, typed, words, from_end),
        key="word-map",
        alt=f"{len(on_map)} words on a map of the network's word vectors, and {len(words)} of the text.",
    )
    st.caption(distances(shown, network))
    _show_neighbours(network, typed, words, names)
    if st.toggle("Compare with the vectors before training", key="word-stages", bind="query-params"):
        read_or_show_error(_show_stages, network, shown, names)
    with st.expander("How to read this map", icon=":material/help:"):
        st.markdown(_explanation(shown, network))


def _typed(network, reading, limit) -> tuple[Places, list[str], list[int]]:
    """(places, words, places from the end) of the different known words of the text that say most."""
    read = reading.ids_of_read_words
    last = {id: len(read) - place for place, id in enumerate(read) if id > FIRST_WORD}
    every = places(network, list(last), limit)
    most = np.argsort(-np.abs(every.leanings).max(axis=1), kind="stable")[:SHOWN]
    kept = Places(every.ids[most], every.points[most], every.leanings[most])
    return kept, words_of(network, kept.ids), [last[id] for id in kept.ids.tolist()]


def words_of(network: Predictor, ids: Sequence[int]) -> list[str]:
    """The words with these ids."""
    return network.vocabulary.decode(list(map(int, ids)))


def _show_neighbours(network, typed, words, names):
    """Choose a word of the text: what it says alone, and the words whose vectors are nearest."""
    if not words:
        return
    word = linked_option("Neighbours of", {word: word for word in words}, link="word")
    leanings = typed.leanings[words.index(word)]
    label = int(leanings.argmax())
    near = neighbours.nearest(network, word) or ()
    similar = ", ".join(f"{escaped(each.word)} ({each.similarity:.2f})" for each in near)
    st.markdown(
        f"**{escaped(word)}** alone raises {escaped(names[label])} by {leanings[label]:.2f} "
        f"points of log-odds. Nearest words, with the cosine of the angle between the vectors: {similar}."
    )


def _show_stages(network, shown, names):
    """The same words with random vectors, with vectors learned from neighbours, and after training."""
    found = stages(network, shown)
    for column, stage in zip(st.columns(len(found)), found, strict=True):
        with column:
            st.markdown(f"**{_STAGES[stage.kind].format(epoch=network.epoch)}**: {stage.same_side:.0%}")
            words = words_of(network, stage.places.ids)
            show_chart(
                stage_points(stage, words, names),
                key=f"word-stage-{stage.kind}",
                alt=f"The {len(words)} words of the map with the vectors of this stage.",
            )
    st.caption(
        "The percentage is the share of words whose nearest other word, by cosine, raises the same class. "
        "Random vectors show what chance gives. The colours are always those of the trained network."
        + (" Learning from neighbouring words needs no labels." if len(found) > 2 else "")
    )


_STAGES = {
    "random": "Random vectors",
    "learned": "Learned from neighbouring words",
    "trained": "After epoch {epoch}",
}


def distances(shown: WordMap, network: Predictor) -> str:
    """How far the words have moved apart in this epoch."""
    return (
        f"After epoch {network.epoch} the vectors of these words lie {shown.distance:.2f} from their centre "
        f"on average. The map shows {shown.plane.shares.sum():.0%} of their variance."
    )


def _explanation(shown: WordMap, network: Predictor) -> str:
    size, count = network.config.embedding_size, len(shown.places.ids)
    return "\n".join(
        [
            f"- This network knows each word as {size} numbers, its vector. The map shows the plane in which "
            f"the vectors of {count} words differ most (principal components): words that say much, and the "
            "most frequent ones.",
            "- A dot has the colour of the class that the word raises most when it is the whole text. The "
            "stronger the colour, the more. Diamonds are words of your text. Point at a dot to read its "
            "word.",
            "- Move the epoch slider: training pulls words apart that speak for different classes. Words "
            "that say nothing stay in the middle.",
            "- The words are chosen after the best epoch. The axes of the other epochs are turned to fit it "
            "(orthogonal Procrustes), so that the map moves and does not jump.",
            "- A word's place is not its effect: the network also uses order and neighbours, which a single "
            "vector cannot show.",
        ]
    )
