"""The texts of a data set that a check reads, with their labels and numbers.

Called by check and training/out_of_fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core import data
from imdb_core.data import sources
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.quality.reading import Texts


@dataclass(frozen=True)
class Part:
    """The training or test texts: labels uint8 (texts,), numbers int64 (texts,) in the data set."""

    texts: Texts
    labels: NDArray[np.uint8]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Material:
    """All texts of a data set. `fingerprint` (sha256, hex) changes with any text or label."""

    name: str
    classes: tuple[str, ...]
    train: Part
    test: Part
    fingerprint: str


class Chosen:
    """Some of the texts, by their positions; reads a text when it is asked for."""

    def __init__(self, texts: Texts, positions: Sequence[int] | NDArray[np.int64]) -> None:
        self._texts, self._positions = texts, positions

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int, /) -> str:
        return self._texts[int(self._positions[index])]


class Joined:
    """The training texts, then the test texts."""

    def __init__(self, first: Texts, second: Texts) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, index: int, /) -> str:
        count = len(self._first)
        return self._first[index] if index < count else self._second[index - count]


class _Words:
    """Reviews that are stored as word ids, as texts: their words with a space between."""

    def __init__(self, reviews: Reviews, vocabulary: Vocabulary) -> None:
        self._reviews, self._vocabulary = reviews, vocabulary

    def __len__(self) -> int:
        return len(self._reviews)

    def __getitem__(self, index: int, /) -> str:
        return " ".join(self._vocabulary.decode(self._reviews[index][1:]))  # without the start token


def material(name: str) -> Material:
    """The texts of the source `name` that take part: excluded texts are left out. Raises DataError."""
    corpus = data.load(name)
    vocabulary = Vocabulary(corpus.words)
    train, test = (
        Part(_Words(reviews, vocabulary), reviews.labels, np.arange(len(reviews)))
        for reviews in (corpus.train, corpus.test)
    )
    return Material(name, ("negative", "positive"), train, test, corpus.fingerprint)


def fingerprint(name: str) -> str | None:
    """The fingerprint of material(name), quickly; None while the texts are not on this machine."""
    return sources.get(name).fingerprint()


def reviews_of(texts: Material) -> Reviews:
    """The training texts as a network reads them, with the labels of `texts`."""
    reviews = data.load(texts.name).train
    return Reviews(reviews.ids, reviews.offsets, texts.train.labels)
