"""See inside: how a network gets from the typed text to its verdict. Called by explained_score.

A view is one function and one line in VIEWS. Nothing is computed before the visitor opens the section.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from imdb_core.config import RunConfig
from imdb_core.data.reading import Reading
from imdb_core.inside import filters, integrated, phrases, recurrent, word_map
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.linked_widgets import linked_option
from ui.messages import read_or_show_error
from ui.panels.answers_to_why import show_answers_to_why
from ui.panels.fool_it import show_fool_it
from ui.panels.inside_lesson import show_lesson
from ui.panels.memory_path import show_memory_path
from ui.panels.memory_units import show_memory_units
from ui.panels.phrase_sum import show_phrase_sum
from ui.panels.word_filters import show_word_filters
from ui.panels.word_places import show_word_places


@dataclass(frozen=True)
class View:
    """One way to look inside: its title, the networks that it is for, and the function that shows it.

    `show(network, reading, of, limit, effects)` gets the class whose share is explained, and the effects of
    leaving out each word, empty for a long text. It may raise ModelError, for instance if the network's files
    lack what the view needs. An `is_quick` view is shown before the effects are computed, so that the browser
    draws it meanwhile; it gets none.
    """

    title: str
    is_for: Callable[[RunConfig], bool]
    show: Callable[[Predictor, Reading, int, TimeLimit, np.ndarray], None]
    is_quick: bool


VIEWS = {
    "path": View(
        "the path through memory",
        recurrent.has_memory,
        lambda network, reading, _of, limit, _effects: show_memory_path(network, reading, limit),
        is_quick=True,
    ),
    "units": View(
        "units of the memory",
        recurrent.has_memory,
        lambda network, reading, _of, limit, _effects: show_memory_units(network, reading, limit),
        is_quick=True,
    ),
    "why": View(
        "answers to “why”, side by side",
        integrated.has_integrated_gradients,
        show_answers_to_why,
        is_quick=False,
    ),
    "phrases": View(
        "the sum of its phrases",
        phrases.looks_up_phrases,
        lambda network, reading, of, limit, _effects: show_phrase_sum(network, reading, of, limit),
        is_quick=True,
    ),
    "filters": View(
        "its filters",
        filters.has_filters,
        lambda network, reading, of, limit, _effects: show_word_filters(network, reading, of, limit),
        is_quick=True,
    ),
    "words": View(
        "the map of its words",
        word_map.has_word_vectors,
        lambda network, reading, _of, limit, _effects: show_word_places(network, reading, limit),
        is_quick=True,
    ),
    "fool": View(
        "fool it",
        lambda _config: True,
        lambda network, reading, _of, _limit, _effects: show_fool_it(network, reading),
        is_quick=False,
    ),
}


def chosen_view(network: Predictor) -> View | None:
    """Show the section's switch and, in the open section, the lesson and the choice; returns the view."""
    if not st.toggle(
        "See inside the network", key="inside", bind="query-params", help="How it gets to its verdict."
    ):
        return None
    show_lesson(network)
    titles = {key: view.title for key, view in VIEWS.items() if view.is_for(network.config)}
    return VIEWS[linked_option("Look at", titles, link="view")]


def show_view(
    view: View,
    network: Predictor,
    reading: Reading,
    of: int,
    limit: TimeLimit,
    effects: np.ndarray | tuple[()] = (),
) -> None:
    """Show the chosen view of a score for the class `of`; see View.show."""
    read_or_show_error(view.show, network, reading, of, limit, np.asarray(effects))
