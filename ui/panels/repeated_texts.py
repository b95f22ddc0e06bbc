"""Texts that stand in a data set more than once, with buttons to exclude them. For labels_to_look_at.py."""

import streamlit as st

from imdb_core.quality import decisions
from imdb_core.quality.material import text_of
from imdb_core.quality.reports import Copies, TextReport
from ui import messages
from ui.formats import counted, escaped
from ui.messages import read_or_show_error
from ui.paging import page_of
from ui.panels.excluded_texts import exclude

GROUPS_A_PAGE = 5


def show_repeated_texts(name: str, report: TextReport, excluded) -> None:
    """Show the counts, a button that excludes all repeated training texts, and the groups one by one."""
    st.subheader("Duplicates")
    st.markdown(_counts(report))
    groups = [(copies, _left(copies, excluded)) for copies in report.copies]
    groups = [(copies, left) for copies, left in groups if len(left) > 1]
    repeated = [index for copies, _ in groups for index in decisions.repeated(copies, excluded)]
    if repeated:
        st.button(
            f"Exclude {counted(len(repeated), 'repeated training text')}",
            icon=":material/content_copy:",
            key=f"exclude-repeated-{name}",
            help="Of each text one stays: the test text if there is one, else the first. Texts with "
            "different labels stay, because one of their labels is wrong.",
            on_click=messages.clicked,
            args=(exclude, name, repeated, decisions.DUPLICATE),
            kwargs={"done": f"Excluded {counted(len(repeated), 'text')}."},
        )
    for copies, left in page_of(groups, GROUPS_A_PAGE, key=f"copies-page-{name}"):
        _show_group(name, copies, left, report.classes)


def _counts(report: TextReport) -> str:
    if not report.groups:
        return "There are no exact and no near duplicates."
    unsure = "" if report.all_compared else " So many texts are similar that not all pairs were compared."
    return (
        "Texts with duplicates, exact or near (90 % of their three-word phrases are the same): "
        f"**{report.groups:,}**. Training texts that repeat an earlier one: **{report.repeated:,}**. "
        f"Test texts that are training texts too: **{report.in_training:,}**. "
        f"Texts with different labels: **{report.with_other_labels:,}**.{unsure}"
    )


def _left(copies: Copies, excluded):
    """The members that still take part."""
    return [member for member in copies.members if member[1] not in excluded]


def _show_group(name, copies, left, classes):
    kind = "the same" if copies.similarity == 1 else f"{copies.similarity:.0%} the same"
    notes = [f"{counted(copies.texts, 'text')}, {kind}"]
    notes += ["in training and test"] if copies.across else []
    notes += ["**with different labels**"] if copies.has_other_labels else []
    text = read_or_show_error(text_of, name, left[0][1])
    if text is None:
        return
    with st.container(border=True):
        st.markdown(" · ".join(notes))
        st.text(text[:300] + ("…" if len(text) > 300 else ""))
        for part, index, label in left:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Text {index + 1:,} ({part}): **{escaped(classes[label])}**")
                st.button(
                    "Exclude",
                    key=f"exclude-copy-{name}-{index}",
                    on_click=messages.clicked,
                    args=(exclude, name, [index], decisions.DUPLICATE),
                    kwargs={"done": "Excluded 1 text."},
                )
