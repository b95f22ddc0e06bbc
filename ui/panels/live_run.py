"""The live part of the Watch page: a run's progress or end, its curves, and below them what appears later.

While the run moves, the browser asks for new rows itself (ui/live_route.py, ui/browser/live_run.js). The page
is drawn anew when the state changes, and its lower part when it has something new. So the state, the buttons
and the curves stay where they are.
"""

import streamlit as st

from imdb_core.evaluation import doctor
from imdb_core.runs import live, notes, store
from ui import live_route, messages
from ui.browser import component
from ui.charts.curves import MEASURES, axis_range, curve_columns, show_learning_curves
from ui.charts.probes import show_probes
from ui.csv_files import csv_download
from ui.formats import escaped
from ui.links import show_link
from ui.live_status import details, status
from ui.panels.continuations import show_continuations, show_start_link
from ui.panels.run_doctor import show_doctor
from ui.panels.run_figures import show_run_figures
from ui.panels.watch_it_learn import show_watch_it_learn
from ui.run_buttons import links_after_failure

_LIVE_RUN = component("live_run", isolate_styles=False)  # its styles also hold the room of the curves
_LIVE_CURVES = component("live_curves")
_DETAILS = component("run_details")


def show_live_run(run: store.Run, key: str) -> None:
    """Show the run; while it is active or queued, the browser keeps it up to date."""
    look = live.seen(run)
    with st.container(key="live-headline", gap=None):
        _show_status(look)
        if not look.moving:
            _show_end(run, key)
    if look.moving or run.metrics:
        _show_curves(look)
    st.fragment(_show_details)(run, key)


def _show_judging(look):
    """What a network that judges texts has learned: its answers to the probe texts, and its inside."""
    run = look.run
    if run.metrics and run.config.probe_reviews:
        show_probes(run)
    if run.config and (run.metrics or look.moving):
        show_watch_it_learn(run)


def _show_status(look):
    run = look.run
    data = {"id": run.id, "name": run.name, "address": f"{live_route.ROUTE}/{run.id}", "status": status(look)}
    _LIVE_RUN(key=f"live-{run.id}", data=data, on_changed_change=messages.refresh)


def _show_end(run, key):
    """How the run ended, and what to do next: type with its network, or remove the cause of a failure."""
    if run.message:
        (st.error if run.state == "failed" else st.info)(escaped(run.message))
    links_after_failure(run, key)
    if run.has_model:
        done = "Your network is ready" if run.state == "finished" else "The kept epoch is ready"
        is_pretrained = key != run.id
        with st.container(key="ready"):
            label = "Type with this network" if is_pretrained else f"{done}: type with it"
            show_link("classify", label, model=key)
    if run.predicts_words and run.state in store.ENDED and run.best:
        with st.container(key="ready"):
            show_start_link(run)


def _show_curves(look):
    run = look.run
    for column, measure in zip(st.columns(2), MEASURES, strict=True):
        with column, st.container(key=f"curve-{measure}", gap=None):
            show_learning_curves(run, measure)
    if look.moving:
        ranges = {measure: axis_range(run, measure) for measure in MEASURES}
        _LIVE_CURVES(key=f"curves-{run.id}", data={"id": run.id, "ranges": ranges}, height=1)


def _show_details(run, key):
    """What may come late or grow: notes, figures, doctor, probes, log."""
    look = live.seen(store.read(run.folder))
    now = look.run
    for sentence in notes.notes(now):
        st.warning(escaped(sentence), icon=":material/warning:")
    show_run_figures(now, look.progress)
    if now.metrics and not now.active:  # a rerun could replace the file
        csv_download(curve_columns(now), file_name="curves.csv")
    if doctor.ready(now):
        show_doctor(now, key)
    if now.predicts_words:
        show_continuations(now)
    else:
        _show_judging(look)
    with st.expander("Log", icon=":material/terminal:"):
        st.code(now.log_tail() or "The log is empty: nothing to report.", language=None)
    if look.moving:
        data = {"id": now.id, "state": now.state, "details": details(look)}
        _DETAILS(key=f"details-{now.id}", data=data, height=1, on_changed_change=lambda: None)
