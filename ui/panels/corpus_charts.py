"""Four charts of the page "The reviews", each with caption and numbers: lengths, vocabulary, words."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import corpus_facts
from imdb_core.evaluation.corpus_facts import CorpusFacts
from ui.charts import reviews
from ui.charts.component import show_chart
from ui.class_words import class_name, class_words
from ui.csv_files import csv_download
from ui.formats import escaped, percent
from ui.linked_widgets import linked_choice

BARS = 20


def show_lengths(facts: CorpusFacts, review_length: int, dataset: str) -> None:
    """How long the texts are and what the chosen review length cuts off."""
    things = nouns(dataset)
    st.markdown("**How long are they, and what does a network not read?**")
    counts, lost = corpus_facts.lengths(facts), corpus_facts.cut(facts, review_length)
    text = (
        f"{percent(lost.reviews)} of the training {things.many} have more than {review_length:,} words and "
        f"lose their beginning; {percent(lost.words)} of all words are lost."
    )
    figure = reviews.lengths(counts, review_length, things, revision=dataset)
    show_chart(figure, key="lengths", alt=f"{things.one.capitalize()} lengths in words. {text}")
    st.caption(escaped(text))
    columns = {
        "from words": counts.start.tolist(),
        "to words": (counts.start + counts.width - 1).tolist(),
        things.many: counts.reviews.tolist(),
    }
    csv_download(columns, file_name="lengths.csv")


def show_vocabulary(facts: CorpusFacts, vocabulary_size: int, dataset: str) -> None:
    """How much of the text the chosen vocabulary size knows."""
    st.markdown("**How much of the text does a vocabulary know?**")
    curve, chosen = corpus_facts.known_by_size(facts), corpus_facts.known(facts, vocabulary_size)
    text = (
        f"A network with {vocabulary_size:,} word ids knows {percent(chosen.words)} of all words; "
        f"{percent(chosen.reviews_with_unknown)} of the {nouns(dataset).many} have an unknown word."
    )
    figure = reviews.coverage(curve, vocabulary_size, chosen, dataset)
    show_chart(figure, key="vocabulary-curve", alt=f"Share of all words known over vocabulary size. {text}")
    st.caption(
        escaped(
            f"{text} The ids 0 to 3 are not words: 0 is an empty position, 1 the start, 2 an unknown word, "
            "and 3 is not used."
        )
    )
    sizes, shares = (values.tolist() for values in curve)
    csv_download({"vocabulary size": sizes, "share of all words": shares}, file_name="vocabulary.csv")


def show_frequent_words(facts: CorpusFacts, dataset: str) -> None:
    """The most frequent words, which tell little about a text's label."""
    st.markdown("**The most frequent words**")
    uses, things = corpus_facts.most_frequent(facts, BARS), nouns(dataset)
    first = ", ".join(use.word for use in uses[:5])
    alt = f"The {len(uses)} most frequent words, by the label of their {things.many}; the first are {first}."
    figure = reviews.frequent_words(uses, facts.classes, things, revision=dataset)
    show_chart(figure, key="frequent", alt=alt)
    st.caption(escaped(_frequent_words_text(facts, uses, things)))
    csv_download(_use_columns(uses, facts.classes), file_name="frequent-words.csv")


def show_telling_words(facts: CorpusFacts, dataset: str) -> None:
    """The words that differ most between the texts of a class and all other texts."""
    st.markdown("**The words that tell the labels apart**")
    label = _chosen_class(facts)
    words = class_words(facts.classes, label, nouns(dataset))
    uses = corpus_facts.most_telling(facts, BARS // 2, label=label)
    ends = (
        f"from {uses[0].word} ({words.name}) to {uses[-1].word} ({words.rest})" if uses else "there are none"
    )
    texts = f"{words.texts} and {words.rest_texts}"
    if words.is_adjective:
        texts = f"{words.name} and {words.rest} {words.things.many}"
    alt = f"The words that differ most between {texts}, {ends}."
    figure = reviews.telling_words(uses, words, label, revision=f"{dataset}-{label}")
    show_chart(figure, key="telling", alt=alt)
    st.caption(
        "How sure the difference is: the log-odds ratio with a Dirichlet prior, in standard deviations "
        "(Monroe, Colaresi and Quinn 2008). Single words only; a network also reads their order."
    )
    csv_download(_use_columns(uses, facts.classes), file_name="telling-words.csv")


def _frequent_words_text(facts, uses, things):
    texts = f"{things.many} of all classes"
    if answers.is_binary(facts.classes):
        texts = f"{class_name(facts.classes, 1)} and {class_name(facts.classes, 0)} {things.many}"
    caption = f"Most of them are about equally frequent in {texts}, so they tell little."
    if any(use.word == "br" for use in uses):
        caption += f" “br” is a line break of the web page the {things.one} came from."
    return caption


def _chosen_class(facts):
    """The class whose words are shown: of two classes the second, of more classes the visitor's choice."""
    if answers.is_binary(facts.classes):
        return 1
    titles = {str(label): name for label, name in enumerate(facts.classes)}
    return int(linked_choice("Class", titles, link="telling"))


def _use_columns(uses, classes):
    """One column a class."""
    columns = {"word": [use.word for use in uses], "leaning": [use.leaning for use in uses]}
    counts = {
        f"in {name}" if name in columns else name: [use.counts[label] for use in uses]
        for label, name in enumerate(classes)
    }
    return {"word": columns["word"], **counts, "leaning": columns["leaning"]}
