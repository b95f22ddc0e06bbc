"""The words that the visitor has changed, with the scores before and after. Called by explained_score."""

import streamlit as st

from imdb_core import answers
from imdb_core.scoring import explanations
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui import change_list
from ui.class_words import class_name
from ui.formats import escaped, shortened, signed

LONGEST_SHOWN = 40  # characters of a word in the list


def show_changed_words(network: Predictor, of: int, limit: TimeLimit) -> None:
    """Show each change with its scores by this network, and the buttons that undo."""
    if remark := change_list.remark():
        st.caption(remark)
    changes = change_list.changes()
    if not changes:
        return
    st.markdown("**Your changes**, scored by the network and epoch chosen above")
    texts = {text for change in changes for text in (change.before, change.after)}
    odds = {text: explanations.log_odds(network, text, limit, of=of) for text in texts}
    name = class_name(network.config.classes, of)
    st.markdown("\n".join(_line(change, odds, name) for change in changes))
    _show_buttons()


def _line(change, odds, name):
    """- without “not”: 12.3% → **71.0%** positive (log-odds +2.9)."""
    word, to = (escaped(shortened(text, LONGEST_SHOWN)) for text in (change.word, change.to))
    what = f"“{word}” → “{to}”" if change.to else f"without “{word}”"
    before, after = odds[change.before], odds[change.after]
    shares = f"{answers.share(before):.1%} → **{answers.share(after):.1%}**"
    scores = f"{shares} {escaped(name)} (log-odds {signed(after - before, 1)})"
    return f"- ~~{what}~~: {scores}, undone" if change.undone else f"- {what}: {scores}"


def _show_buttons():
    places = change_list.to_undo()
    with st.container(horizontal=True):
        if places:
            st.button(
                "Undo the last change",
                on_click=change_list.undo_changes,
                kwargs={"all_of_them": False},
                icon=":material/undo:",
                key="undo-change",
            )
        if len(places) > 1:
            st.button(
                "Undo all changes",
                on_click=change_list.undo_changes,
                kwargs={"all_of_them": True},
                key="undo-changes",
            )
        st.button(
            "Clear the list", on_click=change_list.forget_changes, type="tertiary", key="forget-changes"
        )
    if not places and not all(change.undone for change in change_list.changes()):
        st.caption("The text was typed on since the last change, so there is nothing to undo here.")
