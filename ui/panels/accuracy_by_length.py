"""Whether long reviews are harder for a run: its accuracy by review length."""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.evaluation import verdicts
from imdb_core.evaluation.hard_reviews import TestedReviews
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.runs.store import Run
from ui.charts import verdicts as charts
from ui.charts.component import show_chart
from ui.colors import ONE_RUN
from ui.csv_files import csv_download
from ui.jump_links import section

LENGTH = "Does length matter?"


def show_accuracy_by_length(run: Run, tested: ClassPredictions, reviews: TestedReviews, *, key: str) -> None:
    """Show the chart with its caption and numbers. It keeps its zoom while `key` stays."""
    section(LENGTH)
    things, right = nouns(run.config.dataset), tested.right
    groups = verdicts.accuracy_by_length(right, reviews.word_counts)
    worst = min(groups, key=lambda group: group.accuracy)
    text = (
        f"Accuracy by {things.one} length; lowest is {worst.accuracy:.1%} at {charts.length_range(worst)} "
        "words."
    )
    figure = charts.accuracy_by_length(groups, float(right.mean()), things, color=ONE_RUN, revision=key)
    show_chart(figure, key="lengths", alt=text)
    st.caption(
        f"{text} Groups of about equal size, with 95 % intervals; the network reads only the last "
        f"{run.config.review_length:,} words."
    )
    columns = {
        things.many if name == "reviews" else name: [getattr(group, name) for group in groups]
        for name in vars(worst)
    }
    csv_download(columns, file_name="lengths.csv")
