"""What counting words alone achieves: a sentence about the baseline, or the button that computes it."""

import streamlit as st

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import baselines
from imdb_core.runs.store import Run
from ui import messages
from ui.formats import duration, escaped, percent
from ui.labels import choice
from ui.links import show_link


def show_baselines(runs: list[Run]) -> None:
    """For each data set of the runs: the baseline's accuracy beside the runs', or how to get the baseline.

    Nothing for a data set that was deleted.
    """
    datasets = dict.fromkeys(run.config.dataset for run in runs)
    for dataset in filter(sources.exists, datasets):
        baseline = baselines.baseline(dataset)
        if baseline:
            st.markdown(baseline_sentence(baseline, runs))
            many = escaped(nouns(dataset).many)
            st.caption(
                "This method counts words and pairs of neighbouring words. It learns from all "
                f"{baseline.train_reviews:,} training {many}. Networks set some of these {many} aside "
                "to choose the epoch that is kept."
            )
        else:
            computing = baselines.is_computing(dataset)
            st.fragment(_show_missing, run_every=2 if computing else None)(dataset, computing)


def baseline_sentence(baseline: baselines.Baseline, runs: list[Run]) -> str:
    """The baseline's figures, and how many of the runs that were tested on the same reviews it beats."""
    tested = [run.test_accuracy for run in runs if baseline.suits(run) and run.test_accuracy is not None]
    same, data = "same " if tested else "", escaped(choice(baseline.dataset))
    many = escaped(nouns(baseline.dataset).many)
    return (
        "TF-IDF + logistic regression, which is no neural network, is right on "
        f"{percent(baseline.test_accuracy)} of the {same}{baseline.test_reviews:,} test {many} ({data}) "
        f"after {duration(baseline.fit_seconds)} of fitting: {_more_than(baseline.test_accuracy, tested)}."
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


def _show_missing(dataset, was_computing):
    """The button, or a line while the baseline is computed. At the end the whole page is redrawn."""
    if baselines.is_computing(dataset):
        st.info(
            "The baseline (TF-IDF + logistic regression) is being computed; it appears here by itself.",
            icon=":material/hourglass_empty:",
        )
        return
    if was_computing:
        messages.refresh()
    if not baselines.is_possible(dataset):
        st.caption(
            "How do networks compare with TF-IDF + logistic regression? "
            f"The baseline needs the {escaped(nouns(dataset).many)} on this machine."
        )
        show_link("data", escaped(f"Get the {nouns(dataset).many} for the baseline"))
        return
    if failure := baselines.failure(dataset):
        st.error(escaped(failure), icon=":material/error:")
    st.caption(
        "How do these runs compare with TF-IDF + logistic regression, which is no neural network? "
        f"({escaped(choice(dataset))})"
    )
    st.button(
        "Compute the baseline (about a minute, in the background)",
        icon=":material/calculate:",
        key=f"baseline-{dataset}",
        on_click=messages.clicked,
        args=(baselines.start, dataset),
    )
