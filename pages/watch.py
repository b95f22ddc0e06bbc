"""One run, live: curves, progress, log, stop. The run's id is in the link, so a reload finds it again."""

import streamlit as st

from ui.formats import escaped
from ui.panels.chosen_run import chosen_run
from ui.panels.live_run import show_live_run
from ui.panels.run_definition import show_hyperparameters, show_script

key, run = chosen_run()
if run.damaged:
    st.error(escaped(f"This run is damaged: {run.damaged} Other runs are not affected."))
    st.stop()
show_live_run(run, key)
show_hyperparameters(run)
show_script(run)
