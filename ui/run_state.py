"""The state of a run as an icon and a word in colour."""

import streamlit as st

from imdb_core.runs.store import Run

ICONS = {
    "queued": ":material/hourglass_empty:",
    "starting": ":material/start:",
    "running": ":material/play_arrow:",
    "stopping": ":material/front_hand:",
    "unreachable": ":material/cloud_off:",
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
    "interrupted": ":material/power_off:",
    "damaged": ":material/broken_image:",
}
COLORS = {
    "finished": "green",
    "failed": "red",
    "damaged": "red",
    "interrupted": "orange",
    "unreachable": "orange",
    "running": "blue",
}


def state_badge(run: Run) -> None:
    """Show the run's state."""
    st.badge(run.state, icon=ICONS[run.state], color=COLORS.get(run.state, "gray"))
