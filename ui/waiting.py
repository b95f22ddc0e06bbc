"""Whether a visitor still waits for what a page computes. Called by pages that score reviews."""

import streamlit as st


def pause() -> None:
    """Call it between two steps of a long computation: Streamlit ends the script here if the visitor left or typed on.

    Streamlit looks whether a script is still wanted each time the script uses an element or the session's state.
    """
    "review" in st.session_state  # noqa: B015 - the look itself is what counts
