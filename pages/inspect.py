"""One tested run in detail: its verdicts at any threshold, its calibration, and its hardest texts."""

import streamlit as st

from imdb_core import answers
from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import hard_reviews, predictions
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui.class_words import class_words
from ui.empty_store import show_nothing_yet
from ui.formats import escaped
from ui.heading import page_heading
from ui.linked_widgets import linked_choice
from ui.messages import read_or_show_error
from ui.panels.accuracy_by_length import show_accuracy_by_length
from ui.panels.accuracy_figures import show_accuracy_figures
from ui.panels.calibration import show_calibration
from ui.panels.each_class import show_each_class
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
    show_nothing_yet("No run was tested yet. Train a network to the end of its run to look into it here.")
chosen = linked_choice("Run", run_titles(candidates), link="run", forget="errors")
run = candidates[chosen]
dataset, classes = run.config.dataset, run.config.classes
things = nouns(dataset)
tested = read_or_show_error(predictions.read_classes, run)
if tested is None:
    st.stop()
show_accuracy_figures(tested, things)
if run.best:
    st.caption(escaped(kept_epoch(run)))
if sources.exists(dataset) and sources.get(dataset).synthetic:
    st.caption(
        escaped(f"Tested on the {sources.get(dataset).full_noun}: these figures say nothing about films.")
    )
number = 1
if not answers.is_binary(classes):
    show_each_class(tested, things, key=chosen)
    st.subheader("One class against the rest")
    titles = {str(label): name for label, name in enumerate(classes)}
    number = int(linked_choice("Class", titles, link="class"))
words, of_class = class_words(classes, number, things), tested.against(number)
zoom = f"{chosen}-{number}"
show_verdicts(run, of_class, words, key=zoom)
left, right = st.columns(2)
with left:
    show_calibration(run, of_class, words, key=zoom)
reviews = read_or_show_error(hard_reviews.tested_reviews, run, tested)
if reviews:
    with right:
        show_accuracy_by_length(run, tested, reviews, key=chosen)
    show_hard_reviews(run, tested, reviews, key=chosen)
