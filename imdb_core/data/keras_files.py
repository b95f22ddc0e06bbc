"""Keras's two IMDB files, read without trusting them: imdb.npz (ranks, labels) and imdb_word_index.json (word
-> rank).

The ranks lie in pickled object arrays; only what stands for a numpy array is unpickled. Called by imdb.py,
which keeps the result as flat arrays.
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

import numpy as np

from imdb_core.arrays import end_fault
from imdb_core.data import ranks as rank_checks
from imdb_core.data.reviews import FIRST_WORD, START, Reviews
from imdb_core.errors import DataError
from imdb_core.files import read_bounded

NPZ, INDEX = NAMES = ("imdb.npz", "imdb_word_index.json")
LARGEST_FILE = 512 * 2**20  # bytes
LARGEST_MEMBER = 400 * 2**20  # bytes, uncompressed; the real ones have 14 MB
# Zip bomb limits: a member of more than EASY_BYTES may unpack to at most LARGEST_RATIO times its packed size
# (really 1.6).
EASY_BYTES, LARGEST_RATIO = 16 * 2**20, 30
MOST_WORDS = 100_000_000  # in all reviews of one half; the real ones have 6 million
ARRAY_PIECES = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}
# What zipfile, numpy's reader and an unpickler raise on damaged or hostile bytes.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, pickle.UnpicklingError, EOFError, AttributeError, ImportError,
    LookupError, ValueError, TypeError, ArithmeticError, NotImplementedError, RuntimeError, MemoryError, SyntaxError,
    tokenize.TokenError,  # numpy tokenises some .npy headers
)  # fmt: skip
EXPECTED = {
    NPZ: "Keras's x_train, y_train, x_test and y_test, with lists of word ranks",
    INDEX: "a JSON object that gives each word its rank, 1 to the number of words",
}


def contents(folder: Path) -> dict[str, bytes]:
    """Both files' bytes from the folder that IMDB_DATA_DIR names. Raises DataError for a missing or
    unreadable one.
    """
    return {name: _content(folder / name) for name in NAMES}


def _content(path: Path) -> bytes:
    """The bytes of one of the user's two files, which may be a link. Raises DataError."""
    try:
        return read_bounded(Path(os.path.realpath(path)), LARGEST_FILE)
    except ValueError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}. IMDB_DATA_DIR must name a folder that holds "
            f"{NPZ} and {INDEX}. Put both there, correct the variable, or unset it to have them downloaded."
        ) from error


def parse(files: dict[str, bytes], folder: Path):
    """(train, test, words): both halves as Reviews, start token first, and the words by rank.

    `folder` is only named in messages. Raises DataError with what came and what is expected.
    """
    try:
        words = _words(files[INDEX])
    except (ValueError, RecursionError) as error:
        raise _damaged(folder / INDEX, error) from error
    try:
        if fault := end_fault(files[NPZ]):
            raise ValueError(fault)
        with zipfile.ZipFile(io.BytesIO(files[NPZ])) as archive:
            halves = [_half(archive, half) for half in ("train", "test")]
        _demand_ranks(halves, len(words), folder)
    except DAMAGE as error:
        raise _damaged(folder / NPZ, error) from error
    train, test = (_flat(*half) for half in halves)
    for half, reviews in (("train", train), ("test", test)):
        if fault := rank_checks.label_fault(reviews, words):
            raise DataError(f"{folder / NPZ} has its labels turned round: in y_{half} {fault}")
    return train, test, words


def _damaged(path, error):
    why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    expected = f"Expected {EXPECTED[path.name]}. Get the file again."
    return DataError(f"{path} is damaged or not the IMDB file: {why[:500]}. {expected}")


def _words(content):
    index = json.loads(content.decode("utf-8"))
    if isinstance(index, dict) and index and all(type(word) is str for word in index.values()):
        raise ValueError("it gives each rank its word: turn it round, so that it gives each word its rank")
    if not isinstance(index, dict) or "" in index or not all(type(rank) is int for rank in index.values()):
        raise ValueError("it is not an object that gives each word a whole number")
    _demand_all_ranks(index)
    "".join(index).encode("utf-8")  # a lone surrogate could never be saved: UnicodeEncodeError, a ValueError
    words = tuple(sorted(index, key=index.get))
    if fault := rank_checks.index_fault(words):
        raise ValueError(fault)
    return words


