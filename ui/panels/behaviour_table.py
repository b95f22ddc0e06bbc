"""The behaviour tests on the Compare page: how many sentences of each kind a network gets right."""

import streamlit as st

from imdb_core.evaluation import behaviour
from ui.cancellation import cancellation_point
from ui.compared_runs import ComparedRun
from ui.formats import escaped, percent
from ui.messages import read_or_show_error
from ui.reviews import try_button
from ui.run_marks import Cell, show_table, text


def show_behaviour(runs: list[ComparedRun]) -> None:
    """Runs in rows, kinds in columns, then the failed sentences of one run.

    Runs whose texts the sentences do not suit are left out.
    """
    runs = [run for run in runs if behaviour.suits(run.run)]
    if not runs:
        st.caption("These sentences are about films and in English; no chosen run learned from such texts.")
        return
    tested = {run.key: _results(run.run) for run in runs}
    if not any(tested.values()):
        st.caption("None of these runs has a model yet, so no sentence was tried.")
        return
    heading = [
        text("run"),
        *(text(kind, tip=about) for kind, about in behaviour.KINDS.items()),
        text("total"),
    ]
    rows = [[Cell((run.mark,)), *_cells(tested[run.key], len(heading) - 1)] for run in runs]
    show_table(heading, rows, label="Behaviour tests", key="behaviour")
    abouts = "; ".join(f"{kind}: {about}" for kind, about in behaviour.KINDS.items())
    st.caption(
        escaped(
            f"{len(behaviour.cases())} short sentences written for this page. {abouts}. “The same as” means "
            f"a difference of less than {100 * behaviour.ALIKE:.0f} points. So few sentences show a "
            "network's habits, not its accuracy."
        )
    )
    failed = {run.key: _failed(tested[run.key]) for run in runs if _failed(tested[run.key])}
    if failed:
        _show_failed(failed, {run.key: run.title for run in runs})


def _results(run):
    """The run's result for each sentence; None if it has no model, or its model cannot be used."""
    return read_or_show_error(behaviour.results, run.folder, cancellation_point) if run.has_model else None


def _failed(results):
    return [result for result in results or () if not result.passed]


def _cells(results, columns):
    """7 of 10 for each kind and for all."""
    if not results:
        return [text("no model yet"), *[Cell()] * (columns - 1)]
    counts = list(behaviour.counts(results).values())
    total = sum(passed for passed, _ in counts), sum(tests for _, tests in counts)
    return [text(f"{passed} of {tests}") for passed, tests in (*counts, total)]


def _show_failed(failed, titles):
    """The sentences that one run got wrong. The list is filled only while it is open, to save time."""
    label = "The failed sentences of a run"
    with st.expander(label, key="failed", on_change="rerun", icon=":material/rule:") as expander:
        if not expander.open:
            return
        key = st.selectbox(
            "Run",
            list(failed),
            format_func=lambda key: f"{titles[key]}: {len(failed[key])} failed",
            key="failed-run",
        )
        for number, result in enumerate(failed[key]):
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
