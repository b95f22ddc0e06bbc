"""The IMDB reviews as flat arrays on disk, so that Keras's files are parsed only once. Called by imdb.py.

imdb-<first 16 of the fingerprint>-<CHECKS>/ in the cache folder holds {train,test}_{ids,offsets,labels}.npy
and words.json. One rename makes the folder visible, so it is complete or missing.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_core import temporary
from imdb_core.data.reviews import FIRST_WORD, Corpus, Reviews, StoredReviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError
from imdb_core.files import DESKTOP, leftovers, names, remove_own
from imdb_core.operating_system.file_access import move_folder, sync_folder
from imdb_core.paths import cache_folder

# Raise this number with each new check in keras_files, so that files converted without the check are read
# again.
CHECKS = 2
NAME = "imdb"
HALVES = ("train", "test")
ARRAYS = {"ids": np.int32, "offsets": np.int64, "labels": np.uint8}
# Only these files are removed. A folder that holds any other file stays.
_WORDS = re.escape("words.json")
_ARRAY = rf"(?:train|test)_(?:{'|'.join(ARRAYS)})\.npy"
OWN = re.compile(rf"{_ARRAY}|{_WORDS}|{temporary.names_of(_WORDS)}|{DESKTOP}")


def folder(fingerprint: str) -> Path:
    """The folder of the arrays that were made from the file pair with this fingerprint."""
    return cache_folder() / f"imdb-{fingerprint[:16]}-{CHECKS}"


def id_files(fingerprint: str) -> tuple[Path, Path]:
    """The files of the word ids of both halves: they change whenever the corpus is converted again."""
    return folder(fingerprint) / "train_ids.npy", folder(fingerprint) / "test_ids.npy"


def read(fingerprint: str) -> Corpus | None:
    """The corpus, or None if it was not converted yet or its folder is damaged: then convert it."""
    place = folder(fingerprint)
    try:
        words = Vocabulary.read(place / "words.json").words
        train, test = (_read_half(place, half) for half in HALVES)
    except (ModelError, OSError, ValueError, EOFError):
        return None
    is_sound = _is_sound(train, len(words)) and _is_sound(test, len(words))
    return Corpus(NAME, train, test, words, fingerprint) if is_sound else None


def stored(corpus: Corpus) -> Corpus:
    """`corpus`, which is in its folder already, with the word ids left in their files."""
    train_ids, test_ids = id_files(corpus.fingerprint)
    return replace(
        corpus,
        train=StoredReviews(train_ids, corpus.train.offsets, corpus.train.labels),
        test=StoredReviews(test_ids, corpus.test.offsets, corpus.test.labels),
    )


def write(corpus: Corpus) -> None:
    """Put `corpus` into its folder; a damaged folder is replaced. The caller holds imdb.py's lock.

    Raises OSError.
    """
    place = folder(corpus.fingerprint)
    older_versions = rf"imdb-{corpus.fingerprint[:16]}(-[0-9]+)?"
    older = [place.parent / name for name in names(place.parent, older_versions) if name != place.name]
    left = leftovers(place.parent, r"imdb-[0-9a-f]{16}(-[0-9]+)?", alone=True)  # the lock is held
    for path in (*older, *left):
        remove_own(path, OWN)
    building = temporary.beside(place)
    try:
        building.mkdir()
        _fill(building, corpus)
        if read(corpus.fingerprint) is None:  # if the lock holds on each machine only, another may be faster
            remove_own(place, OWN)
            move_folder(building, place)
    finally:
        remove_own(building, OWN)  # missing unless a step above failed
    sync_folder(place.parent)


def _fill(place: Path, corpus: Corpus) -> None:
    for half in HALVES:
        for name in ARRAYS:
            with open(place / f"{half}_{name}.npy", "wb") as file:
                np.save(file, getattr(getattr(corpus, half), name), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
    Vocabulary(corpus.words).save(place / "words.json")  # syncs the folder too


def _read_half(place: Path, half: str) -> Reviews:
    arrays = [np.load(place / f"{half}_{name}.npy", mmap_mode=None, allow_pickle=False) for name in ARRAYS]
    for array, kind in zip(arrays, ARRAYS.values(), strict=True):
        if array.dtype != kind or array.ndim != 1 or not len(array):
            raise ValueError("not the array that was written")
    return Reviews(*arrays)


def _is_sound(reviews: Reviews, word_count: int) -> bool:
    """Whether the three arrays fit together and all word ids belong to `word_count` words."""
    ids, offsets, labels = reviews.ids, reviews.offsets, reviews.labels
    return bool(
        len(offsets) == len(labels) + 1
        and offsets[0] == 0
        and offsets[-1] == len(ids)
        and reviews.lengths.min() >= 1
        and labels.max() <= 1
        and ids.min() >= 1
        and ids.max() <= word_count + FIRST_WORD
    )
