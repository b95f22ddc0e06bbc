"""Counts reviews that stand in a corpus more than once, word for word, and their effect on a test accuracy.

Called by the page "The reviews". A test review that is also a training review does not show how a network
judges new reviews: the network may know it by heart.
"""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.blocks import blocks
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
    """Counts of one half of the corpus.

    How many reviews repeat an earlier review, and how many different texts have more than one label.
    """

    repeated: int
    texts_with_several_labels: int


@dataclass(frozen=True)
class Duplicates:
    """Duplicates within each half, and test reviews that are training reviews too.

    `in_training` is bool (test reviews,): True for a test review that is a training review too. `other_label`
    counts the test reviews that are training reviews with another label.
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
    texts, pairs = np.unique(train), _with_labels(train, corpus.train.labels)
    labels_of_text = np.searchsorted(pairs["digest"], texts, side="right")
    labels_of_text = np.diff(labels_of_text, prepend=0)
    place = np.minimum(np.searchsorted(texts, test), len(texts) - 1)
    in_training = texts[place] == test
    with_same_label = np.isin(_paired(test, corpus.test.labels), pairs)
    other_label = in_training & ((labels_of_text[place] > 1) | ~with_same_label)
    return Duplicates(
        train=_within(train, corpus.train.labels),
        test=_within(test, corpus.test.labels),
        in_training=in_training,
        other_label=int(other_label.sum()),
    )


def effect(dataset: str, counts: Duplicates) -> Effect | None:
    """The accuracy of the best included network with and without the test reviews used in training.

    None if no included network was tested on these reviews, or if none or all of them would be left out.
    """
    corpus = shown_corpus(dataset).corpus
    is_new = ~counts.in_training
    if is_new.all() or not is_new.any():
        return None
    for model in models.pretrained():  # the most accurate first
        try:
            tested = predictions.read_classes(model.run)
        except ModelError:
            continue
        same_dataset = config_of(model.run).dataset == dataset
        same_reviews = same_dataset and provenance.learned_from(model.run, corpus.fingerprint)
        if same_reviews and np.array_equal(tested.labels, corpus.test.labels):
            right = tested.right
            return Effect(model.run.name, float(right.mean()), float(right[is_new].mean()))
    return None


@functools.lru_cache(maxsize=2)  # no FileCache: shown_corpus() gives a new object when the files change
def _of_shown(shown: ShownCorpus) -> Duplicates:
    return of_corpus(shown.corpus)


def _digests(reviews: Reviews) -> NDArray[np.uint64]:
    """A digest of each review, uint64 (reviews,): reviews with the same words have the same digest."""
    digests = bytearray()
    for positions, ids in blocks(reviews):
        ends = (
            reviews.offsets[positions.start : positions.stop + 1] - reviews.offsets[positions.start]
        ).tolist()
        pieces = (ids[start:end].tobytes() for start, end in zip(ends, ends[1:], strict=False))
        for piece in pieces:
            digests += hashlib.blake2b(piece, digest_size=DIGEST_BYTES).digest()
    return np.frombuffer(bytes(digests), np.uint64)


def _paired(digests: NDArray[np.uint64], labels: NDArray[np.uint8]) -> NDArray[np.void]:
    """Records (reviews,) of digest and label, which can be sorted and compared."""
    records = np.zeros(len(digests), [("digest", np.uint64), ("label", np.uint8)])
    records["digest"], records["label"] = digests, labels
    return records


def _with_labels(digests: NDArray[np.uint64], labels: NDArray[np.uint8]) -> NDArray[np.void]:
    """The different records of _paired(), in the order of their digests."""
    return np.unique(_paired(digests, labels))


def _within(digests: NDArray[np.uint64], labels: NDArray[np.uint8]) -> Within:
    _, labels_of_text = np.unique(_with_labels(digests, labels)["digest"], return_counts=True)
    return Within(len(digests) - len(labels_of_text), int(np.sum(labels_of_text > 1)))
