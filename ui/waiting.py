"""End a page's long computation if its visitor has left. Called by pages that score reviews."""

import streamlit as st


def pause() -> None:
    """Call this between two steps of a long computation: Streamlit ends the script here if the visitor left
    or typed on.

    Streamlit checks for this whenever a script reads the session's state.
    """
    "review" in st.session_state  # noqa: B015 - only for Streamlit's check
