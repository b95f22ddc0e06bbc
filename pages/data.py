"""The film reviews: how to get them, what they are like, and how a network sees them."""

import streamlit as st

from imdb_core import config as configs
from imdb_core.evaluation import corpus_facts
from ui.heading import page_heading, show_folders
from ui.messages import read_or_show_error
from ui.panels import corpus_charts, corpus_tables
from ui.panels.reviews_download import show_reviews_download
from ui.panels.training_reviews import show_training_reviews

DATASETS = {"IMDB": "imdb", "demo": "demo"}  # as the link names them -> as the program does
VOCABULARY_SIZES = [
    *(step * 10**power for power in (1, 2, 3, 4) for step in range(1, 9)),
    configs.bounds("vocabulary_size")[1],
]

page_heading("The reviews")
st.markdown(
    "Networks learn from film reviews whose labels are known, and are tested on other reviews: the Large "
    "Movie Review Dataset (Maas et al., ACL 2011) in Keras's files. As published, training and test reviews "
    "share no film."
)
show_folders()
show_reviews_download()
names = [name for name, dataset in DATASETS.items() if dataset in corpus_facts.available_corpora()]
name = "demo"
if len(names) > 1:
    name = st.segmented_control(
        "Show", names, default=names[0], required=True, key="corpus", bind="query-params"
    )
dataset = DATASETS[name]
if dataset == "demo":
    st.subheader("Demo reviews")
    st.markdown(
        "Made up by a seeded generator, to try everything without an internet connection. "
        "**Synthetic: accuracy on them says nothing about films.**"
    )
with st.spinner("Reading the reviews (the first time takes some seconds) …"):
    facts = read_or_show_error(corpus_facts.facts, dataset)
if facts is None:
    st.stop()
corpus_tables.show_counts(facts)
st.subheader("Reviews that appear more than once")
corpus_tables.show_duplicates(facts, dataset)

st.subheader("What a network would see of them")
left, right = st.columns(2)
with left:
    low, high = configs.bounds("review_length")
    review_length = st.slider("Review length (words)", low, high, 500, 5, key="length", bind="query-params")
    corpus_charts.show_lengths(facts, review_length, dataset)
with right:
    vocabulary_size = st.select_slider(
        "Vocabulary size (ids)", VOCABULARY_SIZES, 5000, key="vocabulary", bind="query-params"
    )
    corpus_charts.show_vocabulary(facts, vocabulary_size, dataset)
st.subheader("Their words")
left, right = st.columns(2)
with left:
    corpus_charts.show_frequent_words(facts, dataset)
with right:
    corpus_charts.show_telling_words(facts, dataset)
show_training_reviews(facts, vocabulary_size=vocabulary_size, review_length=review_length)
