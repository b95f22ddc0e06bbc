"""The live part of the Watch page: a run's state, progress, figures, curves, doctor and log."""

import streamlit as st

from imdb_core.evaluation import doctor
from imdb_core.runs import launcher, notes, store
from imdb_core.runs.progress import progress, refresh_seconds
from imdb_core.scoring import models
from ui import messages
from ui.charts.curves import MEASURES, curve_columns, show_learning_curves
from ui.charts.probes import show_probes
from ui.csv_files import csv_download
from ui.empty_store import show_nothing_yet
from ui.formats import duration, escaped
from ui.heading import page_heading, tab_title
from ui.linked_widgets import linked_choice
from ui.messages import read_or_show_error
from ui.panels.run_doctor import show_doctor
from ui.panels.run_figures import show_run_figures
from ui.run_buttons import links_after_failure
from ui.run_sentences import tab
from ui.run_state import state_badge
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
        st.page_link("pages/runs.py", label="All runs", icon=":material/list_alt:")
        st.stop()
    if not runs:
        page_heading("Watch a run")
        show_nothing_yet("No run yet. Train a network and watch its curves grow here.")
    key = linked_choice("Run", run_titles(runs, with_state=True), link="run")
    return key, store.read(runs[key].folder)  # read completely, as in _show, so that both see the same state


def show_live_run(run: store.Run, key: str) -> None:
    """Show the run, and while it is active or queued, read its folder again every few seconds."""
    moving = run.active or run.state == "queued"
    interval = refresh_seconds(run) if moving else None
    st.fragment(_show, run_every=interval)(run, key, interval)


def _show(run, key, interval):
    """Read the run's folder. If its state has changed, or fewer looks are enough, redraw the whole page."""
    now = store.read(run.folder)
    if now.state != run.state or (interval and refresh_seconds(now) > interval):
        if run.state == "queued" or not now.active:
            launcher.runs()  # starts the next run of the queue
        messages.refresh()
    _show_headline(now, key)
    if now.metrics:
        _show_curves(now)
    if doctor.ready(now):
        show_doctor(now, key)
    with st.expander("Log", icon=":material/terminal:"):
        st.code(now.log_tail() or "The log is empty: nothing to report.", language=None)


def _show_curves(run):
    for column, measure in zip(st.columns(2), MEASURES, strict=True):
        with column:
            show_learning_curves(run, measure)
    if not run.active:  # while the run is active, each rerun would replace the file before it is downloaded
        csv_download(curve_columns(run), file_name="curves.csv")
    if run.config.probe_reviews:
        show_probes(run)


def _show_headline(run, key):
    """State, progress and the figures of the moment, or how the run ended."""
    state_badge(run)
    for sentence in notes.notes(run):
        st.warning(escaped(sentence), icon=":material/warning:")
    if run.state == "queued":
        place = _place_in_queue(run)
        st.info(
            f"Waiting for a free slot: {place}. The run starts by itself.", icon=":material/hourglass_empty:"
        )
    how_far = progress(run)
    tab_title(tab(run))
    if run.active:
        _show_progress(how_far)
    elif run.message:
        (st.error if run.state == "failed" else st.info)(escaped(run.message))
        links_after_failure(run, key)
    show_run_figures(run, how_far)


def _place_in_queue(run):
    """Its number in the queue; the run may have left the queue since its folder was read."""
    queue = [queued.id for queued in reversed(launcher.runs()) if queued.state == "queued"]
    return f"number {queue.index(run.id) + 1} in the queue" if run.id in queue else "its turn has come"


def _show_progress(how_far):
    seconds = how_far.seconds_left
    left = f", about {duration(seconds)} left" if seconds is not None else ""
    epoch = f"epoch {how_far.epoch} of {how_far.epochs}{left}"
    st.progress(how_far.share, f"{how_far.share:.0%} — {epoch} — {escaped(how_far.activity)}")
