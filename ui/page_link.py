"""Changes of the page's link that outlive a message which the browser sent before it knew of them.

Every message of the browser brings the link of its address bar, and Streamlit takes this link over.
Suppose that a visitor moves a slider and then clicks at once. The message of the click still brings the
link from before the move, so the move would be undone. Therefore a callback changes the link by `change`,
the page begins with `restore_changes`, and a widget reads the link by `value`. Called by app.py,
ui/linked_widgets.py, panels.
"""

import time
from dataclasses import dataclass

import streamlit as st

from ui import streamlit_internals

ANSWER_SECONDS = 1.0  # after this time the browser knows the new link: an earlier one is a step back
_CHANGES = "link-changes"  # key of st.session_state: parameter -> _Change


@dataclass(frozen=True)
class _Change:
    before: frozenset[str | None]  # what a message may bring that was sent too early
    after: str | None
    page: str
    at: float  # time.monotonic()

    def is_new(self, page: str) -> bool:
        """Whether the browser may not know of it yet."""
        return page == self.page and time.monotonic() - self.at < ANSWER_SECONDS


def change(name: str, value: str | None) -> None:
    """Give a parameter of the link a value, or remove it (None). Call this from a widget's callback."""
    restore_changes()
    changes = st.session_state.setdefault(_CHANGES, {})
    page, known = streamlit_internals.page_of_this_run(), changes.get(name)
    earlier = known.before | {known.after} if known and known.is_new(page) else frozenset()
    before = earlier | {st.query_params.get(name)}
    changes[name] = _Change(before - {value}, value, page, time.monotonic())
    _write(name, value)


def value(name: str) -> str | None:
    """A parameter of the link, with the changes that the browser did not know of; None if it is not there."""
    restore_changes()
    requested: str | None = st.query_params.get(name)
    return requested


def restore_changes() -> None:
    """Repeat the changes that the browser did not know of when it sent the message for this run.

    A run of a fragment is never caused by the browser's Back button, so there an old link is always late.
    """
    page, is_fragment = streamlit_internals.page_of_this_run(), streamlit_internals.is_fragment_run()
    changes = st.session_state.get(_CHANGES, {})
    for name, each in list(changes.items()):
        is_undone = st.query_params.get(name) in each.before
        if is_undone and (each.is_new(page) or (is_fragment and page == each.page)):
            _write(name, each.after)
        elif st.query_params.get(name) != each.after:
            del changes[name]  # the visitor went back, or opened another link


def _write(name: str, value: str | None) -> None:
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
