"""The buttons of one sweep and the links to its runs. Called by sweep_view.

A button's key and its action hold the sweep's id, so a click acts on the sweep that was shown.
"""

import streamlit as st

from imdb_core.sweeps import control
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.overview import Overview
from ui import messages
from ui.formats import counted
from ui.links import show_link
from ui.pages import link_to
from ui.run_state import state_badge

COMPARED = 4  # of the best settings


def show_buttons(now: Overview) -> None:
    """Show state, Stop or Go on, Delete, and links to all runs and to a comparison of the best ones."""
    sweep = now.sweep
    with st.container(horizontal=True, vertical_alignment="center"):
        state_badge(sweep)
        if now.is_moving:
            _button("Stop the sweep", "stop_circle", stop, sweep.id, help="Each run keeps its best epoch.")
        elif sweep.state == "stopped":
            _button("Go on", "resume", go_on, sweep.id, type="primary")
        if not now.open_runs:
            _delete_popover(now)
        if now.tried:
            show_link("runs", "All its runs", sweep=sweep.id)
        leading = [each.runs[0] for each in now.leading(COMPARED)]
        if len(leading) > 1:
            show_link("compare", f"Compare the best {len(leading)}", runs=",".join(leading))
        show_link("sweeps", "All sweeps")


def stop(id: str) -> None:
    """Stop the sweep. Raises RunError if it was deleted."""
    control.stop(sweep_store.find(id))


def go_on(id: str) -> None:
    """Go on with the stopped sweep. Raises RunError if it was deleted."""
    control.go_on(sweep_store.find(id))


def delete(id: str, with_runs: bool) -> None:
    """Delete the sweep; does nothing if another tab has deleted it. Raises RunError."""
    if (sweep_store.root() / id).is_dir():
        control.delete(sweep_store.find(id), with_runs=with_runs)


def train_again(id: str, setting: int) -> None:
    """Queue runs of the setting with fresh seeds, once. Raises RunError if the sweep was deleted."""
    control.train_again(sweep_store.find(id), setting)


def _button(label, icon, action, id, **options):
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"sweep-{action.__name__}-{id}",
        on_click=messages.clicked,
        args=(action, id),
        **options,
    )


def _delete_popover(now):
    sweep, count = now.sweep, sum(len(each.runs) for each in now.tried)
    with st.popover("Delete", icon=":material/delete:", key=f"sweep-delete-{sweep.id}"):
        st.text(f"Delete the sweep “{sweep.name}”? This cannot be undone.")
        runs = counted(count, "run")
        with_runs = st.checkbox(f"Delete its {runs} as well", key=f"sweep-with-runs-{sweep.id}")
        st.button(
            f"Delete the sweep and {runs}" if with_runs else "Delete the sweep, keep its runs",
            key=f"sweep-delete-for-good-{sweep.id}",
            on_click=messages.clicked,
            args=(delete, sweep.id, with_runs),
            kwargs={"done": f"Deleted “{sweep.name}”.", "then": link_to("sweeps").file},
        )
