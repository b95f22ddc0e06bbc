"""The list of all runs: filters, table or cards, and what can be done with the ticked runs."""

import functools

import streamlit as st

from imdb_core.runs import launcher
from imdb_core.runs.listing import Listing
from imdb_core.runs.names import display_names
from imdb_core.runs.store import Run
from imdb_core.sweeps.store import known
from ui import messages
from ui.csv_files import csv_download
from ui.formats import counted
from ui.pages import link_to
from ui.paging import page_of
from ui.panels.run_filters import chosen_filter
from ui.panels.ticked_runs import show_ticked_runs
from ui.run_columns import run_columns
from ui.run_table import show_run_table
from ui.run_titles import visitor_zone

RUNS_ON_A_PAGE = 50
VIEWS = ("table", "cards")


def show_run_list(runs: list[Run]) -> None:
    """Show the list of `runs`, just read. While a run is active or queued, it is read again every 2 s."""
    is_moving = _any_moves(runs)
    st.fragment(_show, run_every=2 if is_moving else None)([runs], is_moving)


def _show(just_read, was_moving):
    """`just_read` holds the list for the first drawing only, so that open tabs do not keep it in memory."""
    runs = just_read.pop() if just_read else launcher.runs()
    if was_moving and not _any_moves(runs):
        messages.refresh()  # nothing moves any more: the list need not be read again
    zone = visitor_zone()
    listing = Listing(runs, display_names({run.id: run for run in runs}, zone))
    wanted, order = chosen_filter(listing)
    chosen = listing.chosen(wanted, order)
    if chosen:
        _show_page(listing, chosen, order, zone)
    else:
        st.info("No run passes the filter. Take a word or a choice away.", icon=":material/filter_alt_off:")
    show_ticked_runs(listing)
    if chosen:
        columns = functools.partial(run_columns, listing, chosen, zone)
        csv_download(columns, file_name="runs.csv", label="Download the list as CSV")


def _show_page(listing, chosen, order, zone):
    """Show a page of the `chosen` runs, and follow a click on a run."""
    all_runs = counted(len(listing.runs), "run")
    count = all_runs if len(chosen) == len(listing.runs) else f"{len(chosen):,} of {all_runs}"
    place, view = st.container(), st.query_params.get("view")
    shown = page_of(chosen, RUNS_ON_A_PAGE, key="page-of-runs")
    view = view if view in VIEWS else VIEWS[0]
    with place:
        opened = show_run_table(listing, shown, count=count, order=order, view=view, zone=zone)
    if opened in listing.names:
        st.switch_page(link_to("watch").file, query_params={"run": opened})
    elif opened and known(opened):
        st.switch_page(link_to("sweeps").file, query_params={"sweep": opened})


def _any_moves(runs):
    return any(run.active or run.state == "queued" for run in runs)
