"""The texts of a source: how to get them, what they are like, and how a network sees them."""

import streamlit as st

from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import corpus_facts
from ui.formats import escaped
from ui.heading import page_heading, show_folders
from ui.linked_widgets import linked_choice
from ui.messages import read_or_show_error
from ui.panels import corpus_charts, corpus_tables
from ui.panels.reviews_download import show_reviews_download
from ui.panels.training_reviews import show_training_reviews

FEW = 1  # further sources in a row of buttons beside the first source; more sources are a list
VOCABULARY_SIZES = [
    *(step * 10**power for power in (1, 2, 3, 4) for step in range(1, 9)),
    configs.bounds("vocabulary_size")[1],
]

available = {sources.get(name).link: name for name in sources.available_names()}
requested = st.query_params.get("corpus")
shown_first = st.session_state.get("corpus", requested)  # the title stands above the choice
shown_first = available.get(shown_first, next(iter(available.values())))
is_ours = (
    sources.get(shown_first).in_keras or sources.get(shown_first).synthetic
)  # if False, the noun is free text
page_heading(nouns(shown_first).all, verbatim=not is_ours)
introduction = st.container()
if requested and requested not in available:
    st.error(
        escaped(
            f"The link names the texts {requested[:60]}, which are not on this machine: the data set was "
            "deleted or never added here. Choose others below, or add the data set again."
        )
    )
link, *other_links = available
if len(other_links) > FEW:
    titles = {link: sources.get(name).title for link, name in available.items()}
    link = linked_choice("Show", titles, link="corpus", forget="number")
elif other_links:
    link = st.segmented_control(
        "Show", list(available), default=link, required=True, key="corpus", bind="query-params"
    )
dataset = available[link]
source, things = sources.get(dataset), nouns(dataset)
with introduction:
    if is_ours:
        st.markdown(
            "What networks learn from: film reviews whose labels are known, the Large Movie Review Dataset "
            "(Maas et al., ACL 2011) in Keras's files. Training and test reviews share no film."
        )
    show_folders()
    if is_ours:
        show_reviews_download()
if source.about:
    st.markdown(source.about if is_ours else escaped(source.about))
with st.spinner(f"Reading the {escaped(things.many)} (the first time takes some seconds) …"):
    facts = read_or_show_error(corpus_facts.facts, dataset)
if facts is None:
    st.stop()
corpus_tables.show_counts(facts, things)
corpus_tables.show_classes(facts, things)

st.subheader(escaped(f"The training {things.many} as a network sees them"))
left, right = st.columns(2)
with left:
    low, high = configs.bounds("review_length")
    review_length = st.slider(
        "Length that is read (words)", low, high, 500, 5, key="length", bind="query-params"
    )
with right:
    vocabulary_size = st.select_slider(
        "Vocabulary size (ids)", VOCABULARY_SIZES, 5000, key="vocabulary", bind="query-params"
    )
show_training_reviews(facts, things, vocabulary_size=vocabulary_size, review_length=review_length)
left, right = st.columns(2)
with left:
    corpus_charts.show_lengths(facts, review_length, dataset)
with right:
    corpus_charts.show_vocabulary(facts, vocabulary_size, dataset)
st.subheader("Their words")
left, right = st.columns(2)
with left:
    corpus_charts.show_telling_words(facts, dataset)
with right:
    corpus_charts.show_frequent_words(facts, dataset)
with st.expander(escaped(f"Which {things.many} appear more than once?"), icon=":material/content_copy:"):
    corpus_tables.show_duplicates(facts, dataset, things)
