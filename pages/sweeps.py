"""Sweeps: the list, or one sweep that the link names, live."""

import streamlit as st

from imdb_core.sweeps import store
from ui.empty_store import show_nothing_yet
from ui.heading import page_heading
from ui.links import show_link
from ui.messages import read_or_show_error
from ui.pages import link_to
from ui.panels.sweep_list import show_sweep_list
from ui.panels.sweep_view import show_sweep

requested = st.query_params.get("sweep")
if requested:
    sweep = store.known(requested)
    page_heading(sweep.name if sweep else link_to("sweeps").title, verbatim=bool(sweep))
    if sweep is None:
        read_or_show_error(store.find, requested)  # shows why this sweep is not available
        show_link("sweeps", "All sweeps")
        st.stop()
    show_sweep(sweep)
else:
    page_heading(link_to("sweeps").title)
    st.markdown(
        "A sweep trains one network many times, and Optuna chooses the values of some hyperparameters each "
        "time. To begin, open the form, choose a network, and say which hyperparameters may vary."
    )
    listed = store.sweeps()
    if not listed:
        show_nothing_yet("No sweep yet. Start one from the form, or with the command sweep.")
    show_sweep_list(listed)
