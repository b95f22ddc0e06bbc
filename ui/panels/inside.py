"""See inside: what a network's memory holds while it reads the typed text. Called by explained_score.

A view is one function and one line in VIEWS. Nothing is computed before the visitor opens the section.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from imdb_core.config import RunConfig
from imdb_core.data.reading import Reading
from imdb_core.inside import recurrent
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.linked_widgets import linked_option
from ui.messages import read_or_show_error
from ui.panels.memory_path import show_memory_path
from ui.panels.memory_units import show_memory_units


@dataclass(frozen=True)
class View:
    """One way to look inside: its title, the networks that it is for, and the function that shows it.

    `show` may raise ModelError, for instance if the network's files lack what the view needs.
    """

    title: str
    is_for: Callable[[RunConfig], bool]
    show: Callable[[Predictor, Reading, TimeLimit], None]


VIEWS = {
    "path": View("the path through memory", recurrent.has_memory, show_memory_path),
    "units": View("units of the memory", recurrent.has_memory, show_memory_units),
}


def show_inside(network: Predictor, reading: Reading, limit: TimeLimit) -> None:
    """The section "See inside" below the explanation of a score."""
    if not st.toggle(
        "See inside the network", key="inside", bind="query-params", help="What it holds after each word."
    ):
        return
    titles = {key: view.title for key, view in VIEWS.items() if view.is_for(network.config)}
    if not titles:
        st.info("This network has no memory that reads word by word. Choose a network with an LSTM or a GRU.")
        return
    view = VIEWS[linked_option("Look at", titles, link="view")]
    read_or_show_error(view.show, network, reading, limit)
