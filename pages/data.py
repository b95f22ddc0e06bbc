"""The film reviews: whether they are here, how to get them, what they are like, and how a network sees each
of them.
"""

import random

import streamlit as st

from imdb_core import config as configs
from imdb_core.data.reviews import START, UNKNOWN
from imdb_core.evaluation import balance, corpus_facts, duplicates
from imdb_core.scoring import models
from ui import data_charts, words
from ui.components import chart, seen_words
from ui.download import show_download
from ui.parts import csv_download, page_heading, show_places, small_table, tried, try_button

CORPORA = {"IMDB": "imdb", "demo": "demo"}  # as the link names them -> as the program does
LABELS = ["any label", "positive", "negative"]
BARS = 30
VOCABULARY_SIZES = [
    *(step * 10**power for power in (1, 2, 3, 4) for step in range(1, 9)),
    configs.bounds("vocabulary_size")[1],
]

page_heading("The reviews")
st.markdown(
    "Networks learn from film reviews whose labels are known, and are tested on others: the Large Movie "
    "Review Dataset (Maas et al., ACL 2011) in Keras's files. As published, training and test reviews share "
    "no film."
)
show_places()
show_download()
names = [name for name, corpus in CORPORA.items() if corpus in corpus_facts.available_corpora()]
asked = "demo"
if len(names) > 1:
    asked = st.segmented_control(
        "Show", names, default=names[0], required=True, key="corpus", bind="query-params"
    )
dataset = CORPORA[asked]
if dataset == "demo":
    st.subheader("Demo reviews")
    st.markdown(
        "Made up by a seeded generator, for trying everything without a network. "
        "**Synthetic: accuracy on them says nothing about films.**"
    )
with st.spinner("Reading the reviews (the first time takes some seconds) …"):
    facts = tried(corpus_facts.facts, dataset)
if facts is None:
    st.stop()


def show_counts():
    """Reviews, labels and words of both halves."""
    halves = {"training": facts.train, "test": facts.test}
    columns = {
        "half": list(halves),
        "reviews": [],
        "positive": [],
        "negative": [],
        "words": [],
        "median length": [],
    }
    for half in halves.values():
        counts = (half.reviews, half.positive, half.reviews - half.positive, half.word_count)
        for name, shown in zip(
            list(columns)[1:], (*(f"{n:,}" for n in counts), f"{half.median_words:,.0f} words"), strict=True
        ):
            columns[name].append(shown)
    shares = [
        f"{half.positive / half.reviews:.1%} of the {half.reviews:,} {name} reviews"
        for name, half in halves.items()
    ]
    st.markdown(words.plain(f"{shares[0]} and {shares[1]} are positive."))
    small_table(columns)
    for name, half in halves.items():
        counted = balance.Balance(half.positive, half.reviews)
        if counted.uneven:
            st.warning(words.plain(words.uneven(counted, name)), icon=":material/balance:")
    st.caption(
        f"{len(facts.vocabulary):,} different words. All figures below, but those on duplicates, are of the "
        "training reviews: networks are chosen without a look at the test reviews."
    )


def show_duplicates():
    """How many reviews appear more than once, and what accuracy would be without the repeated reviews."""
    st.subheader("Reviews that appear more than once")
    found = duplicates.duplicates(dataset)
    across, everyone = int(found.in_training.sum()), facts.train.reviews
    small_table(
        {
            "word for word": ["training", "test", "test reviews that are training reviews too"],
            "repeated reviews": [f"{found.train.repeated:,}", f"{found.test.repeated:,}", f"{across:,}"],
            "with the opposite label": [
                *(f"{half.texts_with_both_labels:,}" for half in (found.train, found.test)),
                f"{found.other_label:,}",
            ],
        }
    )
    sentence = f"{found.train.repeated / everyone:.2%} of the training reviews repeat an earlier one."
    if change := duplicates.effect(dataset, found):
        points = 100 * (change.without - change.accuracy)
        sentence += (
            f" Without the {across:,} test reviews that are training reviews too, {change.title}, the most "
            f"accurate included network, would be right on {words.percent(change.without)} of the test "
            f"reviews instead of {words.percent(change.accuracy)}: {points:+.2f} points.".replace("-", "−")
        )
    sentence += " The app leaves no review out: published accuracies are of all test reviews."
    st.caption(words.plain(sentence))


def show_lengths():
    """How long reviews are and what the chosen review length cuts off."""
    st.markdown("**How long are they, and what does a network not read?**")
    found, lost = corpus_facts.lengths(facts), corpus_facts.cut(facts, review_length)
    said = (
        f"{words.percent(lost.reviews)} of the training reviews have more than {review_length:,} words and lose their beginning; "
        f"{words.percent(lost.words)} of all words are lost."
    )
    chart(
        data_charts.lengths(found, review_length, dataset),
        key="lengths",
        alt=f"Review lengths in words. {said}",
    )
    st.caption(said)
    columns = {"from words": found.start.tolist(), "to words": (found.start + found.width - 1).tolist()}
    csv_download(columns | {"reviews": found.reviews.tolist()}, file_name="lengths.csv")


def show_vocabulary():
    """How much of the text the chosen vocabulary size knows."""
    st.markdown("**How much of the text does a vocabulary know?**")
    curve, at = corpus_facts.known_by_size(facts), corpus_facts.known(facts, vocabulary_size)
    said = (
        f"A network with {vocabulary_size:,} word ids knows {words.percent(at.words)} of all words; "
        f"{words.percent(at.reviews_with_unknown)} of the reviews have an unknown word."
    )
    figure = data_charts.coverage(curve, vocabulary_size, at, dataset)
    chart(figure, key="vocabulary-curve", alt=f"Share of all words known over vocabulary size. {said}")
    st.caption(
        f"{said} The ids 0 to 3 are no words: empty position, start, unknown, and one that is not used."
    )
    sizes, shares = (values.tolist() for values in curve)
    csv_download({"vocabulary size": sizes, "share of all words": shares}, file_name="vocabulary.csv")


