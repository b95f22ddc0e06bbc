"""The training reviews one by one, as a network sees them. For pages/data.py."""

import random

import streamlit as st

from imdb_core.data.nouns import Nouns
from imdb_core.data.reviews import START, UNKNOWN
from imdb_core.evaluation import corpus_facts
from imdb_core.evaluation.corpus_facts import CorpusFacts
from imdb_core.scoring import models
from ui import page_link
from ui.class_words import class_name
from ui.formats import escaped
from ui.linked_widgets import linked_choice, linked_number
from ui.reviews import try_button
from ui.verdict import seen_words

ANY = "any label"
FEW = 3  # classes that stand beside each other; more classes are a list
LONG_REVIEW = 400  # words; a longer review scrolls in a box of its own


@st.fragment
def show_training_reviews(
    facts: CorpusFacts, things: Nouns, *, vocabulary_size: int, review_length: int
) -> None:
    """Show the text that the link names by label and number. Only this part reruns for another one."""
    label, number, places = _chosen_review(facts, things)
    if not len(places):
        st.caption(f"No training {things.one} has this label.")
        return
    place = places[number - 1]
    reading = corpus_facts.reading(facts, place, vocabulary_size=vocabulary_size, review_length=review_length)
    selection = ANY if label is None else f"{class_name(facts.classes, label)} label"
    actual = class_name(facts.classes, int(facts.reviews.labels[place]))
    sentence = f"Number {number:,} of {len(places):,} training {things.many} with {selection}"
    st.markdown(f"{escaped(sentence)}: **{escaped(actual)}**")
    if reading.words:
        _show_reading(reading, vocabulary_size=vocabulary_size, review_length=review_length)
        if network := next((model.key for model in models.available()), None):
            try_button(" ".join(reading.words), key="training", model=network)


def _chosen_review(facts, things):
    """(class or None for any, number from 1, places of its texts), chosen with three widgets."""
    labels = {name: label for label, name in enumerate(facts.classes)}
    options = [ANY, *(name for name in reversed(labels) if name != ANY)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(facts.classes) <= FEW and all(map(str.isalnum, facts.classes)):  # no Markdown marks
            name = st.segmented_control(
                "Label",
                options,
                default=ANY,
                required=True,
                key="label",
                bind="query-params",
                on_change=show_number,
                args=(1,),
            )
        else:
            name = linked_choice("Label", {name: name for name in options}, link="label", then=show_first)
        label = labels.get(name) if name != ANY else None
        places = corpus_facts.places(facts, label)
        number = linked_number("Number", link="number", most=len(places), width=160)
        st.button(
            f"Another {things.one} at random",
            on_click=show_random,
            args=(number, len(places)),
            key="random",
            icon=":material/casino:",
        )
    return label, number, places


def show_first() -> None:
    """Show the first text of a newly chosen label."""
    show_number(1)


def show_number(number: int) -> None:
    """Put this number into the link. The page shows the review that the link names."""
    page_link.change("number", str(number))


def show_random(number: int, how_many: int) -> None:
    """Show a random review, but not the review with this number."""
    drawn = random.randint(1, max(1, how_many - 1))
    show_number(min(how_many, drawn + (drawn >= number)))


def _show_reading(reading, *, vocabulary_size, review_length):
    """The words with the ids that the network gets."""
    count = reading.words_read
    st.caption(
        f"{len(reading.words):,} words: {count - len(reading.unknown):,} read, {len(reading.unknown):,} "
        f"unknown (the network gets id {UNKNOWN} for each), {reading.cut:,} cut off and {reading.padding} "
        f"empty positions (id 0) at the beginning. Vocabulary of {vocabulary_size:,} ids, the last "
        f"{review_length:,} positions: move the sliders."
    )
    ids = [""] * reading.cut + [str(id) for id in reading.ids[len(reading.ids) - count :]]
    words = [
        (word, status, "", id) for word, status, id in zip(reading.words, reading.statuses, ids, strict=True)
    ]
    start = [("start", "read", "", str(START))] if reading.ids[0] == START else []
    legend = [
        ("Small numbers: word ids.", "read"),
        ("unknown word", "unknown"),
        ("cut off, not read", "cut"),
    ]
    with st.container(height=420 if len(words) > LONG_REVIEW else "content", border=True):
        seen_words(start + words, legend)
