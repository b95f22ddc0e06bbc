"""All runs with state, accuracies and a small curve; open, rename, resume or delete the selected run."""

from imdb_core.runs import launcher
from ui.empty_store import show_nothing_yet
from ui.heading import page_heading, show_folders
from ui.panels.run_list import show_run_list

page_heading("All runs")
show_folders()
runs = launcher.runs()
if not runs:
    show_nothing_yet("No run yet. Train a network: the smallest takes about a minute.")
show_run_list(runs)
