"""Tables of the page "The reviews": counts of both halves, classes, and texts that appear more than once."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import Nouns
from imdb_core.evaluation import corpus_facts, duplicates
from imdb_core.evaluation.balance import Balance
from imdb_core.evaluation.corpus_facts import CorpusFacts
from ui.class_words import class_name, uneven_sentences
from ui.csv_files import csv_download
from ui.formats import escaped, percent
from ui.tables import small_table

SMALL = 8  # classes; a longer table stands in a box of its own
TELLING = 5  # words of a class


def show_counts(facts: CorpusFacts, things: Nouns) -> None:
    """Texts, labels and words of both halves, and warnings about uneven classes."""
    halves = {"training": facts.train, "test": facts.test}
    is_binary = answers.is_binary(facts.classes)
    if is_binary:
        shares = [
            f"{half.class_counts[1] / half.reviews:.1%} of the {half.reviews:,} {name} {things.many}"
            for name, half in halves.items()
        ]
        st.markdown(escaped(f"{shares[0]} and {shares[1]} are {class_name(facts.classes, 1)}."))
    small_table(
        {
            "half": list(halves),
            escaped(things.many): [f"{half.reviews:,}" for half in halves.values()],
            **(_columns_of_two(facts, halves) if is_binary else {}),
            "words": [f"{half.word_count:,}" for half in halves.values()],
            "median length": [f"{half.median_words:,.0f} words" for half in halves.values()],
        }
    )
    sizes = {name: Balance(half.class_counts, facts.classes) for name, half in halves.items()}
    if not is_binary and set(sizes["training"].rare) == set(sizes["test"].rare):
        del sizes["test"]  # the same warning twice
    for name, classes in sizes.items():
        for sentence in uneven_sentences(classes, name, things):
            st.warning(escaped(sentence), icon=":material/balance:")
    st.caption(
        f"{len(facts.vocabulary):,} different words. All figures below, except those on duplicates, are of "
        f"the training {escaped(things.many)}, because the test {escaped(things.many)} must not influence "
        "the choice of a network."
    )


def show_classes(facts: CorpusFacts, things: Nouns) -> None:
    """The size of each class in both halves, and its most telling words; nothing for two classes."""
    if answers.is_binary(facts.classes):
        return
    st.subheader("Classes")
    words = [
        [use.word for use in corpus_facts.most_telling(facts, TELLING, label=label) if use.leaning > 0]
        for label in range(len(facts.classes))
    ]
    halves = {"training": facts.train, "test": facts.test}
    with st.container(height=420 if len(facts.classes) > SMALL else "content", border=False):
        columns = {"class": [escaped(name) for name in facts.classes]}
        for name, half in halves.items():
            columns[f"{name} {escaped(things.many)}"] = [
                f"{count:,} ({count / half.reviews:.1%})" for count in half.class_counts
            ]
        small_table(columns | {"most telling words": [escaped(", ".join(row)) or "none" for row in words]})
    columns = {"class": list(facts.classes)}
    columns |= {name: list(half.class_counts) for name, half in halves.items()}
    csv_download(columns | {"telling words": [" ".join(row) for row in words]}, file_name="classes.csv")


def show_duplicates(facts: CorpusFacts, dataset: str, things: Nouns) -> None:
    """How many texts appear more than once, and what accuracy would be without the repeated texts."""
    counts, many = duplicates.duplicates(dataset), escaped(things.many)
    in_training = int(counts.in_training.sum())
    halves = (counts.train, counts.test)
    other = [*(half.texts_with_several_labels for half in halves), counts.other_label]
    other_label = "the opposite" if answers.is_binary(facts.classes) else "another"
    small_table(
        {
            "word for word": ["training", "test", f"test {many} that are training {many} too"],
            f"repeated {many}": [
                f"{count:,}" for count in (*(half.repeated for half in halves), in_training)
            ],
            f"with {other_label} label": [f"{count:,}" for count in other],
        }
    )
    share = counts.train.repeated / facts.train.reviews
    sentences = [f"{share:.2%} of the training {things.many} repeat an earlier one."]
    published = "published " if things.one == "review" else ""
    if effect := duplicates.effect(dataset, counts):
        sentences.append(_effect_sentence(effect, in_training, things.many))
    sentences.append(
        f"The app leaves no {things.one} out: {published}accuracies are of all test {things.many}."
    )
    st.caption(escaped(" ".join(sentences)))


def _columns_of_two(facts, halves):
    """A column for each of two classes, the second first."""
    return {
        escaped(facts.classes[label]): [f"{half.class_counts[label]:,}" for half in halves.values()]
        for label in (1, 0)
    }


def _effect_sentence(effect, in_training, things):
    points = 100 * (effect.without - effect.accuracy)
    return (
        f"Without the {in_training:,} test {things} that are training {things} too, {effect.title}, the most "
        f"accurate included network, would be right on {percent(effect.without)} of the test {things} "
        f"instead of {percent(effect.accuracy)}: {points:+.2f} points.".replace("-", "−")
    )
