"""The last line of every page: the link to the next step, with the run, data set or network it is about.

The way itself stands in ui/pages.py. Called by app.py after a page that did not end early.
"""

import streamlit as st

from imdb_core.data import sources
from imdb_core.errors import UserError
from imdb_core.evaluation import predictions
from imdb_core.runs.store import Run
from imdb_core.scoring import models
from ui.links import show_link
from ui.pages import ABOUT, AFTER_OWN_NETWORK, DATA_SET, NETWORK, RUN, WAY, WHILE_TRAINING, WITHOUT_OWN_TEXTS


def show_next_step(script: str) -> None:
    """Show where the way goes on after the page `script`; nothing for a page that is not on the way."""
    if script not in WAY:
        return
    topics = _topics(script)
    run, key = _run(topics.get(RUN, "")), topics.get(RUN, "")
    step = WAY[script]
    if script == "classify" and run and run.id == key and predictions.has_predictions(run):
        step = AFTER_OWN_NETWORK
    if script == "texts" and not topics:
        step = WITHOUT_OWN_TEXTS
    if script == "watch" and run and not run.has_model:
        step, topics = WHILE_TRAINING, {NETWORK: run.network}
    with st.container(horizontal=True, vertical_alignment="center", key="next-step"):
        st.markdown(":small[Next:]", width="content")
        show_link(step.script, step.label, **_query(step.script, topics, run))


def _topics(script: str) -> dict[str, str]:
    """What the shown page is about, from its link; of several runs or networks the first."""
    parameters = ABOUT.get(script, {})
    values = {about: st.query_params.get(parameter, "") for about, parameter in parameters.items()}
    topics = {about: value.split(",")[0] for about, value in values.items() if value}
    if DATA_SET in topics:
        by_link = {sources.get(name).link: name for name in sources.available_names()}
        topics[DATA_SET] = by_link.get(topics[DATA_SET], topics[DATA_SET])
    return topics


def _run(key: str) -> Run | None:
    try:
        return models.run(key) if key else None
    except UserError:  # the link names a run that does not exist here; the page says so
        return None


def _query(script: str, topics: dict[str, str], run: Run | None) -> dict[str, str]:
    """The parameters of the link to the page `script`; a run that does not exist is left out."""
    parameters = ABOUT.get(script, {})
    query = {parameters[about]: value for about, value in topics.items() if about in parameters}
    if run is None:
        query.pop(parameters.get(RUN, ""), None)
    elif script == "compare":
        query[parameters[RUN]] = ",".join([topics[RUN], *_rival(topics[RUN], run)])
    return query


def _rival(key: str, run: Run) -> list[str]:
    """The key of the most accurate other pretrained network that learned from the run's data set."""
    for model in models.pretrained():
        if model.key != key and run.config and model.config.dataset == run.config.dataset:
            return [model.key]
    return []
