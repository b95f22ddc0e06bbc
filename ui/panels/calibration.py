"""Whether 80 % means 80 %: the calibration of a run's probabilities."""

import numpy as np
import streamlit as st

from imdb_core.evaluation import verdicts
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.store import Run
from ui.charts import verdicts as charts
from ui.charts.component import show_chart
from ui.colors import color
from ui.csv_files import csv_download


def show_calibration(run: Run, tested: Predictions, *, key: str) -> None:
    """Show the share of positive reviews over the probability. The chart keeps its zoom while `key` stays."""
    st.subheader("Are its probabilities honest?")
    bins = verdicts.calibration(tested)
    error = f"Expected calibration error {100 * bins.expected_error:.1f} points"
    figure = charts.calibration(bins, color(run.network), key)
    show_chart(figure, key="calibration", alt=f"Share of positive reviews by probability. {error}.")
    mean = float(np.mean(tested.probabilities))
    st.caption(
        f"{error}: the mean distance between the run's probability and the share of positive reviews, over "
        "10 bins of equal width, weighted by their reviews. Above the dashed line more reviews are positive "
        f"than the run says. Its mean probability is {mean:.1%}; {tested.positive.mean():.1%} of the reviews "
        "are positive."
    )
    columns = {
        "mean probability": bins.mean_probability.tolist(),
        "share positive": bins.positive_share.tolist(),
        "reviews": bins.reviews.tolist(),
    }
    csv_download(columns, file_name="calibration.csv")
