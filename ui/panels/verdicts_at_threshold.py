"""A run's verdicts at a threshold that the visitor moves: figures, four kinds of verdict, two curves."""

import streamlit as st

from imdb_core import answers
from imdb_core.evaluation import balance, verdicts
from imdb_core.evaluation.predictions import Predictions
from ui import colors
from ui.charts import verdicts as charts
from ui.charts.component import show_chart
from ui.class_words import ClassWords
from ui.csv_files import csv_download
from ui.formats import escaped, percent
from ui.jump_links import section

CURVES = "Every threshold"


@st.fragment
def show_verdicts(
    tested: Predictions, words: ClassWords, verdict_colors: tuple[str, str], *, key: str
) -> None:
    """Show the panel for one class; only this part reruns while the threshold moves.

    `verdict_colors` are the colours of the class and of the rest. Zoom survives while `key` stays.
    """
    left, right = st.columns([5, 4])
    with right:
        threshold = st.slider(
            "Threshold",
            0.0,
            1.0,
            0.5,
            0.01,
            key="threshold",
            bind="query-params",
            help=escaped(f"{words.things.start} is called {words.name} if its probability is above this."),
        )
        confusion = verdicts.confusion(tested, threshold)
        _show_figures(confusion, words, uneven=balance.skill(tested).balance.uneven)
    with left:
        _show_confusion(confusion, threshold, words, verdict_colors, key=key)
    section(CURVES)
    first, second = st.columns(2)
    with first:
        _show_roc(verdicts.roc_curve(tested), confusion, words, color=colors.ONE_RUN, key=key)
    with second:
        curve = verdicts.precision_recall_curve(tested)
        _show_precision_recall(curve, confusion, words, color=colors.ONE_RUN, key=key)


def colors_of(label: int, classes: tuple[str, ...]) -> tuple[str, str]:
    """The colours of the class with this number and of the rest. A rest of several classes is gray."""
    if answers.is_binary(classes):
        return colors.CLASSES[label], colors.CLASSES[1 - label]
    return colors.CLASSES[label % len(colors.CLASSES)], colors.GRAY


def _show_figures(confusion, words, *, uneven):
    figures = {"Accuracy at the threshold": percent(confusion.accuracy)}
    if uneven:
        figures["Balanced accuracy at the threshold"] = percent(confusion.balanced_accuracy)
    precision, recall = confusion.precision, confusion.recall
    figures["Precision"] = f"nothing called {words.name}" if precision is None else percent(precision)
    figures["Recall"] = f"no {words.texts}" if recall is None else percent(recall)
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    name, things = words.name, words.things.many
    st.caption(
        escaped(
            f"Precision: of the {things} called {name}, the share that is {name}. Recall: of the "
            f"{words.texts}, the share called {name}. False-positive rate: of the {words.rest_texts}, the "
            f"share called {name}."
        )
    )


def _show_confusion(confusion, threshold, words, verdict_colors, *, key):
    alt = (
        f"At threshold {threshold:.2f}: {confusion.true_positive:,} true positives, "
        f"{confusion.false_positive:,} false positives, {confusion.true_negative:,} true negatives, "
        f"{confusion.false_negative:,} false negatives."
    )
    figure = charts.confusion_matrix(confusion, words, verdict_colors, revision=key)
    show_chart(figure, key="confusion", alt=alt)
    kinds = {kind.replace("_", " "): count for kind, count in vars(confusion).items()}
    columns = {
        "kind": list(kinds),
        words.things.many: list(kinds.values()),
        "share": [count / sum(kinds.values()) for count in kinds.values()],
        "threshold": [threshold] * len(kinds),
    }
    csv_download(columns, file_name="confusion.csv")


def _show_roc(curve, confusion, words, *, color, key):
    st.markdown("**ROC curve**")
    if curve is None:
        st.caption(
            escaped(
                f"Not defined without {words.texts} and {words.rest_texts}: all test {words.things.many} "
                "have the same label."
            )
        )
        return
    alt = (
        f"ROC curve with area {curve.area:.4f}; at the threshold {confusion.false_positive_rate:.1%} "
        f"false-positive rate and {confusion.recall:.1%} recall."
    )
    thinned = verdicts.thinned(curve)
    show_chart(charts.roc(thinned, confusion, color, key), key="roc", alt=alt)
    columns = {
        "false-positive rate": thinned.x.tolist(),
        "recall": thinned.y.tolist(),
        "from probability": thinned.at.tolist(),
    }
    csv_download(columns, file_name="roc.csv")


def _show_precision_recall(curve, confusion, words, *, color, key):
    st.markdown("**Precision and recall**")
    if curve is None:
        st.caption(escaped(f"Not defined: the test {words.things.many} have no {words.texts}."))
        return
    alt = (
        f"Precision over recall, average precision {curve.area:.4f}; recall at the threshold is "
        f"{confusion.recall:.1%}."
    )
    thinned = verdicts.thinned(curve)
    figure = charts.precision_recall(thinned, confusion, color, key)
    show_chart(figure, key="precision-recall", alt=alt)
    columns = {
        "recall": thinned.x.tolist(),
        "precision": thinned.y.tolist(),
        "from probability": thinned.at.tolist(),
    }
    csv_download(columns, file_name="precision-recall.csv")
