"""The IMDB reviews as flat arrays on disk, so that Keras's files are parsed only once. Called by imdb.py.

imdb-<first 16 of the fingerprint>-<CHECKS>/ in the cache folder holds {train,test}_{ids,offsets,labels}.npy
and words.json. It appears by one rename, so it is there whole or not at all.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_core.data.reviews import FIRST_WORD, Corpus, Reviews, StoredReviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError
from imdb_core.files import DESKTOP, names, remove_own, temporary_files
from imdb_core.operating_system.file_access import move_folder, sync_folder
from imdb_core.paths import cache_folder

# Raise this number with each new check in keras_files, so that files converted without it are read again.
CHECKS = 2
ARRAYS = {"ids": np.int32, "offsets": np.int64, "labels": np.uint8}
# Only these are removed; a folder that holds anything else stays.
_WORDS = re.escape("words.json")
OWN = re.compile(rf"(?:train|test)_(?:{'|'.join(ARRAYS)})\.npy|{_WORDS}|{temporary_files(_WORDS)}|{DESKTOP}")


def folder(fingerprint: str) -> Path:
    """Where the arrays of the file pair with this fingerprint lie."""
    return cache_folder() / f"imdb-{fingerprint[:16]}-{CHECKS}"


def identity(fingerprint: str) -> tuple | None:
    """What is another when the files of ids are others, or were written to; None without them."""
    try:
        stats = [(folder(fingerprint) / f"{half}_ids.npy").stat() for half in ("train", "test")]
    except OSError:
        return None
    return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats)


def read(fingerprint: str) -> Corpus | None:
    """The corpus, or None when it was not converted yet or its folder is damaged: both mean convert."""
    place = folder(fingerprint)
    try:
        words = Vocabulary.read(place / "words.json").words
        train, test = (_read_half(place, half) for half in ("train", "test"))
    except (ModelError, OSError, ValueError, EOFError):
        return None
    whole = _is_whole(train, len(words)) and _is_whole(test, len(words))
    return Corpus("imdb", train, test, words, fingerprint) if whole else None


def stored(corpus: Corpus) -> Corpus:
    """`corpus`, which read() gave or write() wrote, with the ids left in their files."""
    place = folder(corpus.fingerprint)
    halves = {half: getattr(corpus, half) for half in ("train", "test")}
    left = {
        half: StoredReviews(place / f"{half}_ids.npy", own.offsets, own.labels)
        for half, own in halves.items()
    }
    return replace(corpus, **left)


def write(corpus: Corpus):
    """Put `corpus` into its folder, instead of a damaged one. Call it under imdb.py's lock. OSError passes
    on.
    """
    place = folder(corpus.fingerprint)
    older = rf"imdb-{corpus.fingerprint[:16]}(-[0-9]+)?"
    stale = (
        r"\.imdb-[0-9a-f]{16}(-[0-9]+)?\.[0-9]+\.tmp"  # of a killed process; only the lock's holder writes
    )
    for name in names(place.parent, f"{older}|{stale}"):
        if name != place.name:
            remove_own(place.parent / name, OWN)
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir()
        _fill(temporary, corpus)
        remove_own(place, OWN)
        move_folder(temporary, place)
    finally:
        remove_own(temporary, OWN)  # gone already unless something failed
    sync_folder(place.parent)


def _fill(place, corpus):
    for half in ("train", "test"):
        for name in ARRAYS:
            with open(place / f"{half}_{name}.npy", "wb") as file:
                np.save(file, getattr(getattr(corpus, half), name), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
    Vocabulary(corpus.words).save(place / "words.json")  # syncs the folder too


def _read_half(place, half):
    arrays = [np.load(place / f"{half}_{name}.npy", mmap_mode=None, allow_pickle=False) for name in ARRAYS]
    for array, kind in zip(arrays, ARRAYS.values(), strict=True):
        if array.dtype != kind or array.ndim != 1 or not len(array):
            raise ValueError("not the array that was written")
    return Reviews(*arrays)


def _is_whole(reviews, word_count):
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
