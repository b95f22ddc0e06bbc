"""The data set that a visitor is about to add: the file, the choices so far, and the Proposal for it.

Called by the panels own_texts_*. A draft stays in the session while other pages are shown.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from imdb_core.data.own import proposal
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.proposal import Proposal
from imdb_core.errors import UserError, sentence
from ui.linked_widgets import set_widget

_DRAFT, _NUMBER = "own-draft", "own-draft-number"  # keys of st.session_state


@dataclasses.dataclass
class Draft:
    """`read` are the choices with which the file was read last, and `error` says why that failed.

    `proposal` is the result of that reading; after an error, the result of the reading before.
    """

    path: Path
    stamp: tuple[int, int]  # size and time of the file; a changed file is another draft
    number: int  # tells the widgets of this draft from those of an earlier one
    choices: Choices = dataclasses.field(default_factory=Choices)
    read: Choices | None = None
    proposal: Proposal | None = None
    error: str = ""

    def choose(self, **changes: Any) -> None:
        """Change some of the choices."""
        self.choices = dataclasses.replace(self.choices, **changes)


def draft(path: Path) -> Draft:
    """The visitor's draft of this file. Raises OSError if the file is gone."""
    status = path.stat()
    stamp = (status.st_size, status.st_mtime_ns)
    known = st.session_state.get(_DRAFT)
    if known is None or (known.path, known.stamp) != (path, stamp):
        st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1
        st.session_state[_DRAFT] = known = Draft(path, stamp, st.session_state[_NUMBER])
    return known


def forget() -> None:
    """Drop the draft, for instance because its data set is stored."""
    st.session_state.pop(_DRAFT, None)


def read(draft: Draft) -> None:
    """Read the file with the draft's choices, unless that was done. Another choice ends the reading."""
    choices = dataclasses.replace(draft.choices, name="", noun="")
    if draft.read == choices:
        return
    bar = st.empty()

    def progress(done: int, total: int) -> None:
        bar.progress(done / total if total else 0.0, f"Read {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    with st.spinner("Reading the file …"):
        try:
            draft.proposal, draft.error = proposal.propose(draft.path, choices, progress), ""
        except (UserError, OSError) as error:
            draft.error = sentence(error)
    bar.empty()
    draft.read = choices


def read_again(draft: Draft) -> None:
    """Forget that the file was read, so that the next run reads it."""
    draft.read = None


# A selectbox shows None as "nothing chosen". So each choice is a text, also the choice to let the app decide.
_AS_TEXT = {None: "", True: "yes", False: "no"}


def decision(draft: Draft, field: str, label: str, titles: dict[str, str], **more: Any) -> None:
    """A selectbox for a field of Choices that is True, False or None; `titles` has "", "yes" and "no"."""
    values = {text: value for value, text in _AS_TEXT.items()}
    controlled(
        draft,
        field,
        _AS_TEXT[getattr(draft.choices, field)],
        lambda text: draft.choose(**more.get("resets", {}) | {field: values[text]}),
        lambda **options: st.selectbox(
            label, list(titles), format_func=titles.get, width=more["width"], **options
        ),
        titles,
    )


def controlled(
    draft: Draft, name: str, value: Any, follow: Callable, widget: Callable, titles: dict | None = None
) -> Any:
    """A widget that shows `value`; `follow(new value)` is called when the visitor changes it.

    `titles` (value -> shown title) are needed for a widget with options that can change.
    """
    key = f"own-{name}-{draft.number}"
    set_widget(key, value, titles)
    return widget(key=key, on_change=lambda: follow(st.session_state[key]))
