"""Two tables of the page "The reviews": counts of both halves, and reviews that appear more than once."""

import streamlit as st

from imdb_core.evaluation import balance, duplicates
from imdb_core.evaluation.corpus_facts import CorpusFacts
from ui.formats import escaped, percent
from ui.run_sentences import uneven_classes
from ui.tables import small_table


def show_counts(facts: CorpusFacts) -> None:
    """Reviews, labels and words of both halves, and warnings about uneven classes."""
    halves = {"training": facts.train, "test": facts.test}
    shares = [
        f"{half.positive / half.reviews:.1%} of the {half.reviews:,} {name} reviews"
        for name, half in halves.items()
    ]
    st.markdown(escaped(f"{shares[0]} and {shares[1]} are positive."))
    small_table(
        {
            "half": list(halves),
            "reviews": [f"{half.reviews:,}" for half in halves.values()],
            "positive": [f"{half.positive:,}" for half in halves.values()],
            "negative": [f"{half.reviews - half.positive:,}" for half in halves.values()],
            "words": [f"{half.word_count:,}" for half in halves.values()],
            "median length": [f"{half.median_words:,.0f} words" for half in halves.values()],
        }
    )
    for name, half in halves.items():
        classes = balance.Balance((half.reviews - half.positive, half.positive))
        if classes.uneven:
            st.warning(escaped(uneven_classes(classes, name)), icon=":material/balance:")
    st.caption(
        f"{len(facts.vocabulary):,} different words. All figures below, except those on duplicates, are of "
        "the training reviews, because the test reviews must not influence the choice of a network."
    )


def show_duplicates(facts: CorpusFacts, dataset: str) -> None:
    """How many reviews appear more than once, and what accuracy would be without the repeated reviews."""
    counts = duplicates.duplicates(dataset)
    in_training = int(counts.in_training.sum())
    halves = (counts.train, counts.test)
    opposite = [*(half.texts_with_both_labels for half in halves), counts.other_label]
    small_table(
        {
            "word for word": ["training", "test", "test reviews that are training reviews too"],
            "repeated reviews": [
                f"{count:,}" for count in (*(half.repeated for half in halves), in_training)
            ],
            "with the opposite label": [f"{count:,}" for count in opposite],
        }
    )
    share = counts.train.repeated / facts.train.reviews
    sentences = [f"{share:.2%} of the training reviews repeat an earlier one."]
    if effect := duplicates.effect(dataset, counts):
        sentences.append(_effect_sentence(effect, in_training))
    sentences.append("The app leaves no review out: published accuracies are of all test reviews.")
    st.caption(escaped(" ".join(sentences)))


def _effect_sentence(effect, in_training):
    points = 100 * (effect.without - effect.accuracy)
    return (
        f"Without the {in_training:,} test reviews that are training reviews too, {effect.title}, the most "
        f"accurate included network, would be right on {percent(effect.without)} of the test reviews instead "
        "of "
        f"{percent(effect.accuracy)}: {points:+.2f} points.".replace("-", "−")
    )
