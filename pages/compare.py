"""Several runs side by side: curves, results with intervals, tests for chance, and different settings."""

import streamlit as st

from imdb_core.evaluation import comparisons, predictions
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui.charts.baseline_lines import baseline_lines_text
from ui.charts.chance_lines import chance_line_text
from ui.charts.comparison import compared
from ui.charts.component import show_chart
from ui.charts.layout import line_columns
from ui.csv_files import csv_download
from ui.empty_store import show_nothing_yet
from ui.formats import escaped
from ui.heading import page_heading
from ui.linked_widgets import linked_choice, linked_choices
from ui.panels.baseline import show_baselines
from ui.panels.behaviour_table import show_behaviour
from ui.panels.disagreements import show_disagreements
from ui.panels.pair_sentences import show_pairs
from ui.panels.result_table import show_results
from ui.panels.setting_differences import show_setting_differences
from ui.run_titles import run_titles

MEASURES = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "loss": "training loss",
}

page_heading("Compare runs")
candidates = {run.id: run for run in launcher.runs() if run.epochs}
candidates |= {model.key: model.run for model in models.pretrained()}
if not candidates:
    show_nothing_yet("No run has finished an epoch yet. Train a network to compare it here.")
titles = run_titles(candidates)
chosen = linked_choices("Runs", titles, link="runs", default=list(titles)[:3])
if not chosen:
    st.info("Choose at least one run.", icon=":material/info:")
    st.stop()
runs = {titles[key]: candidates[key] for key in chosen}

with st.container(horizontal=True):
    measure = st.segmented_control(
        "Curve",
        list(MEASURES),
        format_func=MEASURES.get,
        default="val_accuracy",
        required=True,
        key="curve",
        bind="query-params",
    )
    axis = st.segmented_control(
        "Over",
        ["epochs", "seconds", "words"],
        default="epochs",
        required=True,
        key="over",
        bind="query-params",
    )
    smoothing = st.slider("Smoothing", 0.0, 0.9, 0.0, 0.1, key="smoothing", bind="query-params", width=180)
    logarithmic = st.toggle("Log axis", key="log", bind="query-params")
    bands = st.toggle(
        "Seeds as mean and band",
        key="bands",
        bind="query-params",
        help="Runs that differ only in their seed become one line, their mean, with a band.",
    )
figure = compared(runs, measure, axis, smoothing=smoothing, logarithmic=logarithmic, bands=bands)
lines_text = baseline_lines_text(measure, list(runs.values())) + chance_line_text(
    measure, list(runs.values())
)
show_chart(figure, key="compared", alt=f"{MEASURES[measure]} over {axis} of {', '.join(runs)}{lines_text}.")
csv_download(line_columns(figure, "run"), file_name="compared.csv")

st.subheader("Results")
show_results(runs)
show_baselines(list(runs.values()))

st.subheader("Behaviour tests")
show_behaviour({key: candidates[key] for key in chosen}, titles)

st.subheader("Do they differ by more than chance?")
tested = {key: candidates[key] for key in chosen if predictions.has_predictions(candidates[key])}
pairs, problems = comparisons.all_pairs(tested)
for problem in problems:
    st.error(escaped(problem), icon=":material/error:")
if pairs:
    show_pairs(pairs, tested, titles)
    st.subheader("Where they disagree")
    pair_titles = {f"{first},{second}": f"{titles[first]} and {titles[second]}" for first, second in pairs}
    both = next(iter(pair_titles))
    if len(pairs) > 1:
        both = linked_choice("Which two", pair_titles, link="pair")
    show_disagreements({key: candidates[key] for key in both.split(",")}, titles)
else:
    st.caption("This comparison needs two runs that were tested on the same texts.")

st.subheader("What differs in the config")
show_setting_differences(runs)
