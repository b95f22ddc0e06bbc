"""One tested run in detail: how good it is, its verdicts at any threshold, calibration, hardest texts."""

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
from ui.jump_links import section, show_jump_links
from ui.linked_widgets import linked_choice
from ui.messages import read_or_show_error
from ui.panels.accuracy_by_length import LENGTH, show_accuracy_by_length
from ui.panels.accuracy_figures import FIGURES, show_accuracy_figures
from ui.panels.calibration import HONEST, show_calibration
from ui.panels.each_class import EACH_CLASS, show_each_class
from ui.panels.hard_review_list import learn_from, show_hard_reviews
from ui.panels.how_easily_fooled import FOOLED, show_how_easily_fooled
from ui.panels.how_good import show_how_good
from ui.panels.run_links import show_run_links
from ui.panels.verdicts_at_threshold import CURVES, colors_of, show_verdicts
from ui.run_sentences import kept_epoch
from ui.run_titles import run_titles

ONE_CLASS = "One class against the rest"

page_heading("Look into a run")
runs = {run.id: run for run in launcher.runs()} | {model.key: model.run for model in models.pretrained()}
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
choice, run_links = st.columns(2, vertical_alignment="bottom")
with choice:
    chosen = linked_choice("Run", run_titles(candidates), link="run", forget="errors")
with run_links:
    show_run_links(chosen, candidates)
run = candidates[chosen]
dataset, classes = run.config.dataset, run.config.classes
things, is_binary = nouns(dataset), answers.is_binary(classes)
tested = read_or_show_error(predictions.read_classes, run)
if tested is None:
    st.stop()
show_how_good(run, tested, things)
jump_links = st.container()
if not is_binary:
    show_each_class(tested, things, key=chosen)
    section(ONE_CLASS)
    titles = {str(label): name for label, name in enumerate(classes)}
number = 1 if is_binary else int(linked_choice("Class", titles, link="class"))
words, of_class = class_words(classes, number, things), tested.against(number)
zoom = f"{chosen}-{number}"
show_verdicts(of_class, words, colors_of(number, classes), key=zoom)
show_accuracy_figures(tested, things)
if run.best:
    st.caption(escaped(kept_epoch(run)))
if sources.exists(dataset) and sources.get(dataset).synthetic:
    st.caption(
        escaped(f"Tested on the {sources.get(dataset).full_noun}: these figures say nothing about films.")
    )
left, right = st.columns(2)
with left:
    show_calibration(run, of_class, words, key=zoom)
reviews = read_or_show_error(hard_reviews.tested_reviews, run, tested)
if reviews:
    with right:
        show_accuracy_by_length(run, tested, reviews, key=chosen)
    show_hard_reviews(run, tested, reviews, key=chosen)
show_how_easily_fooled(run)
with jump_links:
    with_texts = (LENGTH, learn_from(things)) if reviews else ()
    of_many = () if is_binary else (EACH_CLASS, ONE_CLASS)
    show_jump_links(*of_many, CURVES, FIGURES, HONEST, *with_texts, FOOLED)
