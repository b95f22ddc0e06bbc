"""The titles of the runs in a list from which the visitor chooses."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from imdb_core.runs.names import display_names
from imdb_core.runs.store import Run


def run_titles(runs: dict[str, Run], *, with_state: bool = False) -> dict[str, str]:
    """The titles of runs by key, each different: "LSTM, dropout 0.4", with the state if `with_state`."""
    names = display_names(runs, visitor_zone())
    if not with_state:
        return names
    return {key: f"{names[key]} · {run.state}" if key == run.id else names[key] for key, run in runs.items()}


def visitor_zone() -> tzinfo | None:
    """The time zone of the visitor's browser; None, for the zone of this machine, if it is unknown."""
    try:
        return ZoneInfo(st.context.timezone) if st.context.timezone else None
    except (KeyError, ValueError, OSError):  # no such zone on this machine, or no valid name of a zone
        return None
