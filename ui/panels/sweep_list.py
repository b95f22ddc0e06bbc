"""The list of all sweeps. Called by pages/sweeps.py."""

import streamlit as st

from imdb_core import architectures
from imdb_core.data import sources
from imdb_core.runs.names import created, written
from imdb_core.sweeps.control import keep_moving
from imdb_core.sweeps.overview import overview
from imdb_core.sweeps.store import sweeps
from imdb_core.sweeps.sweep import Sweep
from ui.formats import shortened
from ui.messages import read_or_show_error
from ui.paging import page_of
from ui.run_marks import Cell, Link, show_table, text
from ui.run_titles import visitor_zone
from ui.sweep_texts import budget_text, objective_text, varied

ON_A_PAGE = 20
LONGEST_NAME = 60  # characters
LOOK_SECONDS = 5
HEADING = ("sweep", "state", "tried", "best", "network", "data set", "started")


def show_sweep_list(listed: list[Sweep]) -> None:
    """Show the sweeps, the newest first; while one of them runs, they are read again."""
    is_running = any(sweep.state == "running" for sweep in listed)
    st.fragment(_show, run_every=LOOK_SECONDS if is_running else None)([listed])


def _show(just_read):
    listed = just_read.pop() if just_read else sweeps()
    place = st.container()
    shown = page_of(listed, ON_A_PAGE, key="page-of-sweeps")
    with place:
        overviews = [overview(sweep) for sweep in shown]
        for now in overviews:
            read_or_show_error(keep_moving, now)
        rows = [_row(now) for now in overviews]
        show_table([text(name) for name in HEADING], rows, label="Sweeps", key="sweeps-table")


def _row(now):
    sweep = now.sweep
    link = Link("Open", "sweeps", "sweep", sweep.id)
    time = created(sweep.id)
    date = text(written(time.astimezone(visitor_zone())) if time else "")
    config, title = sweep.config, shortened(sweep.name, LONGEST_NAME)
    if config is None:
        return [Cell((title,), note=sweep.damaged, links=(link,)), text(sweep.state), *[text("")] * 4, date]
    best = objective_text(config, now.best.value) if now.best else ""
    if now.front:
        best = f"a front of {len(now.front)}"
    return [
        Cell((title,), note=f"varies {varied(config)}", links=(link,)),
        text(sweep.state),
        text(budget_text(now.budgets[0])),
        text(best),
        text(architectures.get(config.base.network).title),
        text(sources.title(config.base.dataset)),
        date,
    ]
