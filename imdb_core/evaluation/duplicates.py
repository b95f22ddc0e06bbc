"""Reviews that stand in a corpus more than once, word for word, and what that means for a test. Called by the
page "The reviews".

A network that has learned a test review by heart, because it was also a training review, says nothing about
new reviews.
"""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np

from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.shown import Shown, shown
from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions
from imdb_core.scoring import models

DIGEST_BYTES = 8  # of 50,000 different reviews two get the same digest once in ten thousand million times


@dataclass(frozen=True)
class Within:
    """In one half: reviews that repeat an earlier one, and texts that stand there with both labels."""

    repeated: int
    texts_with_both_labels: int


@dataclass(frozen=True)
class Duplicates:
    """`in_training` bool (test reviews,): whether a test review stands among the training reviews too.

    `other_label` counts those of them that stand there with the opposite label.
    """

    train: Within
    test: Within
    in_training: np.ndarray
    other_label: int


@dataclass(frozen=True)
class Effect:
    """The test accuracy of an included network on all test reviews, and without those that are training
    reviews too.
    """

    title: str
    accuracy: float
    without: float


def duplicates(dataset: str) -> Duplicates:
    """Of the corpus "imdb" or "demo"; kept in memory after the first call.

    Raises DataError if it is not on this machine.
    """
    return _of_shown(shown(dataset))


def of_corpus(corpus: Corpus) -> Duplicates:
    """Counted by digests of the reviews, so that no text is kept."""
    train, test = _digests(corpus.train), _digests(corpus.test)
    labels, test_labels = corpus.train.labels == 1, corpus.test.labels == 1
    of_label = [np.isin(test, train[labels == label]) for label in (False, True)]  # by the label in training
    other_label = np.where(test_labels, of_label[0], of_label[1])
    return Duplicates(_within(train, labels), _within(test, test_labels), of_label[0] | of_label[1], int(other_label.sum()))


def effect(dataset: str, found: Duplicates) -> Effect | None:
    """What leaving the test reviews out that are training reviews too changes for the most accurate included
    network.

    None if no included network was tested on these reviews, or if none or all of them would be left out.
    """
    left, positive = ~found.in_training, shown(dataset).corpus.test.labels == 1
    for model in models.pretrained():  # the most accurate first
        try:
            tested = predictions.read(model.run)
        except ModelError:
            continue
        if model.run.config.dataset == dataset and np.array_equal(tested.positive, positive) and left.any() and not left.all():
            right = tested.right()
            return Effect(model.run.name, float(right.mean()), float(right[left].mean()))
    return None


@functools.lru_cache(maxsize=2)
def _of_shown(kept: Shown) -> Duplicates:
    return of_corpus(kept.corpus)


def _digests(reviews: Reviews) -> np.ndarray:
    """uint64 (reviews,): the same number for the same words."""
    ids, offsets = np.ascontiguousarray(reviews.ids), reviews.offsets.tolist()
    pieces = (ids[start:end].data for start, end in zip(offsets, offsets[1:], strict=False))
    joined = b"".join(hashlib.blake2b(piece, digest_size=DIGEST_BYTES).digest() for piece in pieces)
    return np.frombuffer(joined, np.uint64)


def _within(digests: np.ndarray, positive: np.ndarray) -> Within:
    texts, text_of = np.unique(digests, return_inverse=True)
    both = [np.bincount(text_of[positive == label], minlength=len(texts)) > 0 for label in (False, True)]
    return Within(len(digests) - len(texts), int(np.sum(both[0] & both[1])))
