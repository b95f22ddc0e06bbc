"""The behaviour tests on the Compare page: how many sentences of each kind a network understands, and which
it does not.
"""

import streamlit as st

from imdb_core.evaluation import behaviour
from imdb_core.runs.store import Run
from ui import words
from ui.parts import small_table, tried, try_button
from ui.waiting import pause


def show_behaviour(runs: dict[str, Run], titles: dict[str, str]) -> None:
    """Kinds in rows, runs in columns (both dictionaries by key), then the failed sentences of each run."""
    found = {
        key: tried(behaviour.results, run.folder, pause) if run.has_model else None
        for key, run in runs.items()
    }
    rows = [f"{words.plain(kind)} ({words.plain(about)})" for kind, about in behaviour.KINDS.items()]
    columns = {"kind": [*rows, "**total**"]}
    for key, results in found.items():
        columns[words.plain(titles[key])] = (
            _cells(results) if results else ["no model yet"] * len(columns["kind"])
        )
    small_table(columns)
    st.caption(
        f"{len(behaviour.cases())} short sentences written for this page. “The same as” allows less than "
        f"{100 * behaviour.ALIKE:.0f} points of difference. So few sentences show habits, not accuracy."
    )
    for key, results in found.items():
        if results and not all(result.passed for result in results):
            _failed(key, titles[key], [result for result in results if not result.passed])


def _cells(results):
    """7 of 10 for each kind and for all."""
    counted = list(behaviour.counts(results).values())
    total = sum(passed for passed, _ in counted), sum(tests for _, tests in counted)
    return [f"{passed} of {tests}" for passed, tests in (*counted, total)]


def _failed(key, title, results):
    """The sentences one run got wrong; filled only while it is open, so that a closed list costs nothing."""
    label = f"{len(results)} failed: {words.plain(title)}"
    with st.expander(label, key=f"failed-{key}", on_change="rerun", icon=":material/rule:") as opened:
        if not opened.open:
            return
        for number, result in enumerate(results):
            with st.container(gap=None):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.text(result.case.text)
                    try_button(result.case.text, key=f"behaviour-{key}-{number}", model=key)
                st.caption(
                    words.plain(f"{result.case.kind}: {_said(result)}; expected {result.case.expectation}")
                )


def _said(result):
    """60.2 % positive, and for a relation what the other sentence got."""
    if result.probability is None:
        return "the network knows no word of it"
    other = (
        ""
        if result.other_probability is None
        else f", the other sentence {words.percent(result.other_probability)}"
    )
    return f"{words.percent(result.probability)} positive{other}"
