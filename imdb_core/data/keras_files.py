"""Reads Keras's two IMDB files without trusting them: imdb.npz (ranks, labels), imdb_word_index.json (ranks).

The ranks lie in pickled object arrays. The unpickler creates a stand-in for each NumPy object and refuses
every other object. Called by imdb.py, which keeps the result as flat arrays.
"""

import io
import json
import os
import pickle
import struct
import tokenize
import zipfile
import zlib
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.arrays import end_fault
from imdb_core.data import ranks as rank_checks
from imdb_core.data.reviews import FIRST_WORD, START, Reviews
from imdb_core.errors import DataError
from imdb_core.files import read_bounded

NPZ, INDEX = NAMES = ("imdb.npz", "imdb_word_index.json")
LARGEST_FILE = 512 * 2**20  # bytes
LARGEST_MEMBER = 400 * 2**20  # bytes, uncompressed; the largest member of the real file has 14 MB
# Zip bomb limits: a member of more than EASY_BYTES unpacks to at most LARGEST_RATIO times its packed size.
# The members of the real file unpack to 1.6 times.
EASY_BYTES, LARGEST_RATIO = 16 * 2**20, 30
MOST_WORDS = 100_000_000  # in all reviews of one half; a half of the real file has 6 million
ARRAY_PIECES = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}
# The exceptions of zipfile, NumPy's reader and the unpickler for damaged or hostile bytes.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, pickle.UnpicklingError, EOFError, AttributeError,
    ImportError, LookupError, ValueError, TypeError, ArithmeticError, NotImplementedError, RuntimeError,
    MemoryError, SyntaxError, tokenize.TokenError,  # NumPy tokenises some .npy headers
)  # fmt: skip
Half = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[Any]]  # ranks in a row, words per review, labels
EXPECTED = {
    NPZ: "Keras's x_train, y_train, x_test and y_test, with lists of word ranks",
    INDEX: "a JSON object that gives each word its rank, 1 to the number of words",
}


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of both files in the folder of IMDB_DATA_DIR. Raises DataError if a file cannot be read."""
    return {name: _content(folder / name) for name in NAMES}


def _content(path: Path) -> bytes:
    """The bytes of one of the two files, which may be a link. Raises DataError."""
    try:
        return read_bounded(Path(os.path.realpath(path)), LARGEST_FILE)
    except ValueError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}. IMDB_DATA_DIR must be a folder that holds {NPZ} and "
            f"{INDEX}. Put both files there, correct the variable, or unset it to download the files."
        ) from error


def parse(files: dict[str, bytes], folder: Path) -> tuple[Reviews, Reviews, tuple[str, ...]]:
    """(train, test, words): both halves as Reviews, start token first, and the words by rank.

    `folder` is used only in messages. Raises DataError; the message names the content and what is expected.
    """
    try:
        words = _words_by_rank(files[INDEX])
    except (ValueError, RecursionError) as error:
        raise _damaged(folder / INDEX, error) from error
    try:
        if fault := end_fault(files[NPZ]):
            raise ValueError(fault)
        with zipfile.ZipFile(io.BytesIO(files[NPZ])) as archive:
            halves = [_half(archive, half) for half in ("train", "test")]
        _require_ranks(halves, len(words), folder)
    except DAMAGE as error:
        raise _damaged(folder / NPZ, error) from error
    train, test = (_flat(*half) for half in halves)
    for half, reviews in (("train", train), ("test", test)):
        if fault := rank_checks.label_fault(reviews, words):
            raise DataError(f"{folder / NPZ} has its labels reversed: in y_{half} {fault}")
    return train, test, words


def _damaged(path: Path, error: BaseException) -> DataError:
    why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    expected = f"Expected {EXPECTED[path.name]}. Get the file again."
    return DataError(f"{path} is damaged or not the IMDB file: {why[:500]}. {expected}")


def _words_by_rank(content: bytes) -> tuple[str, ...]:
    """The words of imdb_word_index.json, the most frequent first. Raises ValueError or RecursionError."""
    index = json.loads(content.decode("utf-8"))
    if isinstance(index, dict) and index and all(type(word) is str for word in index.values()):
        raise ValueError("it gives each rank its word: reverse it, so that it gives each word its rank")
    if not isinstance(index, dict) or "" in index or not all(type(rank) is int for rank in index.values()):
        raise ValueError("it is not an object that gives each word a whole number")
    _require_all_ranks(index)
    "".join(index).encode("utf-8")  # UnicodeEncodeError, a ValueError: a lone surrogate cannot be saved
    words = tuple(sorted(index, key=lambda word: index[word]))
    if fault := rank_checks.index_fault(words):
        raise ValueError(fault)
    return words


def _require_all_ranks(index: dict[str, int]) -> None:
    """Raises ValueError, which says how to mend the file, unless the ranks are 1 to the number of words."""
    numbers = sorted(index.values())
    if numbers == list(range(1, len(index) + 1)):
        return
    # No word of the corpus begins with "<" or "[", as the special tokens of other programs do.
    special = [word for word in index if word.startswith(("<", "["))]
    ranks = sorted(rank for word, rank in index.items() if word not in special)
    advice = f"; remove {', '.join(special[:4])}, which are no words" if special else ""
    if ranks and ranks[0] != 1 and ranks == list(range(ranks[0], ranks[0] + len(ranks))):
        change = f"subtract {ranks[0] - 1} from each" if ranks[0] > 1 else f"add {1 - ranks[0]} to each"
        advice += f"{', and' if advice else ';'} {change} rank, because the ranks were shifted"
    first, last = (numbers[0], numbers[-1]) if numbers else ("none", "none")
    expected = f"each number from 1 to {len(index)} once"
    raise ValueError(f"the ranks of its {len(index)} words are {first} to {last}, not {expected}{advice}")


def _half(archive: zipfile.ZipFile, half: str) -> Half:
    """(ranks of all reviews in a row, words per review, labels) of "train" or "test"."""
    lists = _lists(_member(archive, f"x_{half}.npy"))
    labels = np.lib.format.read_array(io.BytesIO(_member(archive, f"y_{half}.npy")), allow_pickle=False)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not np.isin(labels, (0, 1)).all():
        raise ValueError(f"y_{half} is not a row of labels 0 and 1")
    if len(labels) != len(lists) or not len(labels):
        raise ValueError(f"x_{half} has {len(lists)} reviews and y_{half} has {len(labels)} labels")
    return *_concatenated(lists), labels


def _require_ranks(halves: list[Half], word_count: int, folder: Path) -> None:
    """Raises DataError or ValueError unless the numbers of both halves can be ranks of `word_count` words."""
    ranks = np.concatenate([half[0] for half in halves])
    lengths = np.concatenate([half[1] for half in halves])
    if fault := rank_checks.fault(ranks, lengths, word_count):
        raise DataError(f"{folder / NPZ} does not hold the ranks of words: {fault}")
    if fault := rank_checks.outside(ranks, word_count):
        raise ValueError(f"a rank lies outside 1 to {word_count}, the number of words in {INDEX}: {fault}")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of the member `name`. Raises ValueError if it is missing, doubled or too large."""
    members = [member.filename for member in archive.infolist()]
    if members.count(name) != 1:
        raise ValueError(
            f"it holds {name} {members.count(name)} times" if name in members else f"it holds no {name}"
        )
    size, packed = archive.getinfo(name).file_size, archive.getinfo(name).compress_size
    if size > LARGEST_MEMBER:
        raise ValueError(f"{name} has {size} bytes, more than {LARGEST_MEMBER}")
    if size > max(EASY_BYTES, LARGEST_RATIO * packed):
        raise ValueError(f"{name} unpacks to {size} bytes from {packed}")
    return archive.read(name)


