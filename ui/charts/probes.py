"""The chart of the user's own reviews on the Watch page: their score after each epoch."""

import html

import plotly.graph_objects as go
import streamlit as st

from imdb_core.runs.store import Run
from ui import colors
from ui.charts.component import show_chart
from ui.charts.layout import line_columns, styled
from ui.csv_files import csv_download
from ui.formats import shortened


def show_probes(run: Run) -> None:
    """Show one line for each probe review."""
    st.markdown("**Your probe reviews** (probability of positive after each epoch)")
    figure = probe_curves(run)
    show_chart(figure, key=f"probes-{run.id}", alt=probes_text(run))
    if not run.active:  # while the run is active, each rerun would replace the file before it is downloaded
        csv_download(line_columns(figure, "review"), file_name="probes.csv")


def probe_curves(run: Run) -> go.Figure:
    """The probability of positive after each epoch, one line for each probe review."""
    rows, figure = _scored_epochs(run), go.Figure()
    for number, text in enumerate(run.config.probe_reviews):
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=[row["probes"][number] for row in rows],
            mode="lines+markers",
            name=html.escape(shortened(text)),
            meta=text,
            line={"color": colors.PALETTE[number % len(colors.PALETTE)], "width": 2.5},
        )
    epochs = run.config.epochs
    figure.add_hline(y=0.5, line={"width": 1, "dash": "dash"}, opacity=0.6)
    figure.update_xaxes(title="epoch", range=[0.9, epochs + 0.1], dtick=max(1, round(epochs / 10)))
    figure.update_yaxes(title="positive", range=[-0.03, 1.03], tickformat=".0%")
    return styled(figure, f"probes-{run.id}", height=300)


def probes_text(run: Run) -> str:
    """The text alternative of the chart."""
    rows = _scored_epochs(run)
    last = "no epoch done yet"
    if rows:
        last = ", ".join("not measured" if value is None else f"{value:.0%}" for value in rows[-1]["probes"])
    return f"{len(run.config.probe_reviews)} probe reviews scored after each epoch; last: {last}."


def _scored_epochs(run):
    """The rows of the epochs after which all of the config's probe reviews were scored."""
    count = len(run.config.probe_reviews)
    return [row for row in run.epochs if "probes" in row and len(row["probes"]) == count]
