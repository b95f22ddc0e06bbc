"""One run, live: curves, progress, log, stop. The run's id is in the link, so a reload finds it again."""

import streamlit as st

from ui.formats import escaped
from ui.heading import page_heading
from ui.panels.live_run import chosen_run, show_live_run
from ui.panels.run_definition import show_hyperparameters, show_script
from ui.run_buttons import run_buttons
from ui.run_sentences import tab
from ui.run_state import state_badge

key, run = chosen_run()
page_heading(run.name, tab=tab(run), verbatim=True)
if run.damaged:
    state_badge(run)
    st.error(escaped(f"This run is damaged: {run.damaged} Other runs are not affected."))
    run_buttons(run, key)
    st.stop()
run_buttons(run, key)
show_live_run(run, key)
show_hyperparameters(run)
show_script(run)