class _StandIn:
    """Stands for a NumPy object in a pickle and keeps its state. NumPy's own can crash on forged bytes."""

    state: object = None

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        self.state = state


class _ArraysOnly(pickle.Unpickler):
    # Limit: a forged memo index can still claim gigabytes of memory. Damage by chance cannot, because zip
    # checks its checksums first.
    def find_class(self, module: str, name: str) -> type[_StandIn]:
        if (module, name) not in ARRAY_PIECES:
            allowed = "only plain numpy arrays of lists are allowed (tolist() gives plain numbers)"
            raise pickle.UnpicklingError(f"it asks for {module}.{name}; {allowed}")
        return _StandIn


def _lists(content: bytes) -> list[list[Any]]:
    """The lists of a one-dimensional object array, which is pickled behind an .npy header."""
    stream = io.BytesIO(content)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    read_header = readers[np.lib.format.read_magic(stream)]
    if not read_header(stream)[2].hasobject:
        advice = "padded reviews (pad_sequences) cannot be used, save them before padding"
        raise ValueError(f"the reviews are a plain array, not lists; {advice}")
    match _ArraysOnly(stream).load():
        case _StandIn(state=(_, (_,), _, _, list() as lists)) if all(type(ranks) is list for ranks in lists):
            return lists
    raise ValueError("the reviews are not lists; save each as a list of whole numbers (tolist())")


def _concatenated(lists: list[list[Any]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(ranks of all reviews in a row, words per review)."""
    lengths = np.array([len(ranks) for ranks in lists], np.int64)
    total = int(lengths.sum())
    if total > MOST_WORDS:  # a pickle may share its lists: a small file can claim many words
        raise ValueError(f"the reviews have {total} words, more than {MOST_WORDS}")
    if wrong_types := set(map(type, chain.from_iterable(lists))) - {int}:
        names = " and ".join(sorted(kind.__name__.removeprefix("_") for kind in wrong_types))
        raise ValueError(
            f"a review holds values that are not whole numbers ({names}); save each rank as a plain int"
        )
    ranks = np.fromiter(chain.from_iterable(lists), np.int64, count=total)
    if total and max(-int(ranks.min()), int(ranks.max())) > MOST_WORDS:
        raise ValueError(f"a rank lies outside all bounds: {ranks[np.abs(ranks).argmax()]}")
    return ranks.astype(np.int32), lengths


def _flat(ranks: NDArray[np.int32], lengths: NDArray[np.int64], labels: NDArray[Any]) -> Reviews:
    """The reviews as word ids, start token first."""
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)])
    is_word = np.ones(offsets[-1], bool)
    is_word[offsets[:-1]] = False
    ids = np.full(offsets[-1], START, np.int32)
    ids[is_word] = ranks + FIRST_WORD
    return Reviews(ids, offsets, labels.astype(np.uint8))
