"""The box for a review: a text area that reports while the user types (ui/browser/review_box.js)."""

import secrets

import streamlit as st

from ui.browser import component

PAUSE_MILLISECONDS = 150  # the typing pause after which the browser sends the text

LONGEST_LINK = 8000  # characters of a link with the text; mail programs and proxies cut longer links
LINK_WORDS = {
    "copy": "Copy link with this text",
    "empty": "Type a text first; then the link can hold it.",
    "copied": "Copied. The link holds network, epoch and text: whoever has it can read the text.",
    "selected": "Copy this link. It holds the network, the epoch and the text.",
    "too_long": "This text is too long for a link ({size} of {most} characters). Send the text itself.",
    "unreadable": "The text in the link cannot be read. Ask for the link again.",
}

_REVIEW_BOX = component("review_box")


def review_box(*, key: str, longest: int, name: str, subject: str) -> tuple[str, int]:
    """Show the box; returns (the last `longest` characters of its text, the length of the whole text).

    `name` and `subject` are what the text is, such as "review" and "film review".
    The browser sends the text after a typing pause. It keeps the text while its tab is open, and sends it
    again to a new session.
    """
    review = _review(key)

    def typed():
        state = st.session_state[key]
        review.update(text=state.get("text") or "", characters=state.get("characters") or 0)

    data = {
        "label": f"Your {name}",
        "placeholder": f"Type or paste a {subject} …",
        "longest": longest,
        "pause": PAUSE_MILLISECONDS,
        "key": key,
        "text": review["text"],
        "revision": review["revision"],
        "link": (*LINK_WORDS.items(), ("most", LONGEST_LINK)),  # for a dict Streamlit would load pandas
    }
    box = _REVIEW_BOX(key=key, data=data, on_text_change=typed, on_characters_change=typed)
    if box.text and not review["text"]:  # after a restart of the server, the browser brings the text back
        review.update(text=box.text, characters=box.characters or len(box.text))
    return review["text"], review["characters"]


def typed_text(key: str) -> str:
    """The text of the box, as the server knows it."""
    return _review(key)["text"]


def set_review(text: str, *, key: str) -> None:
    """Put `text` into the box, even while the box is not shown. Call this from a button's callback."""
    _review(key).update(text=text, characters=len(text), revision=secrets.token_hex(8))


def _review(key):
    """The session's copy of the text; it outlives the box. A new `revision` makes the browser show it."""
    empty = {"text": "", "characters": 0, "revision": secrets.token_hex(8)}
    return st.session_state.setdefault(f"{key}-kept", empty)
