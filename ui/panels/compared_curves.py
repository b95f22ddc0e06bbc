"""The curves of the Compare page: choices, chart, its numbers as a file. Called by pages/compare.py."""

import streamlit as st

from ui.charts.baseline_lines import baseline_lines_text
from ui.charts.chance_line import chance_lines_text
from ui.charts.comparison import Curves, compared
from ui.charts.component import show_chart
from ui.charts.layout import line_columns
from ui.compared_runs import ComparedRun
from ui.csv_files import csv_download

MEASURES = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "loss": "training loss",
}


def show_curves(runs: list[ComparedRun], baseline: ComparedRun | None) -> None:
    """Show the choices and the chart. They stay in the page's link."""
    curves = _chosen(baseline)
    figure = compared(runs, curves)
    what = f"{MEASURES[curves.measure]} over {curves.axis} of {', '.join(run.title for run in runs)}"
    if curves.baseline:
        what = f"Difference against {curves.baseline.title} in {what}; dashed line: no difference"
    else:
        all_runs = [run.run for run in runs]
        what += baseline_lines_text(curves.measure, all_runs) + chance_lines_text(curves.measure, all_runs)
    show_chart(figure, key="compared", alt=f"{what}.")
    csv_download(line_columns(figure, "run"), file_name="compared.csv")


def _chosen(baseline):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control(
            "Curve",
            list(MEASURES),
            format_func=MEASURES.get,
            default="val_accuracy",
            required=True,
            key="curve",
            bind="query-params",
        )
        axis = st.segmented_control(
            "Over",
            ["epochs", "seconds", "words"],
            default="epochs",
            required=True,
            key="over",
            bind="query-params",
        )
        smoothing = st.slider(
            "Smoothing", 0.0, 0.9, 0.0, 0.1, key="smoothing", bind="query-params", width=180
        )
        logarithmic = st.toggle("Log axis", key="log", bind="query-params")
        bands = st.toggle(
            "Seeds as mean and band",
            key="bands",
            bind="query-params",
            help="Runs that differ only in their seed become one line, their mean, with a band.",
        )
        difference = st.toggle(
            "Difference against the baseline run",
            key="difference",
            bind="query-params",
            disabled=baseline is None,
            help="Each line less the baseline run's line. Choose a baseline run above. It has no log axis.",
        )
    return Curves(measure, axis, smoothing, logarithmic, bands, baseline if difference else None)
