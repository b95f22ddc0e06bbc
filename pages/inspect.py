"""One tested run in detail: its verdicts at any threshold, its calibration, and its hardest reviews."""

import streamlit as st

from imdb_core.data import sources
from imdb_core.evaluation import hard_reviews, predictions
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui.formats import escaped
from ui.heading import page_heading
from ui.linked_widgets import linked_choice
from ui.messages import read_or_show_error
from ui.panels.accuracy_by_length import show_accuracy_by_length
from ui.panels.accuracy_figures import show_accuracy_figures
from ui.panels.calibration import show_calibration
from ui.panels.hard_review_list import show_hard_reviews
from ui.panels.verdicts_at_threshold import show_verdicts
from ui.run_sentences import kept_epoch
from ui.run_titles import run_titles

page_heading("Look into a run")
runs = {model.key: model.run for model in models.pretrained()} | {run.id: run for run in launcher.runs()}
candidates = {key: run for key, run in runs.items() if predictions.has_predictions(run)}
requested = st.query_params.get("run")
if requested and requested not in candidates:
    st.error(
        escaped(
            f"The link names {requested[:60]}, which does not exist here or was not tested. Only finished "
            "runs can be looked into."
        )
    )
if not candidates:
    st.info(
        "No run was tested yet. Train a network to the end of its run to look into it here.",
        icon=":material/info:",
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()
chosen = linked_choice("Run", run_titles(candidates), link="run")
run = candidates[chosen]
tested = read_or_show_error(predictions.read, run)
if tested is None:
    st.stop()
show_accuracy_figures(tested)
if run.best:
    st.caption(escaped(kept_epoch(run)))
source = sources.get(run.config.dataset)
if source.synthetic:
    st.caption(f"Tested on the {source.full_noun}: these figures say nothing about films.")
show_verdicts(run, tested, key=chosen)
left, right = st.columns(2)
with left:
    show_calibration(run, tested, key=chosen)
reviews = read_or_show_error(hard_reviews.tested_reviews, run, tested)
if reviews:
    with right:
        show_accuracy_by_length(run, tested, reviews, key=chosen)
    show_hard_reviews(run, tested, reviews, key=chosen)
else:
    st.page_link("pages/data.py", label="Get the reviews", icon=":material/menu_book:")
