"""All settings of a sweep as a table, page by page. Called by sweep_view."""

import functools

import streamlit as st

from imdb_core.sweeps.overview import Overview
from ui.csv_files import csv_download
from ui.labels import label
from ui.paging import page_of
from ui.run_marks import Cell, Link, show_table, text
from ui.sweep_texts import OBJECTIVES, STATES, cost_text, ending_text, objective_text, value_text

ON_A_PAGE = 20


def show_settings(now: Overview) -> None:
    """Show the table, the newest setting first, and its download."""
    if not now.tried:
        st.caption("No setting was tried yet. The first one is queued when a slot is free.")
        return
    config = now.sweep.config
    place = st.container()
    shown = page_of(now.tried[::-1], ON_A_PAGE, key=f"settings-{now.sweep.id}")
    heading = ["setting", "state", OBJECTIVES[config.objective]]
    heading += ["cost"] if config.cost != "none" else []
    heading += [*(label(each.name) for each in config.space), "epochs", "runs"]
    with place:
        show_table(
            [text(name) for name in heading],
            [_row(config, each) for each in shown],
            label="Settings",
            key=f"settings-table-{now.sweep.id}",
        )
    csv_download(functools.partial(_columns, now), file_name="sweep.csv", label="All settings as CSV")


def _row(config, tried):
    links = tuple(
        Link("Watch" if len(tried.runs) == 1 else f"Watch {place}", "watch", "run", id)
        for place, id in enumerate(tried.runs, 1)
    )
    figures = [objective_text(config, tried.value) if tried.value is not None else ""]
    figures += [cost_text(config, tried.cost)] if config.cost != "none" else []
    return [
        text(str(tried.number)),
        Cell((_state(tried),), note=ending_text(tried)),
        *map(text, figures),
        *(text(value_text(value)) for value in tried.values),
        text(str(tried.epochs)),
        Cell(links=links),
    ]


def _state(tried):
    """The state of an open setting is that of its runs."""
    return ", ".join(dict.fromkeys(tried.run_states)) if tried.state == "open" else STATES[tried.state]


def _columns(now):
    config = now.sweep.config
    columns = {
        "setting": [each.number for each in now.tried],
        "state": [each.state for each in now.tried],
        config.objective: [each.value for each in now.tried],
    }
    if config.cost != "none":
        columns[config.cost] = [each.cost for each in now.tried]
    for place, dimension in enumerate(config.space):
        columns[dimension.name] = [each.values[place] for each in now.tried]
    return columns | {
        "epochs": [each.epochs for each in now.tried],
        "runs": [" ".join(each.runs) for each in now.tried],
    }
