"""Lengths, coverage and telling words of a few short reviews, worked out by hand, and of the demo corpus."""

import math
import os
from collections import Counter

import numpy as np
import pytest

from imdb_core.data import demo, imdb, sources
from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.shown import ShownCorpus, shown_corpus
from imdb_core.data.typography import tokens
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ConfigError, DataError
from imdb_core.evaluation import corpus_facts
from imdb_core.evaluation.corpus_facts import CutShares, Half, KnownShares

WORDS = ("film", "good", "bad", "plot", "rare", "never", "zebra")  # ids 4 to 10; no review has "zebra"
TEXTS = {
    "good film good plot": 1,
    "bad film": 0,
    "bad bad plot film film never": 0,
    "good film rare": 1,
}


@pytest.fixture
def small():
    """The facts of TEXTS: 15 words, 7 of them in positive and 8 in negative reviews."""
    return facts_of(TEXTS)


def facts_of(texts):
    vocabulary = Vocabulary(WORDS)
    train = Reviews.from_lists([vocabulary.encode(text) for text in texts], list(texts.values()))
    test = Reviews.from_lists([vocabulary.encode("good good"), vocabulary.encode("bad")], [1, 1])
    return corpus_facts.from_corpus(ShownCorpus(Corpus("small", train, test, WORDS, "0"), Vocabulary(WORDS)))


def test_both_halves_are_counted_without_start_tokens(small):
    assert small.train == Half(reviews=4, class_counts=(2, 2), word_count=15, median_words=3.5)
    assert small.test == Half(reviews=2, class_counts=(0, 2), word_count=3, median_words=1.5)


def test_a_histogram_has_one_bar_a_length_where_reviews_are_short(small):
    histogram = corpus_facts.lengths(small)
    assert histogram.start.tolist() == [0, 1, 2, 3, 4, 5, 6] and histogram.width == 1
    assert histogram.reviews.tolist() == [0, 0, 1, 1, 1, 0, 1]


def test_a_histogram_of_long_reviews_has_wider_bars_and_loses_none():
    lengths = [3, 199, 200, 250]
    histogram = corpus_facts.lengths(facts_of({"film " * length: 1 for length in lengths}))
    assert histogram.width == 3 and len(histogram.start) == 84 <= corpus_facts.MOST_BARS
    assert {
        int(histogram.start[bar]): int(histogram.reviews[bar]) for bar in np.flatnonzero(histogram.reviews)
    } == {
        3: 1,
        198: 2,
        249: 1,
    }


@pytest.mark.parametrize(
    ("review_length", "reviews", "words"),
    [(6, 0, 0), (5, 1 / 4, 1 / 15), (3, 2 / 4, 4 / 15), (1, 1, 11 / 15)],
)
def test_the_first_words_of_a_long_review_are_cut_off(small, review_length, reviews, words):
    assert corpus_facts.cut(small, review_length) == CutShares(pytest.approx(reviews), pytest.approx(words))


@pytest.mark.parametrize("review_length", [1, 2, 3, 4, 7])
def test_the_counted_cut_words_are_those_that_training_cuts_off(small, review_length):
    prepared = small.reviews.prepared(100, review_length)
    lost = small.train.word_count - int(np.sum(prepared.ids != 1))
    assert corpus_facts.cut(small, review_length).words == pytest.approx(lost / 15)


@pytest.mark.parametrize(
    ("vocabulary_size", "words", "unknown"),
    [
        (4, 0, 1),
        (5, 5 / 15, 1),
        (6, 8 / 15, 1),
        (7, 11 / 15, 3 / 4),
        (8, 13 / 15, 2 / 4),
        (9, 14 / 15, 1 / 4),
        (99, 1, 0),
    ],
)
def test_a_vocabulary_knows_the_ids_below_its_size(vocabulary_size, words, unknown, small):
    assert corpus_facts.known(small, vocabulary_size) == KnownShares(
        pytest.approx(words), pytest.approx(unknown)
    )


def test_a_word_that_the_corpus_itself_does_not_have_stays_unknown_in_every_vocabulary():
    facts = facts_of({"film xyzzy": 1, "film": 0})
    assert corpus_facts.known(facts, 99) == KnownShares(pytest.approx(2 / 3), 0.5)


def test_the_curve_passes_through_the_shares_of_its_sizes():
    facts = corpus_facts.facts("demo")
    sizes, shares = corpus_facts.known_by_size(facts)
    assert sizes[0] == 10 and sizes[-1] == len(facts.vocabulary) + 4 and shares[-1] == 1
    for size, share in zip(sizes[::20], shares[::20], strict=True):
        assert share == pytest.approx(corpus_facts.known(facts, int(size)).words)
    assert np.all(np.diff(sizes) > 0) and np.all(np.diff(shares) >= 0)


def test_the_most_frequent_words_come_first_with_their_uses_by_label(small):
    first, second = corpus_facts.most_frequent(small, 2)
    assert (first.word, first.counts) == ("film", (3, 2))
    assert (second.word, second.counts) == ("good", (0, 3))


