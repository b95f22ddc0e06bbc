"""The registry of sources: where the reviews of a corpus come from, and what must be known before loading.

A source is a module of this package that registers a subclass of Source at its end; data/__init__.py imports
it. A collection registers sources that come and go, one for each data set of the user's own. RunConfig, the
form, the command line, cost estimates, evaluation and pages ask this module.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.reviews import TWO_CLASSES, Corpus, Progress
from imdb_core.errors import DataError


class Texts(Protocol):
    """Texts that may stay in a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> str: ...

    def __iter__(self) -> Iterator[str]: ...


@dataclass(frozen=True)
class Source(ABC):
    """One corpus that runs can learn from.

    The methods below load() suit a corpus that needs no files; a source with files or a download overrides
    them. Only a source that can be missing needs `if_missing` and `how_to_show`.
    """

    name: str  # in config.json, in the names of baseline files and on the command line
    title: str  # in the form: "IMDB film reviews"
    noun: str  # within a sentence: "IMDB reviews"
    link: str  # in the address of the page "The reviews"
    training_reviews: int  # validation reviews included; cost estimates are made before anything is loaded
    mean_words: int  # per training review, start token included
    classes: tuple[str, ...] = TWO_CLASSES
    tokenizers: tuple[str, ...] = ("keras_imdb",)  # allowed; the first is the default
    unlabelled_reviews: int = 0  # texts without labels, which a teacher can label; see unlabelled()
    subject: str = ""  # what one text is, if several sources have the same kind: "film review"
    synthetic: bool = False  # made up: accuracy says nothing about real texts
    behaviour: bool = False  # its models judge English film reviews, as evaluation/behaviour.csv has them
    largest_vocabulary: int | None = None  # word ids; None if they are counted when it is loaded
    in_own_files: bool = False  # stored as data/own/layout.py says, so the plain script can read them
    in_keras: bool = False  # keras.datasets has the same reviews, so the plain script can read them
    about: str = ""  # Markdown on the page "The reviews"
    if_missing: str = ""  # what a training does while the reviews are missing, and what else is possible
    how_to_show: str = ""  # how the reviews come to this machine, so that a page can show them
    how_to_restore: str = ""  # how to get the reviews that a run recorded, without a full stop; see `remedy`

    @abstractmethod
    def load(self, progress: Progress | None = None) -> Corpus:
        """The corpus; missing files are downloaded, with calls of `progress`. Raises DataError."""

    def load_with(self, tokenizer: str, progress: Progress | None = None) -> Corpus:
        """The corpus as one of the `tokenizers` cuts its texts; overridden if there are several."""
        return self.load(progress)

    def is_available(self) -> bool:
        """Whether load() needs no download; quick, because each page view asks."""
        return True

    def fingerprint(self) -> str | None:
        """The corpus's fingerprint, if possible without parsing files; None while the reviews are missing."""
        return self.load().fingerprint

    def stored(self) -> Corpus:
        """The corpus as pages show it, without a download. Raises DataError."""
        return self.load()

    def stored_files(self) -> tuple[Path, ...]:
        """The files that stored() is read from; they change when the corpus changes. Raises DataError."""
        return ()

    def training_labels(self) -> NDArray[np.uint8] | None:
        """The labels of the training reviews; None if they are not known yet, or if any split suits."""
        return self.load().train.labels

    def written(self, part: str, index: int) -> str | None:
        """A text of the "training" or "test" part as it was written; None if only its words are known.

        `index` is its place in the stored() corpus. Raises DataError.
        """
        return None

    def unlabelled(self) -> Texts:
        """The texts without labels as they were written; none equals one with a label. Raises DataError."""
        return ()

    def examples(self) -> tuple[str, ...]:
        """A few short test texts as they were written, for the text box; () if only their ids are kept."""
        return ()

    @property
    def full_noun(self) -> str:
        """`noun`, with the word "synthetic" before it if the reviews are made up."""
        return f"synthetic {self.noun}" if self.synthetic else self.noun

    @property
    def remedy(self) -> str:
        """How to get the reviews that a run recorded, without a full stop."""
        return self.how_to_restore or f"Use the version of the app that made the run's {self.noun}"


class Collection(Protocol):
    """Sources that come and go while the app runs. It is asked each time, and quickly."""

    def names(self) -> list[str]:
        """The names of its sources now."""

    def has(self, name: str) -> bool:
        """Whether it has a source of this name. This lists no other source, so it is quick."""

    def get(self, name: str) -> Source:
        """The source of this name. Raises DataError if there is none."""


_sources: dict[str, Source] = {}
_collections: list[Collection] = []


def register_collection(collection: Collection) -> None:
    """Add all sources that `collection` has now and later."""
    _collections.append(collection)


def register(source: Source) -> None:
    """Add `source`. Raises ValueError if another source has its name or its link."""
    for other in _sources.values():
        if source.name == other.name or source.link == other.link:
            raise ValueError(f"There are two sources {source.name} or two links {source.link}.")
    _sources[source.name] = source


def unregister(name: str) -> None:
    """Remove a source that a test has added."""
    del _sources[name]


def names() -> list[str]:
    """All sources: first real reviews, then the sources of collections, then synthetic reviews.

    Each of these groups keeps its own order.
    """
    registered = sorted(_sources, key=lambda name: _sources[name].synthetic)
    real = [name for name in registered if not _sources[name].synthetic]
    collected = [name for collection in _collections for name in collection.names()]
    return [*real, *collected, *registered[len(real) :]]


def available_names() -> list[str]:
    """The sources whose reviews are on this machine, in the order of names()."""
    return [name for name in names() if get(name).is_available()]


def exists(name: str) -> bool:
    """Whether get() knows the source. A run may name a data set that the user has deleted."""
    return name in _sources or any(collection.has(name) for collection in _collections)


def get(name: str) -> Source:
    """The source `name`. Raises DataError for another name."""
    if name in _sources:
        return _sources[name]
    for collection in _collections:
        if collection.has(name):
            return collection.get(name)
    raise DataError(f"{name!r} is no data set; choose one of {', '.join(names())}.")


def find(name: str) -> Source | None:
    """The source `name`, or None if it is gone: a run may have learned from a data set that was deleted."""
    try:
        return get(name)
    except DataError:
        return None


def title(name: str) -> str:
    """The title of the source `name`, also if it is gone. For lists of runs and networks."""
    source = find(name)
    return source.title if source else f"deleted data set {name}"


def subject(name: str) -> str:
    """What a text of the source `name` is: "film review", or "text" where the source does not say."""
    source = find(name)
    return (source and source.subject) or "text"


def first_synthetic() -> Source:
    """The synthetic source that replaces real reviews while they are missing."""
    return next(source for source in _sources.values() if source.synthetic)


class _Titles(Mapping[str, str]):
    def __getitem__(self, name: str) -> str:
        if source := find(name):
            return source.title
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())


TITLES = _Titles()  # name -> title; a source that is registered later appears too
