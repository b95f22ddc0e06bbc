"""Counts reviews that stand in a corpus more than once, word for word, and their effect on a test accuracy.

Called by the page "The reviews". A test review that is also a training review does not show how a network
judges new reviews: the network may know it by heart.
"""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.shown import ShownCorpus, shown_corpus
from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs import provenance
from imdb_core.scoring import models

# Among 50,000 different reviews, two have the same digest with a probability of 1 in 10,000 million.
DIGEST_BYTES = 8


@dataclass(frozen=True)
class Within:
    """Counts of one half of the corpus: reviews that repeat an earlier review, and texts with both labels."""

    repeated: int
    texts_with_both_labels: int


@dataclass(frozen=True)
class Duplicates:
    """Duplicates within each half, and test reviews that are training reviews too.

    `in_training` is bool (test reviews,): True for a test review that is a training review too. `other_label`
    counts the test reviews that are training reviews with the opposite label.
    """

    train: Within
    test: Within
    in_training: NDArray[np.bool_]
    other_label: int


@dataclass(frozen=True)
class Effect:
    """The accuracy of an included network on all test reviews, and `without` repeated training reviews."""

    title: str
    accuracy: float
    without: float


def duplicates(dataset: str) -> Duplicates:
    """The duplicates of the corpus of a source, kept in memory after the first call.

    Raises DataError if the corpus is not on this machine.
    """
    return _of_shown(shown_corpus(dataset))


def of_corpus(corpus: Corpus) -> Duplicates:
    """The duplicates of `corpus`; compares digests of the reviews, so that no text is kept in memory."""
    train, test = _digests(corpus.train), _digests(corpus.test)
    positive, test_positive = corpus.train.labels == 1, corpus.test.labels == 1
    as_negative, as_positive = np.isin(test, train[~positive]), np.isin(test, train[positive])
    other_label = np.where(test_positive, as_negative, as_positive)
    return Duplicates(
        train=_within(train, positive),
        test=_within(test, test_positive),
        in_training=as_negative | as_positive,
        other_label=int(other_label.sum()),
    )


def effect(dataset: str, counts: Duplicates) -> Effect | None:
    """The accuracy of the best included network with and without the test reviews used in training.

    None if no included network was tested on these reviews, or if none or all of them would be left out.
    """
    corpus = shown_corpus(dataset).corpus
    is_new, positive = ~counts.in_training, corpus.test.labels == 1
    if is_new.all() or not is_new.any():
        return None
    for model in models.pretrained():  # the most accurate first
        try:
            tested = predictions.read(model.run)
        except ModelError:
            continue
        same_dataset = config_of(model.run).dataset == dataset
        same_reviews = same_dataset and provenance.learned_from(model.run, corpus.fingerprint)
        if same_reviews and np.array_equal(tested.positive, positive):
            right = tested.right()
            return Effect(model.run.name, float(right.mean()), float(right[is_new].mean()))
    return None


@functools.lru_cache(maxsize=2)  # no FileCache: shown_corpus() gives a new object when the files change
def _of_shown(shown: ShownCorpus) -> Duplicates:
    return of_corpus(shown.corpus)


def _digests(reviews: Reviews) -> NDArray[np.uint64]:
    """A digest of each review, uint64 (reviews,): reviews with the same words have the same digest."""
    ids, offsets = np.ascontiguousarray(reviews.ids), reviews.offsets.tolist()
    pieces = (ids[start:end].data for start, end in zip(offsets, offsets[1:], strict=False))
    joined = b"".join(hashlib.blake2b(piece, digest_size=DIGEST_BYTES).digest() for piece in pieces)
    return np.frombuffer(joined, np.uint64)


def _within(digests: NDArray[np.uint64], positive: NDArray[np.bool_]) -> Within:
    texts = np.unique(digests)
    both_labels = np.intersect1d(digests[positive], digests[~positive])
    return Within(len(digests) - len(texts), len(both_labels))
