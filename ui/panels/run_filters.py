"""The filters and the order of the list of runs, kept in the link. Called by ui/panels/run_list.py."""

import streamlit as st

from imdb_core import architectures
from imdb_core.runs.listing import Filter, Listing
from imdb_core.sweeps import store as sweep_store
from ui.linked_widgets import linked_option
from ui.run_state import ICONS

LONGEST_SEARCH = 100  # characters
ORDER_TITLES = {
    "-created": "Newest first",
    "created": "Oldest first",
    "-validation": "Best validation first",
    "validation": "Lowest validation first",
    "-test": "Best test first",
    "test": "Lowest test first",
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "network": "Network, A to Z",
    "-network": "Network, Z to A",
    "dataset": "Data set, A to Z",
    "-dataset": "Data set, Z to A",
    "state": "State, A to Z",
    "-state": "State, Z to A",
    "place": "Place, A to Z",
    "-place": "Place, Z to A",
    "seed": "Lowest seed first",
    "-seed": "Highest seed first",
    "-epochs": "Most epochs first",
    "epochs": "Fewest epochs first",
}


def chosen_filter(listing: Listing) -> tuple[Filter, str]:
    """(the filter, the order as a key of ORDER_TITLES) that the user has chosen, or that the link holds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Find",
            max_chars=LONGEST_SEARCH,
            key="find",
            bind="query-params",
            live=True,  # not a duration such as "300ms": Streamlit would load pandas to read it
            placeholder="name, setting, tag …",
            width=280,
        )
        with st.container(width=220):
            order = linked_option("Order", ORDER_TITLES, link="sort")
        chosen = sum(bool(st.query_params.get(name)) for name in ("state", "network", "dataset", "sweep"))
        with st.popover(f"Filter ({chosen})" if chosen else "Filter", icon=":material/filter_alt:"):
            filters = _choices(listing)
    return Filter(words or "", **filters), order


def _choices(listing):
    states = {name: name for name in ICONS}
    networks = {name: architectures.get(name).title for name in architectures.all_names()}
    return {
        "state": linked_option("State", {"": "all"} | states, link="state"),
        "network": linked_option("Network", {"": "all"} | networks, link="network"),
        "dataset": linked_option("Data set", {"": "all"} | listing.titles, link="dataset"),
        **_sweep_choice(),
    }


def _sweep_choice():
    """The choice of a sweep, if there are sweeps."""
    titles = {sweep.id: sweep.name for sweep in sweep_store.sweeps()}
    return {"sweep": linked_option("Sweep", {"": "all"} | titles, link="sweep")} if titles else {}