def _demand_all_ranks(index):
    numbers = sorted(index.values())
    if numbers == list(range(1, len(index) + 1)):
        return
    # No word of the corpus begins with "<" or "[", as the special tokens of other programs do.
    special = [word for word in index if word.startswith(("<", "["))]
    ranks = sorted(rank for word, rank in index.items() if word not in special)
    advice = f"; take out {', '.join(special[:4])}, which are no words" if special else ""
    if ranks and ranks[0] != 1 and ranks == list(range(ranks[0], ranks[0] + len(ranks))):
        change = f"subtract {ranks[0] - 1} from each" if ranks[0] > 1 else f"add {1 - ranks[0]} to each"
        advice += f"{', and' if advice else ';'} {change} rank, because the ranks were shifted"
    first, last = (numbers[0], numbers[-1]) if numbers else ("none", "none")
    expected = f"each number from 1 to {len(index)} once"
    raise ValueError(f"the ranks of its {len(index)} words are {first} to {last}, not {expected}{advice}")


def _half(archive, half):
    """(ranks of all reviews concatenated, words per review, labels) of "train" or "test"."""
    lists = _lists(_member(archive, f"x_{half}.npy"))
    labels = np.lib.format.read_array(io.BytesIO(_member(archive, f"y_{half}.npy")), allow_pickle=False)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not np.isin(labels, (0, 1)).all():
        raise ValueError(f"y_{half} is not a row of labels 0 and 1")
    if len(labels) != len(lists) or not len(labels):
        raise ValueError(f"x_{half} has {len(lists)} reviews and y_{half} has {len(labels)} labels")
    return *_concatenated(lists), labels


def _demand_ranks(halves, word_count, folder):
    """Raises DataError or ValueError unless the numbers of both halves can be ranks of `word_count` words."""
    ranks, lengths = (np.concatenate([half[part] for half in halves]) for part in (0, 1))
    if fault := rank_checks.fault(ranks, lengths, word_count):
        raise DataError(f"{folder / NPZ} does not hold the ranks of words: {fault}")
    if fault := rank_checks.outside(ranks, word_count):
        raise ValueError(f"a rank lies outside 1 to {word_count}, the number of words in {INDEX}: {fault}")


def _member(archive, name):
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


class _Piece:
    """Stands for each numpy object in a pickle and keeps its state: numpy's own can crash on forged bytes."""

    state = None

    def __init__(self, *_):
        pass

    def __setstate__(self, state):
        self.state = state


class _ArraysOnly(pickle.Unpickler):
    # Limit: a forged memo index can still claim gigabytes of memory. Chance damage cannot: zip's checksums
    # come first.
    def find_class(self, module, name):
        if (module, name) not in ARRAY_PIECES:
            allowed = "only plain numpy arrays of lists are allowed (tolist() gives plain numbers)"
            raise pickle.UnpicklingError(f"it asks for {module}.{name}; {allowed}")
        return _Piece


def _lists(content):
    """The one-dimensional object array of lists behind an .npy header, as a list."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[
        version
    ]
    if not header(stream)[2].hasobject:
        advice = "padded reviews (pad_sequences) cannot be used, save them before padding"
        raise ValueError(f"the reviews are a plain array, not lists; {advice}")
    match _ArraysOnly(stream).load():
        case _Piece(state=(_, (_,), _, _, list() as lists)) if all(type(ranks) is list for ranks in lists):
            return lists
    raise ValueError("the reviews are not lists; save each as a list of whole numbers (tolist())")


def _concatenated(lists):
    """(ranks int32 of all reviews concatenated, words per review)."""
    lengths = np.array([len(ranks) for ranks in lists], np.int64)
    if (
        total := int(lengths.sum())
    ) > MOST_WORDS:  # lists may be shared in a pickle: a small file can claim a lot
        raise ValueError(f"the reviews have {total} words, more than {MOST_WORDS}")
    if wrong_types := set(map(type, chain.from_iterable(lists))) - {int}:
        names = " and ".join(sorted(kind.__name__.removeprefix("_") for kind in wrong_types))
        advice = "save each rank as a plain int"
        raise ValueError(f"a review holds something else than whole numbers ({names}); {advice}")
    ranks = np.fromiter(chain.from_iterable(lists), np.int64, count=total)
    if total and max(-int(ranks.min()), int(ranks.max())) > MOST_WORDS:
        raise ValueError(f"a rank lies outside all bounds: {ranks[np.abs(ranks).argmax()]}")
    return ranks.astype(np.int32), lengths


def _flat(ranks, lengths, labels):
    """The reviews with word ids, start token first."""
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)])
    is_word = np.ones(offsets[-1], bool)
    is_word[offsets[:-1]] = False
    ids = np.full(offsets[-1], START, np.int32)
    ids[is_word] = ranks + FIRST_WORD
    return Reviews(ids, offsets, labels.astype(np.uint8))
