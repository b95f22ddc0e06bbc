"""The buttons of one run (stop, resume, rename, delete) and links to pages for it. Called by the pages of one
and of all runs.

A button's key and its action hold the run's id. So a click acts on the run whose name was shown beside it, or
on no run.
"""

import streamlit as st

from imdb_core.errors import RunError
from imdb_core.runs import launcher, store
from ui import messages

# After a failure with one of these causes, a resumed run fails again unless the user first removes the cause.
RESUME_FAILS_AGAIN = ("reviews_unusable", "out_of_memory", "diverged")
NAME_LENGTH = 80  # characters


def run_buttons(run: store.Run, key: str) -> None:
    """Stop, resume, score, train again, rename and delete, as the run's state allows; pretrained ones cannot
    be changed.
    """
    own, shown = key == run.id, (run.id, run.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state in ("queued", *store.ACTIVE):
            stopping = run.state == "stopping"
            label = "Stopping …" if stopping else "Stop"
            icon = ":material/stop_circle:"
            st.button(
                label,
                icon=icon,
                disabled=stopping,
                key=f"stop-{run.id}",
                on_click=messages.clicked,
                args=(stop, *shown),
            )
        if own and run.can_resume and run.config:
            kind = "secondary" if run.failure in RESUME_FAILS_AGAIN else "primary"
            icon, action = ":material/resume:", (resume, *shown)
            st.button(
                "Resume", icon=icon, key=f"resume-{run.id}", type=kind, on_click=messages.clicked, args=action
            )
        if run.has_model and not run.damaged:
            st.page_link(
                "pages/classify.py",
                label="Type a review",
                icon=":material/edit_note:",
                query_params={"model": key},
            )
        if run.config:
            st.page_link(
                "pages/train.py", label="Train a variant", icon=":material/tune:", query_params={"from": key}
            )
        if own and run.config:
            _rename_form(run)
        if own and not run.active:
            _delete_button(run)


def after_failure(run: store.Run, key: str) -> None:
    """Links to pages where the user can remove the cause of a failure, if the cause is known."""
    with st.container(horizontal=True):
        if run.failure == "reviews_unusable":
            demo = {"from": key, "change": "dataset=demo"}
            label = "Train the same on the synthetic demo reviews"
            st.page_link("pages/train.py", label=label, icon=":material/model_training:", query_params=demo)
            st.page_link("pages/data.py", label="Get the reviews", icon=":material/menu_book:")
        if run.failure == "disk_failed":
            st.page_link("pages/runs.py", label="Delete runs to make room", icon=":material/delete:")
        if run.failure == "out_of_memory":
            label = "Train with smaller values"
            st.page_link("pages/train.py", label=label, icon=":material/tune:", query_params={"from": key})


def stop(id: str, name: str) -> None:
    """Stop the run or take it from the queue. Raises RunError if it was deleted or has ended by itself, and
    OSError.
    """
    run = _present(id, name)
    if run.state in ("finished", "failed", "interrupted"):
        raise RunError(f"“{run.name}” is {run.state} already; it ended before it could be stopped.")
    launcher.stop(run)


def resume(id: str, name: str) -> None:
    """Queue the run again, unless it is queued or active already. Raises as launcher.resume, and RunError if
    it was deleted.
    """
    run = _present(id, name)
    if run.state != "queued" and not run.active:
        launcher.resume(run)


def rename(id: str, name: str) -> None:
    """Give the run the name in its form. Raises ConfigError for the name, RunError if the run was deleted."""
    store.rename(_present(id, name), st.session_state[f"name-{id}"])


def delete(id: str) -> None:
    """Delete the run; does nothing if it was deleted already, for instance in another tab. Raises RunError."""
    if store.exists(id):
        store.delete(store.find(id))
    if st.session_state.get("selected") == id:  # in the list of all runs
        st.session_state["selected"] = None


def _present(id, name):
    """The run as it is now; raises RunError if it was deleted after the page was drawn."""
    if not store.exists(id):
        raise RunError(f"“{name}” does not exist any more: it was deleted meanwhile. Nothing was changed.")
    return store.find(id)


def _rename_form(run):
    popover = st.popover("Rename", icon=":material/edit:", key=f"rename-{run.id}")
    with popover, st.form(f"rename-form-{run.id}", border=False):  # in a form Enter saves
        st.text_input("New name", value=run.name, max_chars=NAME_LENGTH, key=f"name-{run.id}")
        action = {"args": (rename, run.id, run.name), "kwargs": {"done": "The run has its new name."}}
        st.form_submit_button("Save name", key=f"save-name-{run.id}", on_click=messages.clicked, **action)


def _delete_button(run):
    with st.popover("Delete", icon=":material/delete:", key=f"delete-{run.id}"):
        st.text(f"Delete “{run.name}” with its model and curves? This cannot be undone.")
        action = {
            "args": (delete, run.id),
            "kwargs": {"done": f"Deleted “{run.name}”.", "then": "pages/runs.py"},
        }
        st.button("Delete for good", key=f"delete-for-good-{run.id}", on_click=messages.clicked, **action)
