"""The best setting of a sweep against the preset, and by how much it is overestimated.

Called by sweep_view.
"""

import statistics
from dataclasses import replace

import streamlit as st

from imdb_core.evaluation import run_differences
from imdb_core.runs import store
from imdb_core.sweeps import control, optimism
from imdb_core.sweeps.overview import Overview
from imdb_core.sweeps.trials import best_value
from ui import messages
from ui.formats import escaped, percent
from ui.labels import label
from ui.links import show_link
from ui.panels.setting_differences import show_difference_table
from ui.panels.sweep_buttons import train_again
from ui.run_marks import Cell, Link, show_table, text
from ui.sweep_texts import OBJECTIVES, cost_text, difference_text, objective_text, value_text

CHOSEN_FRONT = "front-setting"
LUCK = (
    "The best of many settings is also the luckiest: with another seed it will probably be worse, because "
    "the seed decides the first weights and which texts are used for validation."
)


def show_best(now: Overview) -> None:
    """Show the best setting as a list of differences, and what fresh seeds say about it."""
    if now.best is None:
        st.caption("No setting is complete yet. The best one will be shown here.")
        return
    _show_setting(now, now.best, f"Setting {now.best.number} is the best of {now.count('complete')} complete")
    _show_left_out(now)
    _show_fresh_seeds(now, now.best)


def show_front(now: Overview) -> None:
    """Show the table of the front, and what fresh seeds say about the setting that the visitor chooses."""
    config = now.sweep.config
    if not now.front:
        st.caption("No setting is complete yet. The settings that no other beats will be shown here.")
        return
    st.markdown(
        f"No other setting has both a better {OBJECTIVES[config.objective]} and a lower cost than these. "
        "Which one is best is your choice."
    )
    heading = ["setting", OBJECTIVES[config.objective], "cost", *(label(each.name) for each in config.space)]
    rows = [_front_row(config, each) for each in now.front]
    key = f"front-{now.sweep.id}"
    show_table([text(name) for name in heading], rows, label="Settings of the front", key=key)
    numbers = [each.number for each in now.front]
    number = st.selectbox("Setting to train again", numbers, key=f"{CHOSEN_FRONT}-{now.sweep.id}", width=240)
    chosen = now.by_number(number) or now.front[0]
    _show_setting(now, chosen, f"Setting {chosen.number}")
    _show_fresh_seeds(now, chosen)


def fresh_runs(now: Overview) -> list[store.Run]:
    """All runs with fresh seeds that the sweep's settings got and that still exist."""
    ids = [id for chosen in now.sweep.chosen for id in chosen.runs]
    return [store.read(store.find(id).folder) for id in ids if store.exists(id)]


def _front_row(config, tried):
    first = Cell((str(tried.number),), links=(Link("Watch", "watch", "run", tried.runs[0]),))
    figures = [objective_text(config, tried.value), cost_text(config, tried.cost)]
    return [first, *map(text, figures), *(text(value_text(value)) for value in tried.values)]


def _show_setting(now, tried, begin):
    config = now.sweep.config
    name = OBJECTIVES[config.objective]
    seeds = f", the mean of {config.seeds} seeds" if config.seeds > 1 else ""
    figure = f"{name} {objective_text(config, tried.value)}{seeds}"
    st.markdown(escaped(f"{begin}: {figure}."))
    run = store.read(store.find(tried.runs[0]).folder) if store.exists(tried.runs[0]) else None
    if run is None or run.config is None:
        return
    rows = [_rounded(row) for row in run_differences.from_preset(run.config)]
    heading = [text("preset"), text(f"setting {tried.number}")]
    title = "What the setting changes of the preset"
    show_difference_table(rows, heading, marks=True, label=title, key=f"best-{now.sweep.id}")
    changed = {row.name for row in rows}
    same = [label(each.name) for each in config.space if each.name not in changed]
    if same:
        st.caption(escaped(f"As in the preset: {', '.join(same)}."))


def _rounded(row):
    """Proposed values have 17 digits, of which a reader needs four."""
    values = (float(f"{value:.4g}") if isinstance(value, float) else value for value in row.values)
    return replace(row, values=tuple(values))


