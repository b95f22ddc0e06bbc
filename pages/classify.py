"""Type a review and see what a trained network thinks of it, while you type."""

import streamlit as st

from imdb_core.scoring import models
from ui.empty_store import show_nothing_yet
from ui.heading import page_heading
from ui.messages import read_or_show_error
from ui.panels.live_score import show_live_score, text_title
from ui.panels.score_file import show_file_scoring
from ui.run_titles import visitor_zone

choices = {model.key: model for model in models.available(visitor_zone())}
requested = st.query_params.get("model")
title = text_title(choices.get(requested) or next(iter(choices.values()), None))
page_heading(title, tab=title.partition(",")[0])
if requested and requested not in choices:
    read_or_show_error(models.find, requested)  # shows why this model is not available
if not choices:
    show_nothing_yet(
        "No network is trained yet. Train a network, the smallest takes about a minute; then it judges what "
        "you type here."
    )
st.markdown(
    "Networks that learned from labelled texts, such as film reviews, judge what you type: try it here, then "
    "train one of your own."
)
show_live_score(choices, title)
show_file_scoring(choices)
