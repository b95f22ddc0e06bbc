"""All runs with state, accuracies and a small curve; open, rename, resume or delete the selected run."""

import streamlit as st

from imdb_core.runs import launcher
from ui.heading import page_heading, show_folders
from ui.panels.run_list import show_run_list

page_heading("All runs")
show_folders()
runs = launcher.runs()
if not runs:
    st.info("No run yet. Train a network: the smallest takes about a minute.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()
show_run_list(runs)
