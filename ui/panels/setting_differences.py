"""The hyperparameters in which runs differ, as a table."""

import streamlit as st

from imdb_core.data import sources
from imdb_core.evaluation import comparisons
from imdb_core.runs.store import Run
from ui.formats import escaped, shortened
from ui.labels import label
from ui.tables import small_table

LONGEST_NAMES = 60  # characters of the names of all classes together


def show_setting_differences(runs: dict[str, Run]) -> None:
    """One row for each hyperparameter that differs, one column for each run (title -> run)."""
    differences = comparisons.config_differences(list(runs.values()))
    if not differences:
        st.caption("Nothing: these runs have the same hyperparameters.")
        return
    columns = {"hyperparameter": [label(name) for name in differences]}
    for number, title in enumerate(runs):
        columns[escaped(title)] = [_cell(name, row[number]) for name, row in differences.items()]
    small_table(columns)


def _cell(name, value):
    """A value as text: the title of a data set; of the names of classes the first ones."""
    if value is None:
        return "not used"
    if name == "dataset":
        return escaped(sources.title(value))
    return escaped(shortened(", ".join(value), LONGEST_NAMES)) if isinstance(value, tuple) else escaped(value)
