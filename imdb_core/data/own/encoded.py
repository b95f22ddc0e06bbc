"""Word ids of a stored data set, made once for each tokenizer and kept in its folder. Called by source.py.

The ids stay in files that are mapped into memory, so that a million texts need little of it. The folder
ids-<tokenizer>-<fingerprint>/ is renamed into place when it is complete.
"""

import functools
import itertools
from array import array
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from imdb_core import temporary
from imdb_core.data import tokenizers
from imdb_core.data.own import layout, store
from imdb_core.data.own.texts import Texts
from imdb_core.data.reviews import Corpus, Reviews, StoredReviews
from imdb_core.data.tokenizers.choice import default_tokenizer
from imdb_core.data.vocabulary import Vocabulary, clean
from imdb_core.errors import DataError, ModelError
from imdb_core.files import leftovers, names, remove_own
from imdb_core.operating_system.file_access import move_folder

SAMPLE = 500  # training texts whose letters decide the default tokenizer
HALVES = {"train": "training", "test": "test"}  # half of a corpus -> part of the data set
_FLUSH = 2**20  # ids


def allowed_tokenizers(name: str) -> tuple[str, ...]:
    """The tokenizers that suit the data set; the first is the default. Raises DataError."""
    return _allowed_tokenizers(name, store.facts(name).fingerprint)


@functools.lru_cache(256)  # the fingerprint changes with the texts
def _allowed_tokenizers(name: str, fingerprint: str) -> tuple[str, ...]:
    default = default_tokenizer(itertools.islice(store.texts(name, "training"), SAMPLE))
    general = [tokenizer for tokenizer in tokenizers.names() if not tokenizers.get(tokenizer).languages]
    return default, *(tokenizer for tokenizer in general if tokenizer != default)


def corpus(name: str, *, tokenizer: str, fingerprint: str, in_memory: bool) -> Corpus:
    """The corpus; with `in_memory` False the ids stay in their files, as pages need. Raises DataError."""
    place = folder(name, tokenizer, fingerprint)
    try:
        if not place.is_dir():
            _make(name, tokenizer, place)
        halves = {half: _half(name, place, half, in_memory) for half in HALVES}
        words = Vocabulary.read(place / "words.json").words
    except (ModelError, OSError, ValueError, EOFError) as error:
        remove_own(place, layout.IN_IDS_FOLDER)  # it is made again by the next call
        raise DataError(f"The word ids of {name} cannot be made or read: {error}. Try again.") from error
    return Corpus(
        name,
        halves["train"],
        halves["test"],
        words,
        fingerprint,
        classes=store.facts(name).classes,
        tokenizer=tokenizer,
    )


def folder(name: str, tokenizer: str, fingerprint: str) -> Path:
    """The folder of the word ids."""
    return store.folder(name) / f"ids-{tokenizer}-{fingerprint[:16]}"


def id_files(name: str, tokenizer: str, fingerprint: str) -> tuple[Path, ...]:
    """The files of the word ids, which exist once corpus() was called."""
    return tuple(folder(name, tokenizer, fingerprint) / f"{half}_ids.npy" for half in HALVES)


def _half(name: str, place: Path, half: str, in_memory: bool) -> Reviews:
    offsets: NDArray[np.int64] = np.load(place / f"{half}_offsets.npy", allow_pickle=False)
    labels = store.texts(name, HALVES[half]).labels
    path = place / f"{half}_ids.npy"
    ids = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    if ids.dtype != np.int32 or len(offsets) != len(labels) + 1 or offsets[-1] != len(ids):
        raise ValueError(f"the arrays in {place.name} do not fit together")
    return Reviews(ids, offsets, labels) if in_memory else StoredReviews(path, offsets, labels)


def _make(name: str, tokenizer: str, place: Path) -> None:
    """Write the vocabulary and the ids; an older folder of this tokenizer is removed."""
    for left in leftovers(place.parent, layout.IDS):
        remove_own(left, layout.IN_IDS_FOLDER)
    building = temporary.beside(place)
    try:
        building.mkdir()
        vocabulary = Vocabulary.train(map(clean, store.texts(name, "training")), tokenizer)
        vocabulary.save(building / "words.json")
        for half, part in HALVES.items():
            _write_ids(store.texts(name, part), vocabulary, building, half)
        if not place.is_dir():  # another process may have been faster
            move_folder(building, place)
    except OSError:
        if not place.is_dir():
            raise
    finally:
        remove_own(building, layout.IN_IDS_FOLDER)
    for older in names(place.parent, rf"ids-{tokenizer}-[0-9a-f]{{16}}"):
        if older != place.name:
            remove_own(place.parent / older, layout.IN_IDS_FOLDER)


def _write_ids(texts: Texts, vocabulary: Vocabulary, place: Path, half: str) -> None:
    offsets, waiting = array("q", [0]), array("i")
    with open(place / f"{half}_ids.npy", "xb") as file:
        _write_header(file, 0)
        for ids in vocabulary.encode_all(map(clean, texts)):
            waiting.extend(ids)
            offsets.append(offsets[-1] + len(ids))
            if len(waiting) > _FLUSH:
                waiting.tofile(file)
                del waiting[:]
        waiting.tofile(file)
        file.seek(0)
        _write_header(file, offsets[-1])
    np.save(place / f"{half}_offsets.npy", np.frombuffer(offsets, np.int64), allow_pickle=False)


def _write_header(file: BinaryIO, count: int) -> None:
    """The .npy header of `count` ids; numpy gives it the same length for every count."""
    header = {"descr": "<i4", "fortran_order": False, "shape": (count,)}
    np.lib.format.write_array_header_1_0(file, header)
