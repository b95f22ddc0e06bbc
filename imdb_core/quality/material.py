"""The texts of a data set that a check reads, with their labels and numbers.

Called by check and training/out_of_fold.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imdb_core import data
from imdb_core.data import sources
from imdb_core.data.own import layout, store
from imdb_core.data.own.texts import Texts
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError
from imdb_core.files import own_folder
from imdb_core.paths import cache_folder
from imdb_core.quality import reading


@dataclass(frozen=True)
class Part:
    """The training or test texts: labels uint8 (texts,), numbers int64 (texts,) in the data set."""

    texts: reading.Texts
    labels: NDArray[np.uint8]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Material:
    """All texts of a data set. `fingerprint` (sha256, hex): see fingerprint()."""

    name: str
    classes: tuple[str, ...]
    train: Part
    test: Part
    fingerprint: str

    @property
    def identity(self) -> str:
        """sha256 (hex) that also changes when a text is excluded or a label is another."""
        digest = hashlib.sha256(self.fingerprint.encode())
        for array in (self.train.numbers, self.train.labels):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


class Joined:
    """The training texts, then the test texts."""

    def __init__(self, first: reading.Texts, second: reading.Texts) -> None:
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
    if is_own(name):
        facts = store.facts(name)
        train, test = (
            Part(texts, texts.labels, texts.indices)
            for texts in (store.texts(name, part) for part in ("training", "test"))
        )
        return Material(name, facts.classes, train, test, facts.fingerprint)
    corpus = data.load(name)
    vocabulary = Vocabulary(corpus.words)
    train, test = (
        Part(_Words(reviews, vocabulary), reviews.labels, np.arange(len(reviews)))
        for reviews in (corpus.train, corpus.test)
    )
    return Material(name, corpus.classes, train, test, corpus.fingerprint)


def fingerprint(name: str) -> str | None:
    """The fingerprint of material(name), quickly; None while the texts are not on this machine.

    It stays the same when texts are excluded, so that a report can be worked through.
    """
    if is_own(name):
        return store.facts(name).fingerprint if store.is_readable(name) else None
    return sources.get(name).fingerprint()


def folder(name: str) -> Path:
    """The folder of the reports on the data set `name`; it is deleted with a data set of the user's own."""
    return store.folder(name) / "quality" if is_own(name) else cache_folder() / f"quality-{name}"


def made_folder(name: str) -> Path:
    """folder(name), created if it is missing. Raises OSError if the data set was deleted."""
    if not is_own(name):
        cache_folder().mkdir(parents=True, exist_ok=True)
    return own_folder(folder(name))


def is_own(name: str) -> bool:
    """Whether `name` can be a data set of the user's own, whose texts can be excluded."""
    return bool(re.fullmatch(layout.NAME, name))


def text_of(name: str, index: int) -> str:
    """The text with this number in a data set of the user's own, excluded or not. Raises DataError."""
    every = Texts(store.folder(name), np.array([index]), np.zeros(1, np.uint8))
    try:
        return every[0]
    except (OSError, ValueError, IndexError) as error:
        raise DataError(f"Text {index:,} of {store.facts(name).title} cannot be read: {error}.") from error


def excerpts(name: str, indices: Sequence[int], characters: int) -> dict[int, str]:
    """The first `characters` of these training texts, by their numbers. Raises DataError."""
    if is_own(name):
        return {index: text_of(name, index)[:characters] for index in indices}
    train = material(name).train
    return {index: train.texts[index][:characters] for index in indices}


def reviews_of(texts: Material, tokenizer: str) -> Reviews:
    """The training texts as a network reads them, with the labels of `texts`.

    Raises DataError if texts were excluded or included since `texts` was read.
    """
    reviews = data.load(texts.name, tokenizer=tokenizer).train
    if len(reviews) != len(texts.train):
        raise DataError(
            f"{texts.name} has {len(reviews):,} training texts now, not {len(texts.train):,} as when the "
            "check began, because texts were excluded or included. Start the check again."
        )
    return Reviews(reviews.ids, reviews.offsets, texts.train.labels)
