"""The menu of a clicked word: leave it out, or put another word in its place. Called by explained_score.

Similar words are read from the network only for the word whose menu is open.
"""

import streamlit as st

from imdb_core.errors import UserError, sentence
from imdb_core.scoring import neighbours
from imdb_core.scoring.predictor import Predictor
from ui.change_list import LONGEST_WORD

KEY = "seen"  # of the component with the words


def menu(network: Predictor) -> dict:
    """What the menu in seen_words.js says, with the neighbours of the word that was clicked last."""
    state = st.session_state.get(KEY) or {}
    asked = state.get("asked")
    rows, remark = _neighbours(network, asked) if isinstance(asked, str) else ((), "")
    unit = "piece" if network.vocabulary.unit != "words" else "word"
    return {
        "help": "The words that the network sees. Arrow keys move from word to word, Enter changes a word.",
        "title": "Change",
        "leave": "Leave it out",
        "similar": f"Swap it for a {unit} that is similar to this network (1 is the same direction):",
        "looking": "Looking for similar words …",
        "another": "Another word",
        "put": "Put it in",
        "longest": LONGEST_WORD,
        "asked": asked if isinstance(asked, str) else None,
        "neighbours": rows,
        "remark": remark,
    }


def _neighbours(network, word):
    """((word, similarity) of each neighbour, why there is none)."""
    try:
        near = neighbours.nearest(network, word)
    except UserError as error:
        return (), sentence(error)
    if near is None:
        return (), "This network has no embedding, so no words are similar to it."
    if not near:
        return (), "This network does not know the word, so it has no similar words."
    return tuple((neighbour.word, f"{neighbour.similarity:.2f}") for neighbour in near), ""


def chosen() -> object:
    """What the visitor chose from the menu, inside the component's callback."""
    return (st.session_state.get(KEY) or {}).get("change")
