"""Perform the action of a click and keep the sentence about it until a page has shown it.

An action runs as its button's callback, with the arguments that the button was drawn with: `st.button(...,
on_click=messages.clicked, args=(action, *arguments))`. So it acts on what the user saw, even if the page has
changed before the click arrives. Every page shows the waiting sentences below its title (`show`, called by
`page_heading`).
"""

from collections.abc import Callable

import streamlit as st

from imdb_core.errors import TextsMissing, UserError, sentence
from imdb_core.runs import locks
from ui.empty_store import show_missing
from ui.formats import escaped

_WAITING, _SHOWN, _NEXT_PAGE = "messages-waiting", "messages-shown", "next-page"  # keys of st.session_state


def perform(action: Callable, *arguments, done: str = "", then: str = "") -> bool:
    """Call `action(*arguments)`; returns whether it succeeded.

    If it raises UserError or OSError, the next page shows the error's sentence. If it succeeds, the next page
    is `then`, or the same page, and shows the sentence `done` for a moment.
    """
    try:
        with locks.announcing(_show_waiting):
            action(*arguments)
        message, succeeded = ("done", done), True
    except (UserError, OSError) as error:
        message, succeeded = ("failed", sentence(error)), False
    if message[1]:
        st.session_state.setdefault(_WAITING, []).append(message)
    if succeeded and then:
        st.session_state[_NEXT_PAGE] = then
    return succeeded


def clicked(action: Callable, *arguments, done: str = "", then: str = "") -> None:
    """perform() as a button's callback. Then the whole page is drawn again, not only a fragment."""
    perform(action, *arguments, done=done, then=then)
    st.rerun()  # without this, only the button's fragment would be drawn again


def show() -> None:
    """Show the waiting sentences, or go to the page to which a successful action leads.

    That page then shows the sentences. A failure stays visible until the user does something (see refresh()).
    """
    if page := st.session_state.pop(_NEXT_PAGE, None):
        st.switch_page(page)
    st.session_state[_SHOWN] = messages = list(dict.fromkeys(st.session_state.pop(_WAITING, [])))
    for kind, text in messages:
        if kind == "failed":
            st.error(escaped(text), icon=":material/error:")
        else:
            st.toast(escaped(text), icon=":material/check:")


def refresh() -> None:
    """Rerun the page without a click, for instance because a run has ended. Failures stay visible."""
    failures = [message for message in st.session_state.get(_SHOWN, ()) if message[0] == "failed"]
    st.session_state[_WAITING] = failures + st.session_state.get(_WAITING, [])
    st.rerun()


def read_or_show_error(read: Callable, *arguments):
    """The result of `read(*arguments)`; for a UserError or OSError shows its sentence and returns None.

    For what a page reads while it is drawn. An action of a click goes through perform(), because its sentence
    must outlive a rerun.
    """
    try:
        return read(*arguments)
    except TextsMissing as error:
        show_missing(escaped(sentence(error)), "data")
    except (UserError, OSError) as error:
        st.error(escaped(sentence(error)), icon=":material/error:")
    return None


def _show_waiting(text: str) -> None:
    """Say for which process an action waits, while it waits."""
    st.toast(escaped(text), icon=":material/hourglass_top:")
