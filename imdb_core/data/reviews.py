"""Many reviews as flat integer arrays: what every corpus turns into and what training, scoring tests and
pages read.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

PAD, START, UNKNOWN = 0, 1, 2
FIRST_WORD = 3  # word id = rank + 3, as keras.datasets.imdb: rank 1, the most frequent word, is id 4


@dataclass(frozen=True)
class Reviews:
    """`ids` int32 (all words in a row), `offsets` int64 (reviews + 1), `labels` uint8 (1 = positive)."""

    ids: np.ndarray
    offsets: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        """The ids of one review, start token first."""
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    @cached_property
    def lengths(self):
        """Words per review, start token included: int64, (reviews,)."""
        return np.diff(self.offsets)

    def select(self, indices):
        """The reviews at `indices`, in that order."""
        return Reviews.from_lists([self[i] for i in indices], self.labels[indices])

    def prepared(self, vocabulary_size: int, review_length: int):
        """As the network sees them: ids from `vocabulary_size` on become unknown, only the last
        `review_length` ids stay.

        The same as keras.datasets.imdb.load_data(num_words=...) and pad_sequences(maxlen=...) before padding.
        """
        position_from_end = np.repeat(self.offsets[1:], self.lengths) - np.arange(len(self.ids))
        kept = self.ids[position_from_end <= review_length]
        offsets = np.concatenate([[0], np.cumsum(np.minimum(self.lengths, review_length))])
        return Reviews(np.where(kept < vocabulary_size, kept, UNKNOWN).astype(np.int32), offsets, self.labels)

    def padded(self, indices, width: int):
        """int32 (len(indices), width): zeros in front, as Keras pads; each review must fit into `width`."""
        lengths = self.lengths[indices]
        batch = np.zeros((len(indices), width), np.int32)
        batch[np.arange(width) >= width - lengths[:, None]] = np.concatenate([self[i] for i in indices])
        return batch

    @staticmethod
    def from_lists(lists, labels):
        """Reviews from one list of ids per review."""
        offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in lists], dtype=np.int64)])
        ids = (
            np.concatenate([np.asarray(ids, np.int32) for ids in lists])
            if len(lists)
            else np.zeros(0, np.int32)
        )
        return Reviews(ids, offsets, np.asarray(labels, np.uint8))


class StoredReviews(Reviews):
    """Reviews whose ids stay in the .npy file `path`, for the server, which shows a few of them now and then.

    `ids` reads the whole file whenever it is asked for: take it once. OSError and ValueError if the file is
    gone or damaged.
    """

    def __init__(self, path: Path, offsets: np.ndarray, labels: np.ndarray):
        vars(self).update(path=path, offsets=offsets, labels=labels)

    @property
    def ids(self):
        return np.load(self.path, allow_pickle=False)

    def __getitem__(self, index):
        return np.array(
            np.load(self.path, mmap_mode="r", allow_pickle=False)[
                self.offsets[index] : self.offsets[index + 1]
            ]
        )


@dataclass(frozen=True)
class Corpus:
    """Training and test reviews with the words behind the ids; `words[rank - 1]` is the word of that rank."""

    name: str
    train: Reviews
    test: Reviews
    words: tuple[str, ...]
    fingerprint: str
    synthetic: bool = False
