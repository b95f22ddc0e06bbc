"""Many reviews as flat integer arrays: the form that every corpus is loaded into.

Read by training, scoring, evaluation and pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

PAD, START, UNKNOWN = 0, 1, 2
TWO_CLASSES = ("negative", "positive")  # of IMDB and the demo reviews; a label is a position in this list
_CHUNK = 10_000  # reviews that are copied at once
FIRST_WORD = 3  # word id = rank + 3, as keras.datasets.imdb: rank 1, the most frequent word, is id 4

Progress = Callable[[int, int], object]  # called with (bytes received, bytes in total or 0)
Indices = Sequence[int] | NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Reviews:
    """`ids` int32 (all word ids in a row), `offsets` int64 (reviews + 1), `labels` uint8, class numbers."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> NDArray[np.int32]:
        """The word ids of one review, start token first."""
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Ids per review, start token included: int64, (reviews,)."""
        return np.diff(self.offsets)

    def select(self, indices: Indices) -> "Reviews":
        """The reviews at `indices`, in that order."""
        places = np.arange(len(self))[indices]
        offsets = np.concatenate([[0], np.cumsum(self.lengths[places])])
        ids = np.empty(offsets[-1], np.int32)
        for start in range(0, len(places), _CHUNK):
            chunk = places[start : start + _CHUNK]
            ids[offsets[start] : offsets[start + len(chunk)]] = np.concatenate([self[i] for i in chunk])
        return Reviews(ids, offsets, self.labels[places])

    def prepared(self, vocabulary_size: int, review_length: int) -> "Reviews":
        """The reviews as a network sees them, before padding; reading.read_ids() does the same for one text.

        Ids from `vocabulary_size` on become unknown, and only the last `review_length` ids stay: the same as
        keras.datasets.imdb.load_data(num_words=...) and pad_sequences(maxlen=...).
        """
        offsets = np.concatenate([[0], np.cumsum(np.minimum(self.lengths, review_length))])
        prepared = np.empty(offsets[-1], np.int32)
        all_ids = self.ids
        for start in range(0, len(self), _CHUNK):  # the arrays of positions would take 16 bytes for each id
            end = min(start + _CHUNK, len(self))
            ids = all_ids[self.offsets[start] : self.offsets[end]]
            ends = np.repeat(self.offsets[start + 1 : end + 1] - self.offsets[start], self.lengths[start:end])
            ids = ids[ends - np.arange(len(ids)) <= review_length]
            prepared[offsets[start] : offsets[end]] = np.where(ids < vocabulary_size, ids, UNKNOWN)
        return Reviews(prepared, offsets, self.labels)

    def padded(self, indices: Indices, width: int) -> NDArray[np.int32]:
        """int32 (len(indices), width): zeros in front, as Keras pads; each review must fit into `width`."""
        lengths = self.lengths[indices]
        batch = np.zeros((len(indices), width), np.int32)
        batch[np.arange(width) >= width - lengths[:, None]] = np.concatenate([self[i] for i in indices])
        return batch

    @staticmethod
    def from_lists(lists: Sequence[ArrayLike], labels: ArrayLike) -> "Reviews":
        """Reviews from one list of word ids per review."""
        arrays = [np.asarray(ids, np.int32) for ids in lists]
        offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in arrays], dtype=np.int64)])
        all_ids = np.concatenate(arrays) if arrays else np.zeros(0, np.int32)
        return Reviews(all_ids, offsets, np.asarray(labels, np.uint8))


class StoredReviews(Reviews):
    """Reviews whose ids stay in the .npy file `path`, because the server shows only a few of them.

    `ids` reads the whole file each time, so ask for it once. Raises OSError or ValueError if the file is
    missing or damaged.
    """

    path: Path

    def __init__(self, path: Path, offsets: NDArray[np.int64], labels: NDArray[np.uint8]) -> None:
        vars(self).update(path=path, offsets=offsets, labels=labels)  # the dataclass is frozen

    @property
    def ids(self) -> NDArray[np.int32]:
        stored: NDArray[np.int32] = np.load(self.path, allow_pickle=False)
        return stored

    def __getitem__(self, index: int) -> NDArray[np.int32]:
        stored = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return np.array(stored[self.offsets[index] : self.offsets[index + 1]])


@dataclass(frozen=True)
class Corpus:
    """Training and test reviews with the vocabulary: `words[rank - 1]` is the word of that rank.

    `fingerprint` (sha256, hex) changes with any review, label or word.
    """

    name: str
    train: Reviews
    test: Reviews
    words: tuple[str, ...]
    fingerprint: str
    classes: tuple[str, ...] = TWO_CLASSES
    tokenizer: str = "keras_imdb"  # how texts were cut into words: its name in RunConfig.tokenizer