def show_frequent():
    """The words that say least."""
    st.markdown("**The most frequent words**")
    found = corpus_facts.most_frequent(facts, BARS)
    top = ", ".join(use.word for use in found[:5])
    alt = f"The {len(found)} most frequent words, by the label of their reviews; the first are {top}."
    chart(data_charts.frequent_words(found, dataset), key="frequent", alt=alt)
    br = (
        " “br” is a line break of the web page the review came from."
        if any(use.word == "br" for use in found)
        else ""
    )
    st.caption(f"Most stand in both kinds of reviews about alike, so one of them alone says little.{br}")
    csv_download(word_columns(found), file_name="frequent-words.csv")


def show_telling():
    """The words that tell the labels apart."""
    st.markdown("**The words that tell the labels apart**")
    found = corpus_facts.most_telling(facts, BARS // 2)
    ends = f"from {found[0].word} (positive) to {found[-1].word} (negative)" if found else "there are none"
    alt = f"The words that differ most between positive and negative reviews, {ends}."
    chart(data_charts.telling_words(found, dataset), key="telling", alt=alt)
    st.caption(
        "How sure the difference is: the log-odds ratio with a Dirichlet prior, in standard deviations (Monroe, Colaresi and "
        "Quinn 2008). Single words only; a network also reads their order."
    )
    csv_download(word_columns(found), file_name="telling-words.csv")


def word_columns(found):
    """WordUses as the columns of a table."""
    return {
        name: [getattr(use, name) for use in found] for name in ("word", "negative", "positive", "leaning")
    }


def show_number(number):
    """Have the link, and with it the page, name this review."""
    st.query_params["number"] = str(number)


def show_random(number, how_many):
    """Another number than this one."""
    drawn = random.randint(1, max(1, how_many - 1))
    show_number(min(how_many, drawn + (drawn >= number)))


def linked_number(how_many):
    """The number in the link, 1 if there is none; by hand, because a bound number_input breaks at an endless
    one.
    """
    asked = st.query_params.get("number", "")
    st.session_state["number"] = (
        max(1, min(how_many, int(asked))) if asked.isdecimal() and len(asked) < 10 else 1
    )
    return st.number_input(
        "Number",
        1,
        max(1, how_many),
        key="number",
        width=160,
        on_change=lambda: show_number(st.session_state["number"]),
    )


@st.fragment
def show_reviews():
    """One training review, as the network sees it."""
    st.subheader("Read the training reviews as a network sees them")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.segmented_control(
            "Label",
            LABELS,
            default=LABELS[0],
            required=True,
            key="label",
            bind="query-params",
            on_change=show_number,
            args=(1,),
        )
        places = corpus_facts.places(facts, label)
        number = linked_number(len(places))
        drawn_from = (number, len(places))
        st.button(
            "Another one at random",
            on_click=show_random,
            args=drawn_from,
            key="random",
            icon=":material/casino:",
        )
    if not len(places):
        st.caption("No training review has this label.")
        return
    place = places[number - 1]
    seen = corpus_facts.reading(facts, place, vocabulary_size=vocabulary_size, review_length=review_length)
    chosen = label if label == LABELS[0] else f"{label} label"
    said = "positive" if facts.reviews.labels[place] else "negative"
    st.markdown(f"Number {number:,} of {len(places):,} training reviews with {chosen}: **{said}**")
    if seen.words:
        show_reading(seen)
        if network := next((model.key for model in models.available()), None):
            try_button(" ".join(seen.words), key="training", model=network)


def show_reading(seen):
    """The words with the ids that the network gets."""
    st.caption(
        f"{len(seen.words):,} words: {len(seen.words) - seen.cut - len(seen.unknown):,} read, {len(seen.unknown):,} unknown "
        f"(the network gets id {UNKNOWN} for each), {seen.cut:,} cut off and {seen.padding} empty positions (id 0) in front. "
        f"Vocabulary of {vocabulary_size:,} ids, the last {review_length:,} positions: move the sliders above."
    )
    ids = [""] * seen.cut + [str(id) for id in seen.ids[len(seen.ids) - (len(seen.words) - seen.cut) :]]
    shown = [(word, status, "", id) for word, status, id in zip(seen.words, seen.statuses, ids, strict=True)]
    started = [("start", "read", "", str(START))] if seen.ids[0] == START else []
    key = [("Small numbers: word ids.", "read"), ("unknown word", "unknown"), ("cut off, not read", "cut")]
    with st.container(height=420 if len(shown) > 400 else "content", border=True):
        seen_words(started + shown, key)


show_counts()
show_duplicates()
st.subheader("What a network would see of them")
left, right = st.columns(2)
with left:
    low, high = configs.bounds("review_length")
    review_length = st.slider("Review length (words)", low, high, 500, 5, key="length", bind="query-params")
    show_lengths()
with right:
    vocabulary_size = st.select_slider(
        "Vocabulary size (ids)", VOCABULARY_SIZES, 5000, key="vocabulary", bind="query-params"
    )
    show_vocabulary()
st.subheader("Their words")
left, right = st.columns(2)
with left:
    show_frequent()
with right:
    show_telling()
show_reviews()