def _show_fresh_seeds(now, tried):
    """The button that trains the setting again; afterwards its runs and what they say."""
    sweep = now.sweep
    chosen = control.chosen_for(sweep, tried.number)
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen is None:
            st.button(
                f"Train {'the best' if now.best else 'it'} with three seeds",
                type="primary",
                icon=":material/model_training:",
                key=f"train-again-{sweep.id}-{tried.number}",
                help="Queues three runs of this setting with fresh seeds. They are tested on the test texts.",
                on_click=messages.clicked,
                args=(train_again, sweep.id, tried.number),
                kwargs={"done": "Three runs with fresh seeds are queued."},
            )
        show_link("train", "Open the form with these values", icon="tune", **{"from": tried.runs[0]})
    if chosen is None:
        st.info(
            escaped(f"{LUCK} By how much is not known: train it with fresh seeds to find out."),
            icon=":material/casino:",
        )
        return
    runs = [store.read(store.find(id).folder) for id in chosen.runs if store.exists(id)]
    st.info(escaped(_verdict(now, tried, runs)), icon=":material/casino:")
    _show_runs(now, runs)


def _verdict(now, tried, runs):
    """By how much the sweep overestimated the setting, or that it is not known yet."""
    config = now.sweep.config
    found = optimism.by_fresh_seeds(config, tried.value, runs)
    if found is None:
        return f"{LUCK} {len(runs)} runs with fresh seeds will tell by how much."
    name, mean = OBJECTIVES[config.objective], objective_text(config, found.mean)
    ends = found.interval
    spread = f" (95 % interval {' to '.join(objective_text(config, end) for end in ends)})" if ends else ""
    verdict = (
        f"In the sweep, the {name} was {objective_text(config, tried.value)}. The mean of "
        f"{len(found.unseen)} fresh seeds is {mean}{spread}. "
    )
    size = difference_text(config, abs(found.excess))
    if found.excess > 0:
        verdict += f"The sweep overestimated the setting by {size}."
    else:
        verdict += f"The sweep did not overestimate the setting: fresh seeds are better by {size}."
    tests = [run.test_accuracy for run in runs if run.test_accuracy is not None]
    if tests:
        verdict += (
            f" Test accuracy, which the sweep has not seen: {percent(statistics.fmean(tests))} on average."
        )
    missing = len(runs) - len(found.unseen)
    return f"{verdict} {missing} of the runs have not finished." if missing else verdict


def _show_left_out(now):
    """What the seeds within the sweep say about its luck."""
    found, config = now.left_out, now.sweep.config
    if found is None:
        return
    name = OBJECTIVES[config.objective]
    size = difference_text(config, abs(found.excess))
    result = f"The choice promises {size} too much." if found.excess > 0 else "It does not promise too much."
    st.caption(
        escaped(
            f"The sweep has {config.seeds} seeds for each setting. If the choice leaves out one seed at a "
            f"time, its setting has a mean {name} of {objective_text(config, found.seen)} with the seeds "
            f"that chose it, and {objective_text(config, found.mean)} with the seed left out. {result}"
        )
    )


def _show_runs(now, runs):
    config = now.sweep.config
    heading = ["run with a fresh seed", "state", OBJECTIVES[config.objective], "test accuracy"]
    rows = [
        [
            Cell((run.name,), links=tuple(_links(run))),
            text(run.state),
            text(objective_text(config, best_value(run.epochs, config)) if run.epochs else ""),
            text("" if run.test_accuracy is None else percent(run.test_accuracy)),
        ]
        for run in runs
    ]
    key = f"fresh-{now.sweep.id}"
    show_table([text(name) for name in heading], rows, label="Runs with fresh seeds", key=key)
    st.caption(
        "Only these runs are tested. Runs of the sweep are not, because the best of many test results would "
        "be lucky as well."
    )


def _links(run):
    yield Link("Watch", "watch", "run", run.id)
    if run.test_accuracy is not None:
        yield Link("Look into", "inspect", "run", run.id)
