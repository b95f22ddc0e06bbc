"""Whether 80 % means 80 %: the calibration of a run's probabilities."""

import numpy as np
import streamlit as st

from imdb_core.evaluation import verdicts
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.store import Run
from ui.charts import verdicts as charts
from ui.charts.component import show_chart
from ui.class_words import ClassWords
from ui.colors import ONE_RUN
from ui.csv_files import csv_download
from ui.formats import escaped
from ui.jump_links import section

HONEST = "Are its probabilities honest?"


def show_calibration(run: Run, tested: Predictions, words: ClassWords, *, key: str) -> None:
    """Show the share of a class's texts over its probability. The chart keeps its zoom while `key` stays."""
    section(HONEST)
    bins = verdicts.calibration(tested)
    error = f"Expected calibration error {100 * bins.expected_error:.1f} points"
    figure = charts.calibration(bins, words, ONE_RUN, revision=key)
    show_chart(figure, key="calibration", alt=f"Share of {words.texts} by probability. {error}.")
    mean, things = float(np.mean(tested.probabilities)), words.things.many
    st.caption(
        escaped(
            f"{error}: the mean distance between the run's probability and the share of {words.texts}, over "
            f"10 bins of equal width, weighted by their {things}. Above the dashed line more {things} are "
            f"{words.name} than the run says. Its mean probability is {mean:.1%}; "
            f"{tested.positive.mean():.1%} of the {things} are {words.name}."
        )
    )
    columns = {
        "mean probability": bins.mean_probability.tolist(),
        f"share {words.name}": bins.positive_share.tolist(),
        things: bins.reviews.tolist(),
    }
    csv_download(columns, file_name="calibration.csv")
