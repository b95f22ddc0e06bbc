"""End a page's long computation as soon as its visitor has left or typed on. Called by pages that score."""

import streamlit as st


def cancellation_point() -> None:
    """Call this between two steps of a long computation. The script ends here if nobody waits for it.

    Streamlit checks for this whenever a script reads the session's state.
    """
    "review" in st.session_state  # noqa: B015 - reading the state is the purpose
