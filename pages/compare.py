"""Several runs side by side: curves, results with intervals, what differs in the config, and whether one is really better."""

import itertools

import streamlit as st

from imdb_core.evaluation import comparisons
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui import charts, words
from ui.components import chart
from ui.parts import linked_choices, tried

MOST_PAIRS = 6
MEASURES = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "loss": "training loss",
}

st.title("Compare runs")
candidates = {model.key: model.run for model in models.pretrained()} | {run.id: run for run in launcher.runs() if run.epochs}
if not candidates:
    st.info("No run has finished an epoch yet. Train one and it can be compared here.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()
names = {key: f"{run.name} · {'pretrained' if key != run.id else run.id[-4:]}" for key, run in candidates.items()}
chosen = linked_choices("Runs", names, link="runs", default=list(names)[:3])
if not chosen:
    st.info("Choose at least one run.", icon=":material/info:")
    st.stop()
runs = {names[key]: candidates[key] for key in chosen}

with st.container(horizontal=True):
    measure = st.segmented_control("Curve", list(MEASURES), format_func=MEASURES.get, default="val_accuracy", required=True)
    axis = st.segmented_control("Over", ["epochs", "seconds"], default="epochs", required=True)
figure = charts.compared(runs, measure, axis)
chart(figure, key="compared", alt=f"{MEASURES[measure]} over {axis} of {', '.join(runs)}.")


def result(run):
    """The row of one run; the interval says where the true accuracy lies with 95 % confidence."""
    tested, cells = run.event("finished").get("test_reviews"), {"test accuracy": words.percent(run.test_accuracy)}
    if tested:
        low, high = comparisons.wilson_interval(round(run.test_accuracy * tested), tested)
        cells["95 % interval"] = f"{100 * low:.2f} to {100 * high:.2f} %"
    best = {"best epoch": f"{run.best['epoch']} of {len(run.epochs)}", "validation": words.percent(run.best["val_accuracy"])}
    return best | cells | {"training time": words.duration(run.training_seconds)}


st.subheader("Results")
rows = [{"run": words.plain(name), **result(run)} for name, run in runs.items() if run.best]
st.table({column: [row.get(column, "") for row in rows] for column in max(rows, key=len, default={})}, hide_index=True)

st.subheader("Is one really better?")
tested = {name: run for name, run in runs.items() if (run.folder / "predictions.npz").is_file()}
for first, second in list(itertools.combinations(tested, 2))[:MOST_PAIRS]:
    found = tried(comparisons.pair, tested[first], tested[second])
    if found:
        better, p = (first if found.only_first >= found.only_second else second), max(found.p, 0.001)
        verdict = f"{better} is really better" if found.p < 0.05 else "that may well be chance"
        st.text(
            f"Of {found.reviews:,} test reviews {first} alone is right on {found.only_first:,}, "
            f"{second} alone on {found.only_second:,}: p {'<' if found.p < 0.001 else '='} {p:.3f}, so {verdict}."
        )
st.caption("Exact McNemar test on the same test reviews: it judges these trained networks; another seed may come out otherwise.")

st.subheader("What differs in the config")
differences = comparisons.config_differences(list(runs.values()))
if differences:
    columns = {"hyperparameter": [words.label(name) for name in differences]}
    for number, name in enumerate(runs):
        shown = [values[number] for values in differences.values()]
        columns[words.plain(name)] = ["not used" if value is None else words.plain(value) for value in shown]
    st.table(columns, hide_index=True)
else:
    st.caption("Nothing: these runs have the same hyperparameters.")
