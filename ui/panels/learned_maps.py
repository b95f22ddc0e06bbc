"""The maps of "Watch it learn": the words, and the probe texts on the map of the memory.

Called by watch_it_learn.
"""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.errors import TextError
from imdb_core.inside.trace import trace
from imdb_core.inside.walk import Walk, map_of, walk
from imdb_core.inside.word_map import word_map
from imdb_core.runs.store import Run
from imdb_core.scoring import training_models
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within
from ui.charts.component import show_chart
from ui.charts.memory import memory_paths
from ui.charts.words import word_points
from ui.class_words import class_names
from ui.formats import escaped, shortened
from ui.panels.word_places import distances, words_of


def show_word_map(run: Run, epochs: list[int], epoch: int) -> None:
    """Show the map of the network's words after an epoch. Raises ModelError, DataError."""
    network = training_models.load(run, epoch)
    reference = None if run.has_model else training_models.load(run, epochs[-1])
    shown = word_map(network, reference=reference)
    words = words_of(network, shown.places.ids)
    show_chart(
        word_points(shown, words, _names(run)),
        key="learned-words",
        alt=f"{len(words)} words on a map of the network's word vectors after epoch {epoch}.",
    )
    chosen = "best" if reference is None else "newest"
    st.caption(
        f"{distances(shown, network)} A dot has the colour of the class that the word raises most when it is "
        f"the whole text. The words are those that say most after the {chosen} epoch, and the most frequent "
        "ones. Training pulls words apart that speak for different classes."
    )


def show_probe_paths(run: Run, _epochs: list[int], epoch: int) -> None:
    """Show the paths of the probe texts over the map of the memory. Raises ModelError, DataError."""
    network = training_models.load(run, epoch)
    memory_map = map_of(network)
    with within(None, SCORE_SECONDS) as limit:
        paths = {text: path for text in run.config.probe_reviews if (path := _path(network, text, limit))}
    many = escaped(nouns(run.config.dataset).many)
    show_chart(
        memory_paths(memory_map, paths, _names(run)),
        key="learned-paths",
        alt=f"Paths of {len(paths)} probe texts through the memory after epoch {epoch}: {_ends(paths, run)}.",
    )
    st.caption(
        f"Each line is the memory while the network reads one of your probe {many}, from the circle to the "
        f"diamond. The dots are the memories at the end of validation {many}. After the first epochs all lie "
        f"close together; training pulls them apart. The page “Type a review” explains this map."
    )


def _path(network: Predictor, text: str, limit: TimeLimit) -> Walk | None:
    """The path of a text; None for a text without words."""
    try:
        traced = trace(network, network.read(text), limit)
    except TextError:
        return None
    return traced and walk(traced, map_of(network))


def _ends(paths, run):
    """Where each path ends, in words."""
    names = _names(run)
    return "; ".join(
        f"“{shortened(text)}”"
        + ("" if path.heights is None else f" ends {names[1] if path.heights[-1] > 0 else names[0]}")
        for text, path in paths.items()
    )


def _names(run):
    classes = run.config.classes
    return class_names(classes)
