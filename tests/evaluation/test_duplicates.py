"""Duplicates compared with a slow count of all pairs of reviews, and their effect on an accuracy."""

import os

import numpy as np
import pytest

from imdb_core import data
from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.evaluation import duplicates, predictions
from imdb_core.scoring import models


def corpus(train, test, train_labels, test_labels):
    return Corpus(
        "made", Reviews.from_lists(train, train_labels), Reviews.from_lists(test, test_labels), ("a",) * 9, ""
    )


def drawn(seed):
    """A corpus of very short reviews, so that many of them stand in it more than once."""
    random = np.random.default_rng(seed)
    lists = [
        [[1, *random.integers(4, 8, random.integers(0, 4))] for _ in range(reviews)] for reviews in (60, 40)
    ]
    return corpus(*lists, random.integers(0, 2, 60), random.integers(0, 2, 40))


def labelled_texts(half):
    return [(tuple(half[at].tolist()), int(label)) for at, label in enumerate(half.labels)]


def slowly_counted_within(half):
    """(repeated reviews, texts with both labels) of a half."""
    repeated = sum(text in [before for before, _ in half[:at]] for at, (text, _) in enumerate(half))
    return repeated, len({text for text, label in half if (text, 1 - label) in half})


def slowly_counted(reviews):
    """All fields of Duplicates in their order, counted review by review."""
    train, test = labelled_texts(reviews.train), labelled_texts(reviews.test)
    in_training = [text in [trained for trained, _ in train] for text, _ in test]
    other_label = sum((text, 1 - label) in train for text, label in test)
    return slowly_counted_within(train), slowly_counted_within(test), in_training, other_label


def fields(counts):
    """All fields of Duplicates in their order, as plain values."""
    within = [(half.repeated, half.texts_with_several_labels) for half in (counts.train, counts.test)]
    return *within, counts.in_training.tolist(), counts.other_label


@pytest.mark.parametrize("seed", range(8))
def test_duplicates_are_those_of_a_slow_count(seed):
    reviews = drawn(seed)
    counts = duplicates.of_corpus(reviews)
    assert fields(counts) == slowly_counted(reviews)
    assert counts.train.repeated and counts.train.texts_with_several_labels
    assert counts.in_training.any() and counts.other_label


@pytest.mark.parametrize(
    "train, test, expected",
    [
        ([[1, 4], [1, 5]], [[1, 6]], ((0, 0), (0, 0), [False], 0)),
        ([[1, 4], [1, 4]], [[1, 4]], ((1, 1), (0, 0), [True], 1)),
        ([[1, 4, 5], [1, 4]], [[1, 5, 4]], ((0, 0), (0, 0), [False], 0)),
        ([[1], [1]], [[1]], ((1, 1), (0, 0), [True], 1)),
        ([[1, 4], [5]], [[1, 4, 5]], ((0, 0), (0, 0), [False], 0)),
    ],
)
def test_only_the_same_words_in_the_same_order_are_the_same_review(train, test, expected):
    assert fields(duplicates.of_corpus(corpus(train, test, [0, 1], [1]))) == expected


def test_without_a_network_that_was_tested_on_these_reviews_there_is_no_effect():
    assert duplicates.effect("demo", duplicates.duplicates("demo")) is None


@pytest.mark.skipif(
    not os.environ.get("IMDB_DATA_DIR"), reason="IMDB_DATA_DIR names no folder with the real files"
)
def test_the_effect_on_the_real_reviews_is_that_on_the_most_accurate_included_network():
    counts, reviews = duplicates.duplicates("imdb"), data.load("imdb")
    training = {reviews.train[at].tobytes() for at in range(len(reviews.train))}
    copies = np.array([reviews.test[at].tobytes() in training for at in range(len(reviews.test))])
    assert np.array_equal(counts.in_training, copies) and 0 < copies.sum() < 1000
    best = max(models.pretrained(), key=lambda model: model.run.test_accuracy)
    right, effect = predictions.read_classes(best.run).right, duplicates.effect("imdb", counts)
    assert effect.title == best.run.name and effect.accuracy == right.mean() == best.run.test_accuracy
    assert effect.without == right[~copies].mean()
