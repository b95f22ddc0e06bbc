"""What counting words alone achieves, in one sentence on the Compare page, or the button that computes it."""

import streamlit as st

from imdb_core.evaluation import baselines
from imdb_core.runs.store import Run
from ui import messages, words


def show_baselines(runs: list[Run]) -> None:
    """For each corpus of the runs: the baseline beside them, or how to get it."""
    for dataset in dict.fromkeys(run.config.dataset for run in runs):
        found = baselines.baseline(dataset)
        if found:
            st.markdown(sentence(found, runs))
            st.caption(
                f"It counts words and pairs of neighbouring words and learns from all {found.train_reviews:,} training reviews; "
                "networks keep some of these aside to choose the epoch that is kept."
            )
        else:
            moving = baselines.is_computing(dataset)
            st.fragment(_waiting, run_every="2s" if moving else None)(dataset, moving)


def sentence(found: baselines.Baseline, runs: list[Run]) -> str:
    """The baseline's figures, and how many of the runs that were tested on the same reviews it beats."""
    tested = [run.test_accuracy for run in runs if found.suits(run) and run.test_accuracy is not None]
    reviews = (
        f"{'same ' if tested else ''}{found.test_reviews:,} test reviews ({words.choice(found.dataset)})"
    )
    return (
        f"TF-IDF + logistic regression, no neural network, gets {words.percent(found.test_accuracy)} of the {reviews} right "
        f"after {words.duration(found.fit_seconds)} of fitting: {_more_than(found.test_accuracy, tested)}."
    )


def _more_than(accuracy, others):
    """more than 2 of these 3 networks."""
    beaten, count = sum(accuracy > other for other in others), len(others)
    if not count:
        return "none of these runs has been tested yet"
    if count == 1:
        return "more than this network" if beaten else "not more than this network"
    if beaten == 0:
        return f"not more than any of these {count} networks"
    return f"more than {'each' if beaten == count else beaten} of these {count} networks"


def _waiting(dataset, moving):
    """The button, or that it is being computed; once that ends, whatever the end, the whole page follows."""
    if baselines.is_computing(dataset):
        said = "The baseline (TF-IDF + logistic regression) is being computed; it appears here by itself."
        st.info(said, icon=":material/hourglass_empty:")
        return
    if moving:
        messages.refresh()
    if not baselines.is_possible(dataset):
        st.caption(
            "How do networks compare with TF-IDF + logistic regression? The baseline needs the reviews on this machine."
        )
        st.page_link("pages/data.py", label="Get the reviews for the baseline", icon=":material/menu_book:")
        return
    if said := baselines.failure(dataset):
        st.error(words.plain(said), icon=":material/error:")
    st.caption(
        f"How do these compare with TF-IDF + logistic regression, no neural network? ({words.choice(dataset)})"
    )
    label = "Compute the baseline (about a minute, in the background)"
    action = (baselines.start, dataset)
    st.button(
        label, icon=":material/calculate:", key=f"baseline-{dataset}", on_click=messages.clicked, args=action
    )
