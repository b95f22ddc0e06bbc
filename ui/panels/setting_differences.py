"""In what runs differ, as a table: settings, data set, seed, version, processor.

Called by the page "Compare runs", and by the page "Sweeps" for the best setting against the preset.
"""

import streamlit as st

from imdb_core import architectures
from imdb_core.data import sources
from imdb_core.evaluation import run_differences
from imdb_core.evaluation.run_differences import Difference
from ui.compared_runs import ComparedRun, with_baseline_first
from ui.formats import shortened
from ui.labels import choice, label
from ui.run_marks import Cell, show_table, text

LONGEST_NAMES = 60  # characters of the names of all classes together
RECORDED_NAMES = {
    "texts": "Texts (fingerprint)",
    "app_version": "Version of the app",
    "processor": "Trained on",
    "threads": "CPU threads",
    "packages": "Packages",
}


def show_differences(runs: list[ComparedRun], baseline: ComparedRun | None) -> None:
    """One row for each setting or recorded fact that differs, one column for each run, the baseline first.

    Cells that differ from the baseline run's stand out.
    """
    shown = with_baseline_first(runs, baseline)
    if len(shown) < 2:
        st.caption("Choose a second run to see what differs.")
        return
    rows = run_differences.differences([run.run for run in shown])
    if not rows:
        st.caption("Nothing: these runs have the same settings, data, seed, app version and processor.")
        return
    heading = [Cell((run.mark,), note=_role(run, baseline)) for run in shown]
    title = "What differs between the runs"
    show_difference_table(rows, heading, marks=baseline is not None, label=title, key="differences")
    if baseline:
        st.caption("Bold on a dark ground: differs from the baseline run.")


def show_difference_table(
    rows: list[Difference], heading: list[Cell], *, marks: bool, label: str, key: str
) -> None:
    """One row for each difference, one column for each cell of the heading.

    With `marks`, cells that differ from the first column stand out.
    """
    cells = [[text(_name(row)), *_cells(row, marks=marks)] for row in rows]
    show_table([text("setting"), *heading], cells, label=label, key=key)


def _role(run, baseline):
    return "baseline run" if run is baseline else ""


def _name(row: Difference) -> str:
    return RECORDED_NAMES[row.name] if row.is_recorded else label(row.name)


def _cells(row, *, marks):
    """The cells of a row; the first belongs to the baseline run, if there is one."""
    return [
        text(_value(row, value), strong="differs" if marks and row.changed(place, baseline=0) else "")
        for place, value in enumerate(row.values)
    ]


def _value(row, value):
    """A value as text: the title of a data set; of the names of classes the first ones."""
    if value is None:
        return "not recorded" if row.is_recorded else "not used"
    if row.name == "dataset":
        return sources.title(value)
    if row.name == "network":
        return architectures.get(value).title
    if isinstance(value, tuple):
        return shortened(", ".join(value), LONGEST_NAMES)
    return str(value if row.is_recorded else choice(value))
