"""One tested run in detail: its verdicts at any threshold, whether its probabilities are honest, and its
hardest reviews.
"""

import numpy as np
import streamlit as st

from imdb_core.evaluation import balance, comparisons, hard_reviews, predictions, verdicts
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui import verdict_charts, words
from ui.components import chart
from ui.parts import csv_download, linked_choice, page_heading, show_review, tried

REVIEWS_A_PAGE = 10
VIEWS = {"most wrong": hard_reviews.most_wrong, "most unsure": hard_reviews.most_unsure}

page_heading("Look into a run")
listed = {model.key: model.run for model in models.pretrained()} | {run.id: run for run in launcher.runs()}
candidates = {key: run for key, run in listed.items() if predictions.has_predictions(run)}
wanted = st.query_params.get("run")
if wanted and wanted not in candidates:
    st.error(
        words.plain(
            f"The link names {wanted[:60]}, which is not here or was not tested; only finished runs can be looked into."
        )
    )
if not candidates:
    st.info(
        "No run was tested yet. Train one to its end and it can be looked into here.", icon=":material/info:"
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()
names = {
    key: f"{run.name} · {'pretrained' if key != run.id else run.id[-4:]}" for key, run in candidates.items()
}
chosen = linked_choice("Run", names, link="run")
run = candidates[chosen]
said = tried(predictions.read, run)
if said is None:
    st.stop()
color, right = words.color(run.network), said.right()
roc, precision_recall, honest = (
    verdicts.roc_curve(said),
    verdicts.precision_recall_curve(said),
    verdicts.calibration(said),
)
low, high, skill = *comparisons.wilson_interval(int(right.sum()), len(said)), balance.skill(said)
with st.container(horizontal=True):
    st.metric("Test accuracy", words.percent(float(right.mean())), border=True)
    st.metric("95 % interval (Wilson)", words.interval(low, high), border=True)
    if skill.balance.uneven:
        st.metric("Balanced accuracy", words.percent(skill.balanced_accuracy), border=True)
    st.metric("Area under the ROC curve", words.area(skill.roc_area), border=True)
    st.metric(
        "Average precision",
        f"{precision_recall.area:.4f}" if precision_recall else "not defined",
        border=True,
    )
    st.metric("Expected calibration error", words.percent(honest.expected_error), border=True)
if skill.balance.uneven:
    st.warning(words.plain(words.uneven(skill.balance, "test")), icon=":material/balance:")
if run.best:
    st.caption(words.plain(words.kept(run)))
if run.config.dataset == "demo":
    st.caption("Tested on the synthetic demo reviews: these figures say nothing about films.")


@st.fragment
def at_threshold():
    """Only this reruns while the threshold moves."""
    st.subheader("Verdicts at a threshold")
    asked = "A review is called positive if its probability is above this."
    terms = "Precision: of the reviews called positive, the share that is. Recall: of the positive reviews, the share called so."
    threshold = st.slider("Threshold", 0.0, 1.0, 0.5, 0.01, key="threshold", bind="query-params", help=asked)
    found = verdicts.confusion(said, threshold)
    with st.container(horizontal=True):
        st.metric("Accuracy at the threshold", words.percent(found.accuracy), border=True)
        if skill.balance.uneven:
            st.metric(
                "Balanced accuracy at the threshold", words.percent(found.balanced_accuracy), border=True
            )
        precision = "nothing called positive" if found.precision is None else words.percent(found.precision)
        st.metric("Precision", precision, border=True)
        st.metric(
            "Recall",
            words.percent(found.recall) if found.recall is not None else "no positive reviews",
            border=True,
        )
    st.caption(f"{terms} False-positive rate: of the negative reviews, the share called positive.")
    first, second, third = st.columns(3)
    with first:
        show_confusion(found, threshold)
    with second:
        show_roc(found)
    with third:
        show_precision_recall(found)


def show_confusion(found, threshold):
    """Counts and shares of the four kinds of verdicts."""
    st.markdown("**Right and wrong verdicts**")
    alt = (
        f"At threshold {threshold:.2f}: {found.true_positive:,} true positives, {found.false_positive:,} false positives, "
        f"{found.true_negative:,} true negatives, {found.false_negative:,} false negatives."
    )
    chart(verdict_charts.confusion_matrix(found, chosen), key="confusion", alt=alt)
    kinds = {kind.replace("_", " "): count for kind, count in vars(found).items()}
    columns = {
        "kind": list(kinds),
        "reviews": list(kinds.values()),
        "share": [count / len(said) for count in kinds.values()],
    }
    csv_download(columns | {"threshold": [threshold] * len(kinds)}, file_name="confusion.csv")


def show_roc(found):
    """The ROC curve with the chosen point."""
    st.markdown("**ROC curve**")
    if roc is None:
        st.caption("Not defined: all test reviews have the same label.")
        return
    shown = verdicts.thinned(roc)
    alt = f"ROC curve with area {roc.area:.4f}; at the threshold {found.false_positive_rate:.1%} false-positive rate and "
    chart(verdict_charts.roc(shown, found, color, chosen), key="roc", alt=f"{alt}{found.recall:.1%} recall.")
    columns = {
        "false-positive rate": shown.x.tolist(),
        "recall": shown.y.tolist(),
        "from probability": shown.at.tolist(),
    }
    csv_download(columns, file_name="roc.csv")


def show_precision_recall(found):
    """The precision-recall curve with the chosen point."""
    st.markdown("**Precision and recall**")
    if precision_recall is None:
        st.caption("Not defined: no test review is positive.")
        return
    shown = verdicts.thinned(precision_recall)
    alt = f"Precision over recall, average precision {precision_recall.area:.4f}; recall at the threshold is {found.recall:.1%}."
    chart(verdict_charts.precision_recall(shown, found, color, chosen), key="precision-recall", alt=alt)
    columns = {
        "recall": shown.x.tolist(),
        "precision": shown.y.tolist(),
        "from probability": shown.at.tolist(),
    }
    csv_download(columns, file_name="precision-recall.csv")


def show_calibration():
    """Whether 80 % means 80 %."""
    st.subheader("Are its probabilities honest?")
    mean = float(np.mean(said.probabilities))
    error = f"Expected calibration error {100 * honest.expected_error:.1f} points"
    chart(
        verdict_charts.calibrated(honest, color, chosen),
        key="calibration",
        alt=f"Share of positive reviews by probability. {error}.",
    )
    st.caption(
        f"{error}: on average its probability is that far from the share that is positive (10 bins of equal width, weighted by "
        f"their reviews). Above the dashed line more reviews are positive than it says. Its mean probability is {mean:.1%}, "
        f"{said.positive.mean():.1%} of the reviews are positive."
    )
    columns = {"mean probability": honest.mean_probability.tolist(), "share positive": honest.positive_share.tolist()}
    csv_download(columns | {"reviews": honest.reviews.tolist()}, file_name="calibration.csv")


def show_lengths():
    """Whether long reviews are harder."""
    st.subheader("Does length matter?")
    groups = verdicts.accuracy_by_length(right, tested.word_counts)
    worst = min(groups, key=lambda group: group.accuracy)
    alt = f"Accuracy by review length; lowest is {worst.accuracy:.1%} at {verdict_charts.label(worst)} words."
    figure = verdict_charts.by_length(groups, float(right.mean()), color, chosen)
    chart(figure, key="lengths", alt=alt)
    st.caption(
        f"{alt} Groups of about equal size, with 95 % intervals; the network reads only the last "
        f"{run.config.review_length:,} words."
    )
    csv_download(
        {name: [getattr(group, name) for group in groups] for name in vars(worst)}, file_name="lengths.csv"
    )


def first_page():
    """Another selection is read from its beginning."""
    st.session_state["reviews-page"] = 1


@st.fragment
def show_errors():
    """The reviews to learn from, ten at a time."""
    st.subheader("Reviews to learn from")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Show",
            list(VIEWS),
            default="most wrong",
            required=True,
            key="view",
            bind="query-params",
            on_change=first_page,
        )
        asked = st.text_input(
            "Only reviews with all these words",
            max_chars=100,
            key="words",
            bind="query-params",
            on_change=first_page,
        )
    places = VIEWS[view](said)
    places = places[hard_reviews.containing(tested, asked)[places]]
    kind = "wrong at 0.5, the most confident first" if view == "most wrong" else "the nearest to 0.5 first"
    st.caption(f"{len(places):,} reviews{' with these words' if asked.strip() else ''}, {kind}.")
    pages = max(1, -(-len(places) // REVIEWS_A_PAGE))
    start = REVIEWS_A_PAGE * (st.pagination(pages, key="reviews-page", bind="query-params") - 1)
    for place in places[start : start + REVIEWS_A_PAGE]:
        show_review(
            tested.text(place),
            positive=said.positive[place],
            probabilities={run.name: said.probabilities[place]},
            key=str(place),
            model=chosen if run.has_model else None,
        )


at_threshold()
left, other = st.columns(2)
with left:
    show_calibration()
tested = tried(hard_reviews.tested_reviews, run, said)
if tested:
    with other:
        show_lengths()
    show_errors()
else:
    st.page_link("pages/data.py", label="Get the reviews", icon=":material/menu_book:")
