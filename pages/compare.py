"""Several runs side by side: what differs, curves, results, tests for chance, behaviour, disagreements."""

import streamlit as st

from imdb_core.evaluation import comparable, comparisons, predictions
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui.empty_store import show_nothing_yet
from ui.formats import escaped
from ui.heading import page_heading
from ui.jump_links import section, show_jump_links
from ui.panels.baseline import show_baselines
from ui.panels.behaviour_table import show_behaviour
from ui.panels.compared_curves import show_curves
from ui.panels.disagreements import show_disagreements
from ui.panels.how_easily_fooled import show_fooled_runs
from ui.panels.pair_sentences import show_pairs
from ui.panels.result_table import show_results
from ui.panels.run_choice import show_baseline_choice, show_data_sets, show_run_choice
from ui.panels.setting_differences import show_differences

DIFFERS, CURVES, RESULTS = "What differs", "Curves", "Results"
CHANCE, BEHAVIOUR, DISAGREE = "Do they differ by more than chance?", "Behaviour tests", "Where they disagree"
FOOLED = "How easily they are fooled"

page_heading("Compare runs")
candidates = {run.id: run for run in launcher.runs() if run.epochs and not run.predicts_words}
candidates |= {model.key: model.run for model in models.pretrained() if model.run.epochs}
if not candidates:
    show_nothing_yet("No run has finished an epoch yet. Train a network to compare it here.")
runs = show_run_choice(candidates)
if not runs:
    st.info("Choose at least one run.", icon=":material/info:")
    st.stop()
baseline = show_baseline_choice(runs)
show_data_sets(runs)
show_jump_links(DIFFERS, CURVES, RESULTS, CHANCE, BEHAVIOUR, FOOLED, DISAGREE)

section(DIFFERS)
show_differences(runs, baseline)

section(CURVES)
show_curves(runs, baseline)

section(RESULTS)
by_key = {run.key: run.run for run in runs if predictions.has_predictions(run.run)}
tested, unreadable = comparisons.read_tested(by_key)
pairs, different = comparisons.pairs_of(by_key, tested)
show_results(runs, tested, pairs, baseline=baseline)
show_baselines([run.run for run in runs])

section(CHANCE)
for problem in unreadable:
    st.error(escaped(problem), icon=":material/error:")
for problem in different:
    show = st.error if len(comparable.by_data_set(by_key)) == 1 else st.caption
    show(escaped(problem))
if pairs:
    show_pairs(pairs, runs, baseline)
else:
    st.caption("This test needs two runs that were tested on the same texts.")

section(BEHAVIOUR)
show_behaviour(runs)

section(FOOLED)
show_fooled_runs(runs)

section(DISAGREE)
if pairs:
    show_disagreements(pairs, runs, baseline)
else:
    st.caption("This comparison needs two runs that were tested on the same texts.")
