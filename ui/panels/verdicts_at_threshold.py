"""A run's verdicts at a threshold that the visitor moves: figures, four kinds of verdict, two curves."""

import streamlit as st

from imdb_core.evaluation import balance, verdicts
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.store import Run
from ui.charts import verdicts as charts
from ui.charts.component import show_chart
from ui.colors import color
from ui.csv_files import csv_download
from ui.formats import percent


@st.fragment
def show_verdicts(run: Run, tested: Predictions, *, key: str) -> None:
    """Show the panel; only this part reruns while the threshold moves. Zoom survives while `key` stays."""
    st.subheader("Verdicts at a threshold")
    threshold = st.slider(
        "Threshold",
        0.0,
        1.0,
        0.5,
        0.01,
        key="threshold",
        bind="query-params",
        help="A review is called positive if its probability is above this.",
    )
    confusion = verdicts.confusion(tested, threshold)
    _show_figures(confusion, uneven=balance.skill(tested).balance.uneven)
    first, second, third = st.columns(3)
    with first:
        _show_confusion(confusion, threshold, reviews=len(tested), key=key)
    with second:
        _show_roc(verdicts.roc_curve(tested), confusion, color=color(run.network), key=key)
    with third:
        curve = verdicts.precision_recall_curve(tested)
        _show_precision_recall(curve, confusion, color=color(run.network), key=key)


def _show_figures(confusion, *, uneven):
    figures = {"Accuracy at the threshold": percent(confusion.accuracy)}
    if uneven:
        figures["Balanced accuracy at the threshold"] = percent(confusion.balanced_accuracy)
    precision, recall = confusion.precision, confusion.recall
    figures["Precision"] = "nothing called positive" if precision is None else percent(precision)
    figures["Recall"] = "no positive reviews" if recall is None else percent(recall)
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    st.caption(
        "Precision: of the reviews called positive, the share that is positive. Recall: of the positive "
        "reviews, the share called positive. False-positive rate: of the negative reviews, the share called "
        "positive."
    )


def _show_confusion(confusion, threshold, *, reviews, key):
    st.markdown("**Right and wrong verdicts**")
    alt = (
        f"At threshold {threshold:.2f}: {confusion.true_positive:,} true positives, "
        f"{confusion.false_positive:,} false positives, {confusion.true_negative:,} true negatives, "
        f"{confusion.false_negative:,} false negatives."
    )
    show_chart(charts.confusion_matrix(confusion, key), key="confusion", alt=alt)
    kinds = {kind.replace("_", " "): count for kind, count in vars(confusion).items()}
    columns = {
        "kind": list(kinds),
        "reviews": list(kinds.values()),
        "share": [count / reviews for count in kinds.values()],
        "threshold": [threshold] * len(kinds),
    }
    csv_download(columns, file_name="confusion.csv")


def _show_roc(curve, confusion, *, color, key):
    st.markdown("**ROC curve**")
    if curve is None:
        st.caption("Not defined: all test reviews have the same label.")
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


def _show_precision_recall(curve, confusion, *, color, key):
    st.markdown("**Precision and recall**")
    if curve is None:
        st.caption("Not defined: no test review is positive.")
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
