"""The hyperparameters in which runs differ, as a table."""

import streamlit as st

from imdb_core.evaluation import comparisons
from imdb_core.runs.store import Run
from ui.formats import escaped
from ui.labels import label
from ui.tables import small_table


def show_setting_differences(runs: dict[str, Run]) -> None:
    """One row for each hyperparameter that differs, one column for each run (title -> run)."""
    differences = comparisons.config_differences(list(runs.values()))
    if not differences:
        st.caption("Nothing: these runs have the same hyperparameters.")
        return
    columns = {"hyperparameter": [label(name) for name in differences]}
    for number, title in enumerate(runs):
        values = [row[number] for row in differences.values()]
        columns[escaped(title)] = ["not used" if value is None else escaped(value) for value in values]
    small_table(columns)
