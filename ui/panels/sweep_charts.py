"""The charts of a sweep, drawn once for each state of its settings. Called by sweep_view."""

import functools

import streamlit as st

from imdb_core.sweeps import importances
from imdb_core.sweeps.overview import Overview
from ui.charts import sweeps as charts
from ui.charts.component import rendered, show_rendered
from ui.charts.parallel import parallel_coordinates
from ui.formats import counted, escaped
from ui.labels import label
from ui.sweep_texts import COSTS, OBJECTIVES, objective_text

SLICES = 4  # that are shown without a click
CACHED = 64  # charts


def show_front_chart(now: Overview) -> None:
    """Show cost against objective."""
    config = now.sweep.config
    chart = _drawn("front", config, now.tried, now.front)
    alt = f"{OBJECTIVES[config.objective]} over {COSTS[config.cost]}; {len(now.front)} settings on the front."
    show_rendered(chart, key=f"front-chart-{now.sweep.id}", alt=alt.capitalize())


def show_history(now: Overview) -> None:
    """Show the objective of each setting, and the best one so far."""
    config = now.sweep.config
    best = f"; the best so far is {objective_text(config, now.best.value)}" if now.best else ""
    alt = f"{OBJECTIVES[config.objective]} of {counted(len(now.tried), 'setting')} in their order{best}."
    st.markdown("**History**")
    show_rendered(_drawn("history", config, now.tried), key=f"history-{now.sweep.id}", alt=alt.capitalize())
    if now.count("pruned"):
        st.caption("A cross is a run that ended early: its figure is that of its last epoch.")


def show_importances(now: Overview) -> None:
    """Show how much each hyperparameter matters, or why that is not known."""
    st.markdown("**Which hyperparameters matter?**")
    stored, is_running = importances.read(now.sweep), importances.job(now.sweep).is_running()
    if stored and stored.shares:
        named = ", ".join(f"{label(name)} {share:.0%}" for name, share in stored.shares.items())
        key = f"importances-{now.sweep.id}"
        show_rendered(_bars(tuple(stored.shares.items())), key=key, alt=f"Importances: {named}.")
    st.caption(escaped(_importance_remark(now, stored, is_running)))
    if failure := importances.job(now.sweep).failure():
        st.error(escaped(failure), icon=":material/error:")


def show_parallel(now: Overview) -> None:
    """Show each setting as a line across all hyperparameters."""
    config = now.sweep.config
    best = now.best.number if now.best else None
    alt = (
        f"Parallel coordinates of {counted(len(now.tried), 'setting')}: {OBJECTIVES[config.objective]} and "
        f"{', '.join(label(each.name) for each in config.space)}."
    )
    st.markdown("**All settings across their values**")
    chart = _drawn("parallel", config, now.tried, best)
    show_rendered(chart, key=f"parallel-{now.sweep.id}", alt=alt)


def show_slices(now: Overview) -> None:
    """Show the objective over each hyperparameter; the most important ones first."""
    config = now.sweep.config
    stored = importances.read(now.sweep)
    order = list(stored.shares) if stored else []
    places = sorted(range(len(config.space)), key=lambda place: _rank(config.space[place].name, order))
    st.markdown("**One hyperparameter at a time**")
    if len(places) > SLICES and not st.toggle(f"Show all {len(places)}", key=f"slices-{now.sweep.id}"):
        places = places[:SLICES]
    best = now.best.number if now.best else None
    for first in range(0, len(places), 2):
        for column, place in zip(st.columns(2), places[first : first + 2], strict=False):
            name = config.space[place].name
            alt = f"{OBJECTIVES[config.objective]} of each setting over {label(name)}.".capitalize()
            with column:
                chart = _drawn("slice", config, now.tried, place, best)
                show_rendered(chart, key=f"slice-{name}-{now.sweep.id}", alt=alt)


def _importance_remark(now, stored, is_running):
    complete = now.count("complete")
    if stored is None:
        if is_running:
            return "The importances are being computed …"
        if len(now.sweep.config.space) < 2:
            return "Only one hyperparameter varies, so there is nothing to compare."
        more = max(0, importances.FEWEST - complete)
        return f"Known after {counted(more, 'more complete setting')}." if more else "Not known."
    text = (
        f"Share of the differences in the {OBJECTIVES[now.sweep.config.objective]} that each hyperparameter "
        f"explains (fANOVA), from {counted(stored.settings, 'complete setting')}."
    )
    if is_running:
        return f"{text} New shares from {complete} settings are being computed …"
    return text


def _rank(name, order):
    return order.index(name) if name in order else len(order)


@functools.lru_cache(CACHED)
def _drawn(kind, config, tried, *more):
    """(JSON, height) of a chart; from the cache while no setting has changed."""
    draw = {
        "history": charts.history,
        "parallel": parallel_coordinates,
        "slice": charts.slice_of,
        "front": charts.front_chart,
    }[kind]
    return rendered(draw(config, tried, *more))


@functools.lru_cache(CACHED)
def _bars(shares):
    return rendered(charts.importance_bars(dict(shares)))
