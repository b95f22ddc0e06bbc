"""Labels to look at, duplicates, telling words and rare classes of a data set of the user's own.

Called by the page "Your texts". Buttons exclude a text or note that its label is right; both can be undone.
"""

import streamlit as st

from imdb_core.data.own import store
from imdb_core.quality import decisions, reports
from imdb_core.quality.material import fingerprint, text_of
from imdb_core.quality.reports import Doubt, LabelReport
from ui import messages
from ui.formats import counted, escaped
from ui.messages import read_or_show_error
from ui.paging import page_of
from ui.panels import check_buttons, excluded_texts, repeated_texts, telling_words

TEXTS_A_PAGE = 10
LONG_TEXT = 600  # characters; a longer text scrolls in a box of its own
COUNTING_LABEL = "counting words"  # reports.COUNTING, as users read it


def show_labels_to_look_at(name: str) -> None:
    """Show the checks of the data set `name` and the buttons that start them."""
    st.subheader("Labels to look at")
    st.caption(
        "Some labels in almost every data set are wrong. This list shows the training texts whose label is "
        "contradicted most surely by a model that has not learned from them (confident learning, Northcutt "
        "et al. 2021). Read them: a contradicted label may also be right."
    )
    facts = read_or_show_error(store.facts, name)
    if facts is None:
        return
    check_buttons.show_check_buttons(name)
    key = fingerprint(name) or ""
    label_reports = {
        method: report for method in reports.methods(name) if (report := reports.labels(name, method, key))
    }
    excluded = read_or_show_error(store.excluded, name)
    right = read_or_show_error(decisions.right, name)
    if excluded is None or right is None:
        return
    excluded_texts.show_undo(name, excluded)
    if label_reports:
        _show_doubts(name, label_reports, facts.classes, excluded=excluded, right=right)
    if texts := reports.texts(name, key):
        repeated_texts.show_repeated_texts(name, texts, excluded)
        telling_words.show_telling_words(texts)
        telling_words.show_rare_classes(texts)
    excluded_texts.show_excluded(name, excluded)


def _show_doubts(name, found, classes, *, excluded, right):
    method = max(found, key=lambda each: found[each].agreement)  # the best model contradicts the best
    if len(found) > 1:
        method = st.segmented_control(
            "Judged by",
            list(found),
            default=method,
            format_func=lambda each: COUNTING_LABEL if each == reports.COUNTING else each,
            required=True,
            key=f"judged-by-{name}",
        )
    report: LabelReport = found[method]
    undecided = decisions.open_doubts(report, {*excluded, *right})
    st.markdown(_summary(report, len(undecided), len(right)))
    for doubt in page_of(undecided, TEXTS_A_PAGE, key=f"doubts-page-{name}"):
        _show_doubt(name, doubt, classes)
    if right:
        st.button(
            f"List {counted(len(right), 'label')} again that you found right",
            key=f"doubt-again-{name}",
            on_click=messages.clicked,
            args=(decisions.forget_right, name, sorted(right)),
        )


def _summary(report: LabelReport, undecided: int, right: int) -> str:
    method = COUNTING_LABEL if report.method == reports.COUNTING else escaped(report.method)
    decided = f" You found {counted(right, 'label')} right." if right else ""
    return (
        f"By {method}, on {report.when[:10]}: {report.agreement:.1%} of {report.texts:,} labels agree with "
        f"the model. Estimated number of wrong labels: {report.wrong:,.0f}. Contradicted labels: "
        f"{report.doubted:,}, left to look at: **{undecided:,}**, the surest first.{decided}"
    )


def _show_doubt(name: str, doubt: Doubt, classes) -> None:
    """A text with its label, the suggested label, how sure the model is, and the two buttons."""
    text = read_or_show_error(text_of, name, doubt.index)
    if text is None:
        return
    with st.container(border=True):
        st.markdown(
            f"Label: **{escaped(classes[doubt.label])}** ({doubt.given_share:.0%}) · suggested: "
            f"**{escaped(classes[doubt.suggested])}** ({doubt.suggested_share:.0%}) · "
            f"text {doubt.index + 1:,}"
        )
        with st.container(height=150 if len(text) > LONG_TEXT else "content", border=False):
            st.text(text)
        with st.container(horizontal=True):
            st.button(
                "Exclude",
                icon=":material/block:",
                key=f"exclude-{name}-{doubt.index}",
                help="Leave this text out of trainings and scores. The data set keeps it, with the reason.",
                on_click=messages.clicked,
                args=(excluded_texts.exclude, name, [doubt.index], decisions.LABEL),
                kwargs={"done": "Excluded 1 text."},
            )
            st.button(
                "Keep: the label is right",
                icon=":material/check:",
                key=f"keep-{name}-{doubt.index}",
                on_click=messages.clicked,
                args=(decisions.mark_right, name, doubt.index),
                kwargs={"done": f"Text {doubt.index + 1:,} is not listed again."},
            )
