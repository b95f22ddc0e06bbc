"""Several runs side by side: curves, results with intervals, different settings, and tests for chance."""

import streamlit as st

from imdb_core.evaluation import balance, comparisons, hard_reviews, predictions
from imdb_core.runs import launcher
from imdb_core.scoring import models
from ui import charts, words
from ui.baseline import show_baselines
from ui.behaviour import show_behaviour
from ui.components import chart
from ui.parts import (
    csv_download,
    linked_choice,
    linked_choices,
    page_heading,
    show_review,
    small_table,
    tried,
)

MOST_PAIRS = 6
MOST_DISAGREEMENTS = 10
MEASURES = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "loss": "training loss",
}

page_heading("Compare runs")
candidates = {run.id: run for run in launcher.runs() if run.epochs} | {
    model.key: model.run for model in models.pretrained()
}
if not candidates:
    st.info(
        "No run has finished an epoch yet. Train one and it can be compared here.", icon=":material/info:"
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()
names = {
    key: f"{run.name} · {'pretrained' if key != run.id else run.id[-4:]}" for key, run in candidates.items()
}
chosen = linked_choices("Runs", names, link="runs", default=list(names)[:3])
if not chosen:
    st.info("Choose at least one run.", icon=":material/info:")
    st.stop()
runs = {names[key]: candidates[key] for key in chosen}

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
        help="Runs that differ only in their seed.",
    )
figure = charts.compared(runs, measure, axis, smoothing=smoothing, logarithmic=logarithmic, bands=bands)
said = f"{MEASURES[measure]} over {axis} of {', '.join(runs)}{charts.baselines_said(measure, list(runs.values()))}."
chart(figure, key="compared", alt=said)
csv_download(charts.numbers(figure, "run"), file_name="compared.csv")


def result(run):
    """The row of one run; the interval says where the true accuracy lies with 95 % confidence."""
    cells = {
        "kept epoch": f"{run.best['epoch']} of {len(run.epochs)}",
        "validation loss": f"{run.best['val_loss']:.3f}",
    }
    cells |= {
        "validation accuracy": words.percent(run.best["val_accuracy"]),
        "test accuracy": words.percent(run.test_accuracy),
    }
    if interval := comparisons.accuracy_interval(run):
        cells["95 % interval"] = words.interval(*interval)
    if skill := balance.beside_accuracy(run):
        cells["larger class"] = f"{skill.balance.share:.1%} {skill.balance.larger}"
        cells |= {
            "balanced accuracy": words.percent(skill.balanced_accuracy),
            "ROC area": words.area(skill.roc_area),
        }
    return cells | {"training time": words.duration(run.training_seconds)}


st.subheader("Results")
rows = [{"run": words.plain(name), **result(run)} for name, run in runs.items() if run.best]
headings = dict.fromkeys(name for row in sorted(rows, key=len, reverse=True) for name in row)
small_table({column: [row.get(column, "") for row in rows] for column in headings})
st.caption(
    f"Kept: of each run the epoch with the {words.KEPT_BY}. All figures of a row are those of its kept epoch."
)
for uneven in dict.fromkeys(
    skill.balance for run in runs.values() if (skill := balance.beside_accuracy(run))
):
    st.warning(words.plain(words.uneven(uneven, "test")), icon=":material/balance:")
show_baselines(list(runs.values()))

st.subheader("Behaviour tests")
show_behaviour({key: candidates[key] for key in chosen}, names)


def verdict(found, first, second):
    """The end of a sentence: which of two runs is right more often on these reviews, or that it may be
    chance.
    """
    if not found.differs:
        return "that may well be chance"
    return f"{first if found.lead > 0 else second} differs on these reviews: it is right more often"


def show_pairs():
    """One sentence for each pair of runs, and one for each pair of configs of which all seeds agree."""
    for (one, other), found in list(pairs.items())[:MOST_PAIRS]:
        first, second = names[one], names[other]
        st.text(
            f"Of {found.reviews:,} test reviews {first} alone is right on {found.only_first:,}, {second} "
            f"alone on {found.only_second:,}: {words.p_value(found)}; {verdict(found, first, second)}."
        )
    for found in comparisons.agreeing_seeds({key: candidates[key] for key in chosen}, pairs):
        seeds = f"{len(found.better)} against {len(found.worse)} runs"
        st.text(
            f"{names[found.better[0]]} is better than {names[found.worse[0]]}, also across seeds ({seeds}): "
            f"in all {found.pairs} pairs of seeds the better config is right on more reviews, in "
            f"{found.significant} of them significantly."
        )
    left_out = f" The first {MOST_PAIRS} of {len(pairs)} pairs are shown." if len(pairs) > MOST_PAIRS else ""
    st.caption(
        f"Exact McNemar test on the same test reviews, p corrected for all {len(pairs)} pairs of the chosen "
        f"runs (Holm 1979).{left_out} The test compares these trained networks; another seed may give "
        "another result. Train each config with several seeds and choose all of these runs: if the seeds "
        "agree, this page says so."
    )


st.subheader("Do they differ by more than chance?")
tested = {key: candidates[key] for key in chosen if predictions.has_predictions(candidates[key])}
pairs, problems = comparisons.all_pairs(tested)
for problem in problems:
    st.error(words.plain(problem), icon=":material/error:")
if pairs:
    show_pairs()
else:
    st.caption("This takes two runs that were tested on the same reviews.")


def show_disagreements(first, second):
    """The reviews only one of two runs (keys) gets right, side by side."""
    found = tried(hard_reviews.disagreements, candidates[first], candidates[second])
    if not found:
        return
    *said, disagreements = found
    tested_on = tried(hard_reviews.tested_reviews, candidates[first], said[0])
    reviews = (disagreements.only_first, disagreements.only_second)
    for column, key, places in zip(st.columns(2), (first, second), reviews, strict=True):
        with column:
            st.markdown(f"**{len(places):,} reviews only {words.plain(names[key])} gets right**")
            for place in places[:MOST_DISAGREEMENTS] if tested_on else ():
                show_review(
                    tested_on.text(place),
                    positive=said[0].positive[place],
                    probabilities={
                        names[one]: who.probabilities[place]
                        for one, who in zip((first, second), said, strict=True)
                    },
                    key=str(place),
                    model=key if candidates[key].has_model else None,
                )
    shown = f"the {MOST_DISAGREEMENTS} with the largest gap between both probabilities are shown"
    st.caption(f"Right or wrong at 0.5; {shown}." if tested_on else "Right or wrong at 0.5.")


if pairs:
    st.subheader("Where they disagree")
    titles = {f"{first},{second}": f"{names[first]} and {names[second]}" for first, second in pairs}
    show_disagreements(
        *(linked_choice("Which two", titles, link="pair") if len(pairs) > 1 else next(iter(titles))).split(
            ","
        )
    )

st.subheader("What differs in the config")
differences = comparisons.config_differences(list(runs.values()))
if differences:
    columns = {"hyperparameter": [words.label(name) for name in differences]}
    for number, name in enumerate(runs):
        shown = [values[number] for values in differences.values()]
        columns[words.plain(name)] = ["not used" if value is None else words.plain(value) for value in shown]
    small_table(columns)
else:
    st.caption("Nothing: these runs have the same hyperparameters.")
