"""The classes of a data set before it is stored: counts, examples, merging, leaving out.

Called by the page "Your texts".
"""

import streamlit as st

from imdb_core.data.own import limits
from imdb_core.data.own.proposal import DROPPED, Class, Dropped
from ui.formats import counted, escaped, shortened
from ui.panels.own_texts_draft import Draft, controlled, decision
from ui.panels.own_texts_list import quoted
from ui.tables import small_table

LONGEST_EXAMPLE = 90  # characters
MOST_ROWS = 60  # of the table; more classes than are allowed may come from a wrong column


def show_classes(draft: Draft) -> None:
    """Show the classes and how labels become classes; the widgets change the draft."""
    classes = draft.proposal.classes[:MOST_ROWS]
    if classes:
        small_table(
            {
                "class": [escaped(quoted(each.name)) for each in classes],
                "training texts": [f"{each.training:,}" for each in classes],
                "test texts": [f"{each.test:,}" for each in classes],
                "example": [_example(each) for each in classes],
            }
        )
    for warning in draft.proposal.warnings:
        st.warning(escaped(warning), icon=":material/warning:")
    with st.expander("Merge labels, or leave some out", icon=":material/merge:"):
        _show_merging(draft)
        _show_left_out(draft)


def show_dropped(draft: Draft) -> None:
    """Show what is not stored and why, and how long the texts are."""
    understood = draft.proposal
    with st.container(horizontal=True):
        st.metric("Training texts", f"{understood.training_texts:,}", border=True)
        st.metric("Test texts", f"{understood.test_texts:,}", border=True)
        if understood.unlabelled:
            st.metric("Texts without label", f"{understood.unlabelled:,}", border=True)
        st.metric("Half have at most", counted(understood.median_words, "word"), border=True)
        st.metric("The longest has", counted(understood.longest, "character"), border=True)
    if understood.dropped:
        st.markdown("**Rows that are not stored**")
        small_table(
            {
                "rows": [f"{each.count:,}" for each in understood.dropped],
                "why": [DROPPED[each.reason] for each in understood.dropped],
                "where": [escaped(_places(each)) for each in understood.dropped],
            }
        )
    titles = {"": "drop, unless the test part is given", "yes": "drop", "no": "keep"}
    decision(draft, "drop_duplicates", "Texts that come again", titles, width=300)


def _example(each: Class) -> str:
    return escaped(shortened(each.examples[0], LONGEST_EXAMPLE)) if each.examples else ""


def _places(each: Dropped) -> str:
    places = [f"line {place}" if isinstance(place, int) else place for place in each.places]
    return ", ".join(places) + (", …" if each.count > len(places) else "")


def _show_merging(draft: Draft) -> None:
    labels, merges = draft.proposal.labels, draft.choices.merges
    for target in dict.fromkeys(merges.values()):
        old = [label for label, name in merges.items() if name == target]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{', '.join(quoted(label) for label in old)} → {quoted(target)}", width="content")
            st.button("Undo", key=f"own-undo-{target}", on_click=_undo, args=(draft, target))
    keys = f"own-merge-{draft.number}", f"own-merge-name-{draft.number}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "Labels to merge", list(labels), format_func=_titled(labels), key=keys[0], width=340
        )
        name = st.text_input(
            "into the class",
            max_chars=limits.LONGEST_LABEL,
            key=keys[1],
            width=220,
            placeholder=_largest(labels, chosen),
        )
        st.button(
            "Merge",
            disabled=not chosen,
            key="own-merge",
            on_click=_merge,
            args=(draft, chosen, name.strip() or _largest(labels, chosen), keys),
        )


def _show_left_out(draft: Draft) -> None:
    labels = draft.proposal.labels
    controlled(
        draft,
        "left-out",
        [label for label in draft.choices.left_out if label in labels],
        lambda chosen: draft.choose(left_out=tuple(chosen)),
        lambda **more: st.multiselect(
            "Labels to leave out", list(labels), format_func=_titled(labels), **more
        ),
        labels,
    )


def _merge(draft: Draft, labels: list[str], name: str, keys: tuple[str, str]) -> None:
    draft.choose(merges=draft.choices.merges | dict.fromkeys(labels, name))
    st.session_state[keys[0]], st.session_state[keys[1]] = [], ""


def _undo(draft: Draft, target: str) -> None:
    draft.choose(merges={label: name for label, name in draft.choices.merges.items() if name != target})


def _largest(labels: dict[str, int], chosen: list[str]) -> str:
    """The most frequent of the chosen labels: the name that the class gets if the visitor types none."""
    return max(chosen, key=lambda label: labels.get(label, 0), default="")


def _titled(labels: dict[str, int]):
    return lambda label: f"{quoted(label)}, {counted(labels.get(label, 0), 'row')}"
