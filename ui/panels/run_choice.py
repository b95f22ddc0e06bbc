"""The choices at the top of the Compare page: data set, runs, baseline run. All stay in the page's link.

Called by pages/compare.py.
"""

import streamlit as st

from imdb_core.data import sources
from imdb_core.evaluation import comparable
from imdb_core.runs.store import Run
from ui import page_link
from ui.compared_runs import MOST, ComparedRun, places_after, places_of
from ui.formats import counted, escaped
from ui.linked_widgets import distinct_titles, linked_choice, linked_option, set_widget
from ui.run_titles import run_titles

NO_BASELINE = "none"
OF_ONE_DATA_SET = ("runs", "baseline", "pair")  # parameters of the link that name runs


def show_run_choice(candidates: dict[str, Run]) -> list[ComparedRun]:
    """Show the choices of data set and runs; returns the chosen runs, in the order of the link.

    `candidates` by key, the newest first; at least one. Runs of one data set are offered, and further runs
    only if the link names them.
    """
    places = places_of(st.query_params.get("runs", ""), candidates)
    _report_unknown(candidates)
    data_sets = comparable.by_data_set(candidates)
    offered = data_sets[_data_set(places, candidates, data_sets)]
    if not places and "runs" not in st.query_params:
        places = comparable.shown_first(offered, candidates)
    if len(known := [key for key in places if key]) > MOST:
        places = known[:MOST]
        st.warning(f"The link names {len(known)} runs. The first {MOST} of them are shown.")
    linked = [key for key in places if key and key not in offered]
    titles = distinct_titles(run_titles({key: candidates[key] for key in [*offered, *linked]}))
    _show_choice(titles, places)
    return [ComparedRun(key, titles[key], place, candidates[key]) for place, key in enumerate(places) if key]


def show_baseline_choice(runs: list[ComparedRun]) -> ComparedRun | None:
    """Show the choice of the baseline run; returns None if there is none."""
    titles = {run.key: run.title for run in runs}
    requested = st.query_params.get("baseline", NO_BASELINE)
    if requested not in (NO_BASELINE, *titles):
        st.error(
            escaped(
                f"The link names {requested[:60]} as the baseline run, but it is none of the chosen runs. "
                "Choose it as a run first, or choose another baseline run."
            )
        )
    key = linked_option(
        "Baseline run",
        {NO_BASELINE: "none"} | titles,
        link="baseline",
        help="All other runs are compared with this run: settings, results, and curves if you wish.",
    )
    return next((run for run in runs if run.key == key), None)


def show_data_sets(runs: list[ComparedRun]) -> None:
    """If the chosen runs learned from several data sets: a sentence on what can be compared."""
    groups = comparable.by_data_set({run.key: run.run for run in runs})
    if len(groups) > 1:
        named = ", ".join(f"{sources.title(name)} ({len(keys)})" for name, keys in groups.items())
        st.warning(
            escaped(
                f"These runs learned from {len(groups)} data sets: {named}. Their settings, times and the "
                "shapes of their curves can be compared. Their accuracies cannot: each holds for the texts "
                "of its own data set. Tests for chance and disagreements need runs of the same data set."
            ),
            icon=":material/rule:",
        )


def _data_set(places, candidates, data_sets):
    """The data set of the first run in the link, else the chosen data set, else the latest run's."""
    linked = comparable.by_data_set({key: candidates[key] for key in places if key})
    if len(data_sets) == 1:
        return next(iter(data_sets))
    if linked:
        st.query_params["data"] = next(iter(linked))
    counts = {name: counted(len(keys), "run") for name, keys in data_sets.items()}
    titles = {name: f"{sources.title(name)} · {counts[name]}" for name in data_sets}
    return linked_choice("Data set", titles, link="data", then=_forget_runs)


def _forget_runs():
    """Take all runs out of the link, because they are of the earlier data set."""
    for name in OF_ONE_DATA_SET:
        page_link.change(name, None)


def _report_unknown(candidates):
    requested = [key for key in st.query_params.get("runs", "").split(",") if key.strip()]
    if unknown := [key for key in requested if key not in candidates]:
        st.error(
            escaped(
                f"The link names {', '.join(unknown)[:80]}, which does not exist here, is damaged, has not "
                "finished an epoch, or is a language model. Choose below."
            )
        )


def _show_choice(titles, places):
    """The box with the chosen runs. A change is written into the link, each run at its place."""
    widget = "runs-choices"
    set_widget(widget, [key for key in places if key], titles)

    def follow():
        chosen = [key for key in st.session_state[widget] if key in titles]
        page_link.change("runs", ",".join(places_after(places, chosen)))
        if st.query_params.get("baseline") not in chosen:
            page_link.change("baseline", None)

    st.multiselect(
        "Runs",
        list(titles),
        format_func=titles.get,
        key=widget,
        on_change=follow,
        max_selections=MOST,
    )
