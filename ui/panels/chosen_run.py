"""The top of the Watch page: the chosen run's name, state and buttons, and the choice of another run.

Called by pages/watch.py.
"""

import streamlit as st

from imdb_core.runs import launcher, store
from imdb_core.scoring import models
from ui.empty_store import show_nothing_yet
from ui.heading import page_heading
from ui.linked_widgets import linked_choice
from ui.links import show_link
from ui.messages import read_or_show_error
from ui.run_buttons import run_buttons
from ui.run_sentences import tab
from ui.run_titles import run_titles


def chosen_run() -> tuple[str, store.Run]:
    """(key, run) chosen by the link or the box. If there is none, a sentence says so and the page ends.

    A function, so that an open tab does not keep the list of all runs in memory.
    """
    runs = {run.id: run for run in launcher.runs()} | {model.key: model.run for model in models.pretrained()}
    requested = st.query_params.get("run")
    if requested and requested not in runs:
        page_heading("Watch a run")
        read_or_show_error(store.find, requested)  # shows why this run is not available
        show_link("runs")
        st.stop()
    if not runs:
        page_heading("Watch a run")
        show_nothing_yet("No run yet. Train a network and watch its curves grow here.")
    key = requested or next(iter(runs))
    run = store.read(
        runs[key].folder
    )  # read completely, as the browser's questions do (imdb_core/runs/live.py)
    page_heading(run.name, tab=tab(run), verbatim=True)
    buttons, choice = st.columns([3, 1], vertical_alignment="center")
    with buttons:
        run_buttons(run, key, with_state=True)
    with choice, st.container(key="other-run"):  # its label is hidden, to keep the curves in view
        linked_choice("Run", run_titles(runs, with_state=True), link="run")
    return key, run
