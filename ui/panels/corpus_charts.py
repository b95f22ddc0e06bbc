"""Four charts of the page "The reviews", each with caption and numbers: lengths, vocabulary, words."""

import streamlit as st

from imdb_core.evaluation import corpus_facts
from imdb_core.evaluation.corpus_facts import CorpusFacts
from ui.charts import reviews
from ui.charts.component import show_chart
from ui.csv_files import csv_download
from ui.formats import percent

BARS = 30


def show_lengths(facts: CorpusFacts, review_length: int, dataset: str) -> None:
    """How long reviews are and what the chosen review length cuts off."""
    st.markdown("**How long are they, and what does a network not read?**")
    counts, lost = corpus_facts.lengths(facts), corpus_facts.cut(facts, review_length)
    text = (
        f"{percent(lost.reviews)} of the training reviews have more than {review_length:,} words and lose "
        f"their beginning; {percent(lost.words)} of all words are lost."
    )
    figure = reviews.lengths(counts, review_length, dataset)
    show_chart(figure, key="lengths", alt=f"Review lengths in words. {text}")
    st.caption(text)
    columns = {
        "from words": counts.start.tolist(),
        "to words": (counts.start + counts.width - 1).tolist(),
        "reviews": counts.reviews.tolist(),
    }
    csv_download(columns, file_name="lengths.csv")


def show_vocabulary(facts: CorpusFacts, vocabulary_size: int, dataset: str) -> None:
    """How much of the text the chosen vocabulary size knows."""
    st.markdown("**How much of the text does a vocabulary know?**")
    curve, chosen = corpus_facts.known_by_size(facts), corpus_facts.known(facts, vocabulary_size)
    text = (
        f"A network with {vocabulary_size:,} word ids knows {percent(chosen.words)} of all words; "
        f"{percent(chosen.reviews_with_unknown)} of the reviews have an unknown word."
    )
    figure = reviews.coverage(curve, vocabulary_size, chosen, dataset)
    show_chart(figure, key="vocabulary-curve", alt=f"Share of all words known over vocabulary size. {text}")
    st.caption(
        f"{text} The ids 0 to 3 are not words: 0 is an empty position, 1 the start, 2 an unknown word, and 3 "
        "is not used."
    )
    sizes, shares = (values.tolist() for values in curve)
    csv_download({"vocabulary size": sizes, "share of all words": shares}, file_name="vocabulary.csv")


def show_frequent_words(facts: CorpusFacts, dataset: str) -> None:
    """The most frequent words, which tell little about a review's label."""
    st.markdown("**The most frequent words**")
    uses = corpus_facts.most_frequent(facts, BARS)
    first = ", ".join(use.word for use in uses[:5])
    alt = f"The {len(uses)} most frequent words, by the label of their reviews; the first are {first}."
    show_chart(reviews.frequent_words(uses, dataset), key="frequent", alt=alt)
    caption = "Most of them are about equally frequent in positive and negative reviews, so they tell little."
    if any(use.word == "br" for use in uses):
        caption += " “br” is a line break of the web page the review came from."
    st.caption(caption)
    csv_download(_use_columns(uses), file_name="frequent-words.csv")


def show_telling_words(facts: CorpusFacts, dataset: str) -> None:
    """The words that differ most between positive and negative reviews."""
    st.markdown("**The words that tell the labels apart**")
    uses = corpus_facts.most_telling(facts, BARS // 2)
    ends = f"from {uses[0].word} (positive) to {uses[-1].word} (negative)" if uses else "there are none"
    alt = f"The words that differ most between positive and negative reviews, {ends}."
    show_chart(reviews.telling_words(uses, dataset), key="telling", alt=alt)
    st.caption(
        "How sure the difference is: the log-odds ratio with a Dirichlet prior, in standard deviations "
        "(Monroe, Colaresi and Quinn 2008). Single words only; a network also reads their order."
    )
    csv_download(_use_columns(uses), file_name="telling-words.csv")


def _use_columns(uses):
    names = ("word", "negative", "positive", "leaning")
    return {name: [getattr(use, name) for use in uses] for name in names}
