"""What became of a click: the action, and the sentence about it, which outlives the rerun or the change of page that follows.

A click's action runs as the button's callback, with the values that the button was drawn with:
`st.button(..., on_click=messages.perform, args=(action, *arguments))`. So it acts on what the user saw, even if the page has
changed before the click arrives. Every page shows what is kept below its title (`show`, called by `page_heading`).
"""

from collections.abc import Callable

import streamlit as st

from imdb_core.errors import UserError, sentence
from imdb_core.runs import locks
from ui import words

_WAITING, _SHOWN, _NEXT_PAGE = "messages-waiting", "messages-shown", "next-page"  # keys of st.session_state


def perform(action: Callable, *arguments, done: str = "", then: str = "") -> bool:
    """Call `action(*arguments)` and say whether it succeeded; then the whole page follows, also from within a fragment.

    If it fails, the reason is kept for the page that is shown next. If not, that page shows `done` for a moment, and `then`
    is the page that is shown next.
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
    """perform() as the callback of a button."""
    perform(action, *arguments, done=done, then=then)
    st.rerun()  # a callback in a fragment would be followed by that fragment only


def show() -> None:
    """Show what no page has shown yet, or go to the page that a successful action leads to, which shows it.

    A failure stays until the next rerun that the user causes.
    """
    if page := st.session_state.pop(_NEXT_PAGE, None):
        st.switch_page(page)
    st.session_state[_SHOWN] = messages = list(dict.fromkeys(st.session_state.pop(_WAITING, [])))
    for kind, text in messages:
        if kind == "failed":
            st.error(words.plain(text), icon=":material/error:")
        else:
            st.toast(words.plain(text), icon=":material/check:")


def _show_waiting(text: str) -> None:
    """Tell the user, while the click is still being obeyed, for which process it waits."""
    st.toast(words.plain(text), icon=":material/hourglass_top:")


def refresh() -> None:
    """Rerun the page for a reason of its own: failures that the user may still be reading are shown again."""
    failures = [message for message in st.session_state.get(_SHOWN, ()) if message[0] == "failed"]
    st.session_state[_WAITING] = failures + st.session_state.get(_WAITING, [])
    st.rerun()
