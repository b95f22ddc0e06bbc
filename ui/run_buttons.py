"""The buttons of one run (stop, resume, rename, delete) and links to pages for it.

A button's key and its action hold the run's id. So a click acts on the run whose name was shown beside the
button, or on no run. Called by the pages of one run and of all runs.
"""

import streamlit as st

from imdb_core.data import sources
from imdb_core.errors import RunError
from imdb_core.runs import launcher, names, store
from ui import messages
from ui.links import show_link
from ui.run_state import state_badge
from ui.run_table import ticks
from ui.sweep_links import show_sweep_link

# After a failure with one of these causes, a resumed run fails again unless the user first removes the cause.
RESUME_FAILS_AGAIN = ("reviews_unusable", "out_of_memory", "diverged")
STOP_HELP = (
    "Ends the training after the current batch. The finished epoch with the lowest validation loss is kept, "
    "and the run can be resumed later. Nothing is kept before the first epoch is done."
)
NAME_LENGTH = 80  # characters


def run_buttons(run: store.Run, key: str, *, with_state: bool = False) -> None:
    """Show what the run's state allows: stop, resume, score, train again, rename, delete.

    A pretrained run, whose key is not its id, cannot be changed. The page of one run shows the state beside
    the buttons, and links to the text page itself.
    """
    own = key == run.id
    with st.container(horizontal=True, vertical_alignment="center"):
        if with_state:
            state_badge(run)
        if run.state in ("queued", *store.ACTIVE):
            _stop_button(run)
        if own and run.state == "unreachable":
            _give_up_button(run)
        if own and run.can_resume and run.config:
            _resume_button(run)
        if run.has_model and not run.damaged and not with_state:
            show_link("classify", "Type a review", model=key)
        if run.config:
            show_link("train", "Train a variant", icon="tune", **{"from": key})
        show_sweep_link(run)
        if own and run.config:
            _rename_form(run)
        if own and not run.active:
            _delete_button(run)


def links_after_failure(run: store.Run, key: str) -> None:
    """Show links to pages where the user can remove the cause of a failure, if the cause is known."""
    with st.container(horizontal=True):
        if run.failure == "reviews_unusable":
            source = sources.first_synthetic()
            change = {"from": key, "change": f"dataset={source.name}"}
            label = f"Train the same on the {source.full_noun}"
            show_link("train", label, **change)
            show_link("data", "Get the reviews")
        if run.failure == "disk_failed":
            show_link("runs", "Delete runs to make room", icon="delete")
        if run.failure == "out_of_memory":
            label = "Train with smaller values"
            show_link("train", label, icon="tune", **{"from": key})


def stop(id: str, name: str) -> None:
    """Stop the run or take it from the queue. Raises OSError, and RunError if it was deleted or has ended."""
    run = _present(id, name)
    if run.state in ("finished", "failed", "interrupted"):
        raise RunError(f"“{run.name}” is {run.state} already; it ended before it could be stopped.")
    launcher.stop(run)


def resume(id: str, name: str) -> None:
    """Queue the run again, unless it is queued or active. Raises RunError, and as launcher.resume."""
    run = _present(id, name)
    if run.state != "queued" and not run.active:
        launcher.resume(run)


def give_up(id: str, name: str) -> None:
    """Record that the unreachable run has ended. Raises RunError if it is not unreachable any more."""
    launcher.give_up(_present(id, name))


def rename(id: str, name: str) -> None:
    """Give the run the name in its form. Raises ConfigError for the name, RunError if the run was deleted."""
    store.rename(_present(id, name), st.session_state[f"name-{id}"])


def delete(id: str) -> None:
    """Delete the run; does nothing if another tab deleted it already. Raises RunError."""
    if store.exists(id):
        store.delete(store.find(id))
    ticks().pop(id, None)  # in the list of all runs


def _present(id, name):
    """The run as it is now. Raises RunError if it was deleted after the page was drawn."""
    if not store.exists(id):
        raise RunError(f"“{name}” does not exist any more: it was deleted meanwhile. Nothing was changed.")
    return store.find(id)


def _stop_button(run):
    stopping, queued = run.state == "stopping", run.state == "queued"
    is_recorded = run.state == "unreachable" and run.stop_requested
    st.button(
        "Stop is requested"
        if is_recorded
        else "Stopping …"
        if stopping
        else "Take from the queue"
        if queued
        else "Stop and keep the best epoch",
        icon=":material/stop_circle:",
        disabled=stopping or is_recorded,
        help=None if queued else STOP_HELP,
        key=f"stop-{run.id}",
        on_click=messages.clicked,
        args=(stop, run.id, run.name),
    )


def _give_up_button(run):
    with st.popover("Give up", icon=":material/cloud_off:", key=f"give-up-{run.id}"):
        st.text(
            f"Is the machine that trains “{run.name}” gone for good? Then record here that it has ended; "
            "afterwards it can be resumed or deleted. Should its worker live, it stops when it sees that."
        )
        st.button(
            "Record its end",
            key=f"give-up-for-good-{run.id}",
            on_click=messages.clicked,
            args=(give_up, run.id, run.name),
        )


def _resume_button(run):
    st.button(
        "Resume",
        icon=":material/resume:",
        key=f"resume-{run.id}",
        type="secondary" if run.failure in RESUME_FAILS_AGAIN else "primary",
        on_click=messages.clicked,
        args=(resume, run.id, run.name),
    )


def _rename_form(run):
    popover = st.popover("Rename", icon=":material/edit:", key=f"rename-{run.id}")
    with popover, st.form(f"rename-form-{run.id}", border=False):  # in a form Enter saves
        st.text_input(
            "New name",
            value=run.chosen_name,
            max_chars=NAME_LENGTH,
            key=f"name-{run.id}",
            placeholder=names.described(run.config),  # the name if the field is left empty
        )
        st.form_submit_button(
            "Save name",
            key=f"save-name-{run.id}",
            on_click=messages.clicked,
            args=(rename, run.id, run.name),
            kwargs={"done": "The run has its new name."},
        )


def _delete_button(run):
    with st.popover("Delete", icon=":material/delete:", key=f"delete-{run.id}"):
        st.text(f"Delete “{run.name}” with its model and curves? This cannot be undone.")
        st.button(
            "Delete for good",
            key=f"delete-for-good-{run.id}",
            on_click=messages.clicked,
            args=(delete, run.id),
            kwargs={"done": f"Deleted “{run.name}”.", "then": "pages/runs.py"},
        )
