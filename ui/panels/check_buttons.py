"""The buttons that check a data set, and the progress of a check. For panels/labels_to_look_at.py."""

import streamlit as st

from imdb_core import architectures
from imdb_core.quality import check
from ui import messages
from ui.formats import duration, escaped
from ui.labels import choice

STAGES = {"texts": "Looking for duplicates and telling words", "labels": "Counting words, five folds"}


def show_check_buttons(name: str) -> None:
    """Show the progress of the running check of `name`, or the buttons; the page is redrawn at the end."""
    running = check.job(name).is_running()
    st.fragment(_show, run_every=2 if running else None)(name, running)


def _show(name, was_running):
    if check.job(name).is_running():
        _show_progress(name)
        return
    if was_running:
        messages.refresh()
    if failure := check.job(name).failure():
        st.error(escaped(failure), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _show_buttons(name)


def _show_progress(name):
    progress = check.job(name).progress()
    st.progress(progress.share if progress else 0.0, _progress_text(progress))
    st.button(
        "Stop the check",
        icon=":material/stop:",
        key=f"check-stop-{name}",
        on_click=messages.clicked,
        args=(check.job(name).stop,),
    )


def _show_buttons(name):
    st.button(
        "Check the data set",
        icon=":material/fact_check:",
        key=f"check-{name}",
        help="By counting words, in the background: a minute for 25,000 texts.",
        on_click=messages.clicked,
        args=(check.start, name),
    )
    networks = architectures.names()
    network = st.selectbox(
        "Or let a network judge the labels",
        networks,
        # Networks that count phrases instead of embedding words are trained in the shortest time.
        index=next((at for at, each in enumerate(networks) if not architectures.get(each).embeds), 0),
        format_func=choice,
        key=f"check-network-{name}",
        width=280,
    )
    st.button(
        f"Train it {check.NETWORK_FOLDS} times",
        icon=":material/model_training:",
        key=f"check-by-network-{name}",
        help="Once per fold, on the texts of all other folds. An ended check goes on with the next fold.",
        on_click=messages.clicked,
        args=(check.start_network, name, network),
    )


def _progress_text(progress):
    """What is being done, and how long it still takes once that can be told; `progress` may be None."""
    if progress is None:
        return "The check begins …"
    stage = STAGES.get(progress.stage) or f"Training {escaped(progress.stage)} on other folds"
    left = progress.seconds_left
    if left is None:
        return stage
    return f"{stage}: {progress.share:.0%}, about {duration(left)} left"