def test_each_word_of_a_large_corpus_is_counted_once_under_its_label():
    facts = corpus_facts.facts("demo")
    texts = [
        tokens(text)
        for text, label in zip(demo.texts("train"), demo.load().train.labels, strict=True)
        if label
    ]
    expected = Counter(word for text in texts for word in text)
    assert {
        use.word: use.counts[1] for use in corpus_facts.most_frequent(facts, 50)
    }.items() <= expected.items()
    assert facts.uses.sum() == facts.train.word_count and facts.uses[1].sum() == expected.total()


def test_leanings_are_the_z_scores_of_the_formula(small):
    # "good": 3 of 7 words of the positive reviews, 0 of 8 of the negative ones, 3 of all 15
    prior = corpus_facts.PRIOR_WORDS
    positive, negative = 3 + prior * 3 / 15, 0 + prior * 3 / 15
    ratio = math.log(positive / (7 + prior - positive)) - math.log(negative / (8 + prior - negative))
    assert small.leanings(1)[5] == pytest.approx(ratio / math.sqrt(1 / positive + 1 / negative))
    assert small.leanings(0)[5] == pytest.approx(-small.leanings(1)[5]), (
        "of two classes, one is the rest of the other"
    )
    assert small.leanings(1)[10] == 0, "no review has it"


def test_telling_words_run_from_the_most_positive_to_the_most_negative(small):
    telling = corpus_facts.most_telling(small, 2, label=1)
    assert [use.word for use in telling] == ["good", "rare", "never", "bad"]
    assert [use.leaning > 0 for use in telling] == [True, True, False, False]


def test_the_demo_corpus_is_told_apart_by_the_words_it_was_made_with():
    telling = corpus_facts.most_telling(corpus_facts.facts("demo"), 8, label=1)
    assert {"adored", "loved"} <= {use.word for use in telling[:8]} and {"hated", "disliked"} <= {
        use.word for use in telling[8:]
    }
    assert all(use.counts[1] > use.counts[0] for use in telling[:8])
    assert all(use.counts[1] < use.counts[0] for use in telling[8:])


def test_places_are_those_of_the_label(small):
    assert corpus_facts.places(small, 1).tolist() == [0, 3]
    assert corpus_facts.places(small, 0).tolist() == [1, 2]
    assert corpus_facts.places(small, None).tolist() == [0, 1, 2, 3]


def test_a_reading_marks_unknown_words_and_cuts_in_front(small):
    seen = corpus_facts.reading(small, 2, vocabulary_size=10, review_length=5)
    assert seen.words == ("bad", "bad", "plot", "film", "film", "never") and seen.cut == 1
    assert seen.ids == (6, 7, 4, 4, 9) and seen.unknown == [] and seen.padding == 0
    rare = corpus_facts.reading(
        facts_of({"never good zebra film rare plot": 1}), 0, vocabulary_size=10, review_length=5
    )
    assert rare.statuses == ["cut", "read", "unknown", "read", "read", "read"] and rare.ids == (5, 2, 4, 8, 7)


def test_a_short_review_is_read_whole_with_its_start_token_and_padded_as_in_training(small):
    seen = corpus_facts.reading(small, 1, vocabulary_size=5000, review_length=500)
    assert seen.ids == (1, 6, 4) and seen.cut == 0 and seen.padding == 13


def test_a_reading_is_what_the_demo_text_says():
    facts = corpus_facts.facts("demo")
    for index in (0, 17, 3999):
        seen = corpus_facts.reading(facts, index, vocabulary_size=5000, review_length=2000)
        assert list(seen.words) == tokens(demo.texts("train")[index])
        assert facts.vocabulary.encode_words(seen.words) == list(seen.ids)


def test_values_that_no_network_may_have_are_refused(small):
    with pytest.raises(ConfigError, match="vocabulary_size"):
        corpus_facts.reading(small, 0, vocabulary_size=9, review_length=500)


def test_a_corpus_is_in_memory_once_however_many_pages_show_it():
    facts = corpus_facts.facts("demo")
    assert corpus_facts.facts("demo") is facts and shown_corpus("demo").corpus.train is facts.reviews
    assert shown_corpus("demo").vocabulary is facts.vocabulary


@pytest.mark.parametrize("content", [None, b"torn"])
def test_missing_or_damaged_reviews_are_never_downloaded(content, monkeypatch, tmp_path):
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "none"))
    if content:
        (tmp_path / "none" / "keras").mkdir(parents=True)
        for name in imdb.PUBLISHED:
            (tmp_path / "none" / "keras" / name).write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError, match="missing or damaged"):
        corpus_facts.facts("imdb")
    assert sorted(tmp_path.rglob("*")) == before
    assert sources.available_names() == (["imdb", "demo"] if content else ["demo"])


@pytest.mark.skipif(
    not os.environ.get("IMDB_DATA_DIR"), reason="IMDB_DATA_DIR names no folder with the real files"
)
def test_the_facts_of_the_real_reviews_are_those_that_are_published():
    facts = corpus_facts.facts("imdb")
    assert (
        facts.train.reviews == facts.test.reviews == 25_000
        and facts.train.class_counts == facts.test.class_counts == (12_500, 12_500)
    )
    assert corpus_facts.most_frequent(facts, 1)[0].word == "the"
    ends = corpus_facts.most_telling(facts, 5, label=1)
    assert "great" in [use.word for use in ends[:5]] and "bad" in [use.word for use in ends[5:]]
