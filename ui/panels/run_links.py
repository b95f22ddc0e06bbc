"""The links from one tested run to the other pages that show it. Called by pages/inspect.py."""

import streamlit as st

from imdb_core.config import facts
from imdb_core.evaluation import comparable
from imdb_core.runs.store import Run
from imdb_core.scoring import teachers
from ui.links import show_link


def show_run_links(key: str, candidates: dict[str, Run]) -> None:
    """Show links to compare the run with others of its data set, to watch it, and to type a review.

    `candidates` by key, the newest first, are the runs to compare with.
    """
    run = candidates[key]
    others = comparable.by_data_set(candidates)[run.config.dataset]
    compared = [key, *(other for other in others if other != key)][: comparable.SHOWN_FIRST]
    with st.container(horizontal=True):
        show_link("compare", "Compare it", runs=",".join(compared))
        show_link("watch", "Watch", run=key)
        if run.has_model:
            show_link("classify", "Type a review", model=key)
            if dataset := teachers.where_to_teach(run.config):
                show_link("train", "Let it teach", icon="school", **_teaching_link(run, key, dataset))


def _teaching_link(run, key, dataset):
    """The link to the form for a network that this one teaches."""
    change = [f"teacher={key}", *([f"dataset={dataset}"] if dataset != facts("dataset").default else [])]
    return {"network": run.network, "change": change}
