"""The changes of single words that a visitor makes by a click: the text they give, their list, and undo.

The list is kept in the session; each change knows the text before and after it. Called by the panels of the
text page.
"""

from dataclasses import dataclass, replace

import streamlit as st

from imdb_core.data.reading import Reading
from imdb_core.data.vocabulary import clean
from imdb_core.scoring.word_changes import changed, in_case_of
from ui.review_box import set_review, typed_text

MOST_CHANGES = 12  # of the list; the oldest leaves first
LONGEST_WORD = 60  # characters of a word that the visitor types
_LIST, _REMARK = "word-changes", "word-change-remark"  # keys of st.session_state
_BOX = "review"


@dataclass(frozen=True)
class WordChange:
    """One change: `word` was left out (`to` is "") or replaced by `to`."""

    word: str
    to: str
    before: str  # the whole text
    after: str
    undone: bool = False


def changes() -> list[WordChange]:
    """All changes of the list, the oldest first."""
    return st.session_state.get(_LIST, [])


def apply_change(shown: str, reading: Reading, asked: object) -> None:
    """Change the word that the visitor clicked: {"position": 3, "word": "good", "to": "great"}.

    `reading` belongs to the `shown` text. The visitor may meanwhile have typed after the word. If the text up
    to the end of the word has changed, no word is changed, and remark() says so.
    """
    text, position, clicked, to = typed_text(_BOX), *_valid(asked)
    if position < 0:
        return
    start, end = reading.spans[position] if position < len(reading.spans) else (0, 0)
    if not end or reading.words[position] != clicked or text[:end] != shown[:end]:
        st.session_state[_REMARK] = "The text has changed meanwhile. Click the word again."
        return
    word = text[start:end]
    after = changed(text, (start, end), in_case_of(to, word) if to else "")
    st.session_state[_LIST] = [*changes(), WordChange(word, to, text, after)][-MOST_CHANGES:]
    set_review(after, key=_BOX)


def apply_all(steps: list[WordChange]) -> None:
    """Make several changes, each of the text after the change before it; none if the text has changed."""
    if not steps or typed_text(_BOX) != steps[0].before:
        st.session_state[_REMARK] = "The text has changed meanwhile, so nothing was swapped. Try again."
        return
    st.session_state[_LIST] = [*changes(), *steps][-MOST_CHANGES:]
    set_review(steps[-1].after, key=_BOX)


def text_in_box() -> str:
    """The text that the changes change."""
    return typed_text(_BOX)


def remark() -> str:
    """Why the last click changed nothing, returned only once; "" if it changed the text."""
    return st.session_state.pop(_REMARK, "")


def to_undo() -> list[int]:
    """The places in changes() of the changes that led to the text in the box, the last change first.

    Empty if the visitor has typed since: then undoing would lose what was typed.
    """
    places, text = [], typed_text(_BOX)
    for place in reversed(range(len(changes()))):
        change = changes()[place]
        if not change.undone and change.after == text:
            places.append(place)
            text = change.before
    return places


def undo_changes(*, all_of_them: bool) -> None:
    """Put the text before the last change, or before all changes, back into the box."""
    places = to_undo()
    if not places:
        return
    chosen = places if all_of_them else places[:1]
    set_review(changes()[chosen[-1]].before, key=_BOX)
    st.session_state[_LIST] = [
        replace(change, undone=True) if place in chosen else change for place, change in enumerate(changes())
    ]


def forget_changes() -> None:
    """Empty the list; the text stays."""
    st.session_state.pop(_LIST, None)


def _valid(asked):
    """(position, clicked word, new word) of what a browser sent; (-1, "", "") for anything else."""
    if not isinstance(asked, dict) or type(asked.get("position")) is not int:
        return -1, "", ""
    to = asked.get("to")
    return (
        asked["position"],
        asked.get("word"),
        " ".join(clean(to).split())[:LONGEST_WORD] if isinstance(to, str) else "",
    )
