"""Duplicates against a count that compares each review with each other; the included network on the real
reviews.
"""

import os

import numpy as np
import pytest

from imdb_core import data
from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.evaluation import duplicates, predictions
from imdb_core.scoring import models


def corpus(train, test, train_labels, test_labels):
    return Corpus("made", Reviews.from_lists(train, train_labels), Reviews.from_lists(test, test_labels), ("a",) * 9, "")


def drawn(seed):
    """Reviews of few words, so that many stand there more than once."""
    random = np.random.default_rng(seed)
    lists = [[[1, *random.integers(4, 8, random.integers(0, 4))] for _ in range(reviews)] for reviews in (60, 40)]
    return corpus(*lists, random.integers(0, 2, 60), random.integers(0, 2, 40))


def slowly_counted(made):
    """(repeated, texts with both labels) of both halves, which test reviews are training reviews, how many
    with another label.
    """
    halves = [[(tuple(half[at].tolist()), int(half.labels[at])) for at in range(len(half))] for half in (made.train, made.test)]
    within = []
    for half in halves:
        repeated = sum(any(text == before for before, _ in half[:at]) for at, (text, _) in enumerate(half))
        within.append((repeated, sum({(text, 0), (text, 1)} <= set(half) for text in {text for text, _ in half})))
    in_training = [any(text == other for other, _ in halves[0]) for text, _ in halves[1]]
    other_label = sum((text, 1 - label) in halves[0] for text, label in halves[1])
    return *within, in_training, other_label


@pytest.mark.parametrize("seed", range(8))
def test_duplicates_are_those_of_a_count_of_each_with_each_other(seed):
    made = drawn(seed)
    found = duplicates.of_corpus(made)
    within = [(half.repeated, half.texts_with_both_labels) for half in (found.train, found.test)]
    assert (*within, found.in_training.tolist(), found.other_label) == slowly_counted(made)
    assert found.train.repeated and found.train.texts_with_both_labels and found.in_training.any() and found.other_label


@pytest.mark.parametrize(
    "train, test, expected",
    [
        ([[1, 4], [1, 5]], [[1, 6]], (0, 0, [False], 0)),
        ([[1, 4], [1, 4]], [[1, 4]], (1, 1, [True], 1)),
        ([[1, 4, 5], [1, 4]], [[1, 5, 4]], (0, 0, [False], 0)),
        ([[1], [1]], [[1]], (1, 1, [True], 1)),
        ([[1, 4], [5]], [[1, 4, 5]], (0, 0, [False], 0)),
    ],
)
def test_only_the_same_words_in_the_same_order_are_the_same_review(train, test, expected):
    found = duplicates.of_corpus(corpus(train, test, [0, 1], [1]))
    assert (found.train.repeated, found.train.texts_with_both_labels, found.in_training.tolist(), found.other_label) == expected


def test_without_a_network_that_was_tested_on_these_reviews_there_is_no_effect():
    assert duplicates.effect("demo", duplicates.duplicates("demo")) is None


@pytest.mark.skipif(not os.environ.get("IMDB_DATA_DIR"), reason="IMDB_DATA_DIR names no folder with the real files")
def test_the_effect_on_the_real_reviews_is_that_of_the_most_accurate_included_network():
    found, reviews = duplicates.duplicates("imdb"), data.load("imdb")
    training = {reviews.train[at].tobytes() for at in range(len(reviews.train))}
    copies = np.array([reviews.test[at].tobytes() in training for at in range(len(reviews.test))])
    assert np.array_equal(found.in_training, copies) and 0 < copies.sum() < 1000
    best = max(models.pretrained(), key=lambda model: model.run.test_accuracy)
    right, effect = predictions.read(best.run).right(), duplicates.effect("imdb", found)
    assert effect.title == best.run.name and effect.accuracy == right.mean() == best.run.test_accuracy
    assert effect.without == right[~copies].mean()
