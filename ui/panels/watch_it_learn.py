"""Watch it learn: what the network of a watched run has learned after each epoch. Called by live_run.

A view is one function and one line in VIEWS. Nothing is read before the visitor opens the section. Its
fragment is drawn again after a further epoch (ui/browser/run_details.js).
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from imdb_core.config import RunConfig
from imdb_core.inside import learning, recurrent, word_map
from imdb_core.runs import layout
from imdb_core.runs.store import Run
from ui.linked_widgets import linked_option, linked_slider
from ui.messages import read_or_show_error
from ui.panels.gradient_reach import show_gradient_reach
from ui.panels.learned_maps import show_probe_paths, show_word_map
from ui.panels.learned_sizes import show_answer_spread, show_layer_sizes

LINK = "learning"  # the parameter of the page's link that opens the section


@dataclass(frozen=True)
class View:
    """One way to watch: its title, the runs that it is for, and the function that shows it.

    `show(run, epochs, epoch)` gets the epochs that can be shown, and the chosen one. It may raise ModelError,
    for instance if the run's folder lacks what the view needs.
    """

    title: str
    is_for: Callable[[RunConfig], bool]
    show: Callable[[Run, list[int], int], None]


VIEWS = {
    "answers": View("its answers on validation", lambda _: True, show_answer_spread),
    "sizes": View("sizes of weights and gradients", lambda _: True, show_layer_sizes),
    "reach": View("how far back the gradient reaches", word_map.has_word_vectors, show_gradient_reach),
    "paths": View(
        "your probe texts in its memory",
        lambda config: bool(config.probe_reviews) and recurrent.has_memory(config),
        show_probe_paths,
    ),
    "words": View("the map of its words", word_map.has_word_vectors, show_word_map),
}


def show_watch_it_learn(run: Run) -> None:
    """The section "Watch it learn" below the curves; closed, it costs nothing."""
    with st.container(key="watch-it-learn"):
        _show_section(run)


def _show_section(run):
    if not st.toggle(
        "Watch it learn", key=LINK, bind="query-params", help="What the network has learned after each epoch."
    ):
        return
    epochs = _epochs(run)
    if not epochs:
        st.caption(_why_nothing(run))
        return
    titles = {key: view.title for key, view in VIEWS.items() if view.is_for(run.config)}
    view = VIEWS[linked_option("Look at", titles, link="view")]
    read_or_show_error(view.show, run, epochs, _chosen_epoch(run, epochs))


def _epochs(run):
    """The epochs that something is stored of."""
    done = [row["epoch"] for row in run.epochs]
    return [each for each in done if learning.exists(run.folder, each) or _has_model(run, each)]


def _has_model(run, epoch):
    """Whether the network of the epoch is stored; the kept epoch may be stored only as the run's model."""
    return (run.has_model and epoch == run.best["epoch"]) or (
        run.folder / layout.epoch_model(epoch)
    ).is_file()


def _chosen_epoch(run, epochs):
    """The newest epoch while the run is trained, else the best one, until the visitor moves the slider."""
    if len(epochs) == 1:
        return epochs[0]
    best = run.best["epoch"] if run.best else None
    titles = {epoch: f"epoch {epoch}" + (" (best)" if epoch == best else "") for epoch in epochs}
    default = epochs[-1] if run.active or best not in epochs else best
    help = "While the run is trained, it follows the newest epoch until you move it."
    return linked_slider("After", titles, link="epoch", default=default, help=help)


def _why_nothing(run):
    if run.active or run.state == "queued":
        return "The first epoch is not done yet. What it has learned appears here a moment later."
    return "No epoch of this run has a stored network. Train it again to watch it learn."
