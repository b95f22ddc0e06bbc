"""Exclude texts of a data set by a click, undo that, and list the excluded texts.

For panels/labels_to_look_at.py and panels/repeated_texts.py.
"""

import streamlit as st

from imdb_core.quality import decisions
from imdb_core.quality.material import text_of
from ui import messages
from ui.formats import counted, escaped
from ui.messages import read_or_show_error
from ui.paging import page_of

TEXTS_A_PAGE = 10
EXCERPT = 200  # characters
REASONS = {
    decisions.LABEL: "its label was contradicted",
    decisions.DUPLICATE: "it is a duplicate",
    "": "excluded by hand",
}


def exclude(name: str, indices: list[int], why: str) -> None:
    """The action of a button: exclude these texts, and offer the undo until the next exclusion."""
    decisions.exclude(name, indices, why)
    st.session_state[_newest(name)] = indices


def show_undo(name: str, excluded) -> None:
    """Show the texts that were excluded last, with a button that includes them again."""
    indices = [index for index in st.session_state.get(_newest(name), ()) if index in excluded]
    if not indices:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        what = f"text {indices[0] + 1:,}" if len(indices) == 1 else counted(len(indices), "text")
        st.markdown(f"You have just excluded {what}.")
        _include_button("Undo", name, indices, key=f"undo-{name}")


def show_excluded(name: str, excluded) -> None:
    """All excluded texts, the newest first, each with its reason and a button that includes it again."""
    if not excluded:
        return
    newest = list(excluded.items())[::-1]
    with st.expander(counted(len(excluded), "excluded text"), icon=":material/undo:"):
        st.caption("They take no part in trainings and scores. The data set keeps them.")
        for index, why in page_of(newest, TEXTS_A_PAGE, key=f"excluded-page-{name}"):
            text = read_or_show_error(text_of, name, index) or ""
            with st.container(horizontal=True, vertical_alignment="center"):
                _include_button("Include again", name, [index], key=f"include-{name}-{index}")
                reason = REASONS.get(why) or escaped(why)
                st.markdown(f"Text {index + 1:,}, {reason}: {escaped(text[:EXCERPT])}")


def _include_button(label, name, indices, *, key):
    st.button(
        label,
        icon=":material/undo:",
        key=key,
        on_click=messages.clicked,
        args=(decisions.include, name, indices),
        kwargs={"done": f"{counted(len(indices), 'text')} included again."},
    )


def _newest(name):
    """The key of st.session_state for the texts that were excluded last."""
    return f"newest-excluded-{name}"
