"""The behaviour tests on the Compare page: how many sentences of each kind a network gets right."""

import streamlit as st

from imdb_core.evaluation import behaviour
from imdb_core.runs.store import Run
from ui.cancellation import cancellation_point
from ui.formats import escaped, percent
from ui.messages import read_or_show_error
from ui.reviews import try_button
from ui.tables import small_table


def show_behaviour(runs: dict[str, Run], titles: dict[str, str]) -> None:
    """Kinds in rows, runs in columns (both dictionaries by key), then the failed sentences of each run.

    Runs whose texts the sentences do not suit are left out.
    """
    runs = {key: run for key, run in runs.items() if behaviour.suits(run)}
    if not runs:
        st.caption("These sentences are about films and in English; no chosen run learned from such texts.")
        return
    tested = {key: _results(run) for key, run in runs.items()}
    kinds = [f"{escaped(kind)} ({escaped(about)})" for kind, about in behaviour.KINDS.items()]
    columns = {"kind": [*kinds, "**total**"]}
    for key, results in tested.items():
        cells = _cells(results) if results else ["no model yet"] * len(columns["kind"])
        columns[escaped(titles[key])] = cells
    small_table(columns)
    st.caption(
        f"{len(behaviour.cases())} short sentences written for this page. “The same as” means a difference "
        f"of less than {100 * behaviour.ALIKE:.0f} points. So few sentences show a network's habits, not its "
        "accuracy."
    )
    for key, results in tested.items():
        failed = [result for result in results or () if not result.passed]
        if failed:
            _show_failed(failed, key=key, title=titles[key])


def _results(run):
    """The run's result for each sentence; None if it has no model, or its model cannot be used."""
    return read_or_show_error(behaviour.results, run.folder, cancellation_point) if run.has_model else None


def _cells(results):
    """7 of 10 for each kind and for all."""
    counts = list(behaviour.counts(results).values())
    total = sum(passed for passed, _ in counts), sum(tests for _, tests in counts)
    return [f"{passed} of {tests}" for passed, tests in (*counts, total)]


def _show_failed(results, *, key, title):
    """The sentences that one run got wrong. The list is filled only while it is open, to save time."""
    label = f"{len(results)} failed: {escaped(title)}"
    with st.expander(label, key=f"failed-{key}", on_change="rerun", icon=":material/rule:") as expander:
        if not expander.open:
            return
        for number, result in enumerate(results):
            with st.container(gap=None):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.text(result.case.text)
                    try_button(result.case.text, key=f"behaviour-{key}-{number}", model=key)
                st.caption(
                    escaped(f"{result.case.kind}: {_answer(result)}; expected {result.case.expectation}")
                )


def _answer(result):
    """60.2 % positive, and for a pair of sentences also the other sentence's probability."""
    if result.probability is None:
        return "the network knows none of its words"
    answer = f"{percent(result.probability)} positive"
    if result.other_probability is None:
        return answer
    return f"{answer}, the other sentence {percent(result.other_probability)}"
