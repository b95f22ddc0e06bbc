"""Many reviews as flat integer arrays: the form that every corpus is loaded into.

Read by training, scoring, evaluation and pages.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_core import answers

PAD, START, UNKNOWN = 0, 1, 2
TWO_CLASSES = ("negative", "positive")  # of IMDB and the demo reviews; a label is a position in this list
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
        return Reviews.from_lists([self[i] for i in indices], self.labels[indices])

    def prepared(self, vocabulary_size: int, review_length: int) -> "PreparedReviews":
        """The reviews as a network sees them, before padding; reading.read_ids() does it for one text."""
        return PreparedReviews(
            self, np.arange(len(self)), vocabulary_size=vocabulary_size, review_length=review_length
        )

    def padded(self, indices: Indices, width: int) -> NDArray[np.int32]:
        """int32 (len(indices), width): zeros in front, as Keras pads; each review must fit into `width`."""
        lengths = self.lengths[indices]
        batch = np.zeros((len(indices), width), np.int32)
        batch[np.arange(width) >= width - lengths[:, None]] = np.concatenate([self[i] for i in indices])
        return batch

    def targets(self, indices: Indices, classes: Sequence[str]) -> NDArray[np.float32]:
        """What a network should answer for the reviews at `indices`; see answers.targets()."""
        return answers.targets(self.labels[indices], classes)

    def noisy(
        self, words: NDArray[np.int32], indices: Indices, share: float, random: np.random.Generator
    ) -> NDArray[np.int32]:
        """`words`, the padded reviews at `indices`, with noise for reviews that a teacher has labelled."""
        return words

    @staticmethod
    def from_stream(lists: Iterable[Sequence[int]], labels: ArrayLike) -> "Reviews":
        """As from_lists(), but only one list is in memory at a time: a list takes 36 bytes a word."""
        ids, lengths = array("i"), [0]
        for one in lists:
            ids.extend(one)
            lengths.append(len(one))
        offsets = np.cumsum(lengths, dtype=np.int64)
        return Reviews(np.frombuffer(ids, np.int32), offsets, np.asarray(labels, np.uint8))

    @staticmethod
    def joined(first: "Reviews", second: "Reviews") -> "Reviews":
        """All reviews of `first`, then all of `second`."""
        offsets = np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]])
        ids, labels = np.concatenate([first.ids, second.ids]), np.concatenate([first.labels, second.labels])
        return Reviews(ids, offsets, labels)

    @staticmethod
    def from_lists(lists: Sequence[ArrayLike], labels: ArrayLike) -> "Reviews":
        """Reviews from one list of word ids per review."""
        arrays = [np.asarray(ids, np.int32) for ids in lists]
        offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in arrays], dtype=np.int64)])
        all_ids = np.concatenate(arrays) if arrays else np.zeros(0, np.int32)
        return Reviews(all_ids, offsets, np.asarray(labels, np.uint8))


class PreparedReviews(Reviews):
    """Reviews as a network sees them, computed when they are read, so that the ids may stay in a file.

    Ids from `vocabulary_size` on become unknown, and only the last `review_length` ids stay: the same as
    keras.datasets.imdb.load_data(num_words=...) and pad_sequences(maxlen=...). `ids` computes all of them
    anew each time.
    """

    _all_ids: NDArray[np.int32]
    _starts: NDArray[np.int64]
    _ends: NDArray[np.int64]
    _reviews: Reviews
    _indices: NDArray[np.int64]
    _limits: dict[str, int]

    def __init__(
        self, reviews: Reviews, indices: Indices, *, vocabulary_size: int, review_length: int
    ) -> None:
        chosen = np.asarray(indices, np.int64)
        ends = reviews.offsets[chosen + 1]
        lengths = np.minimum(ends - reviews.offsets[chosen], review_length)
        vars(self).update(  # the dataclass is frozen
            labels=reviews.labels[chosen],
            offsets=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            _all_ids=reviews.ids,
            _starts=ends - lengths,
            _ends=ends,
            _reviews=reviews,
            _indices=chosen,
            _limits={"vocabulary_size": vocabulary_size, "review_length": review_length},
        )

    @property
    def ids(self) -> NDArray[np.int32]:
        return self._joined(range(len(self)))

    def __getitem__(self, index: int) -> NDArray[np.int32]:
        return self._known(self._all_ids[self._starts[index] : self._ends[index]])

    def select(self, indices: Indices) -> "PreparedReviews":
        return PreparedReviews(self._reviews, self._indices[indices], **self._limits)

    def padded(self, indices: Indices, width: int) -> NDArray[np.int32]:
        lengths = self.lengths[indices]
        batch = np.zeros((len(indices), width), np.int32)
        batch[np.arange(width) >= width - lengths[:, None]] = self._joined(indices)
        return batch

    def _joined(self, indices: Indices) -> NDArray[np.int32]:
        """The ids of the reviews at `indices` in a row."""
        pieces = [self._all_ids[self._starts[i] : self._ends[i]] for i in indices]
        return self._known(np.concatenate([np.zeros(0, np.int32), *pieces]))

    def _known(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """`ids` with UNKNOWN in the place of ids that the network does not know."""
        return np.where(ids < self._limits["vocabulary_size"], ids, np.int32(UNKNOWN))


class TaughtReviews(PreparedReviews):
    """Prepared reviews, some of them labelled by a teacher.

    `shares` float32 (reviews, classes) is what each review counts as, `taught` bool (reviews,) whether a
    teacher says so. The `labels` of taught reviews are the teacher's verdicts.
    """

    shares: NDArray[np.float32]
    taught: NDArray[np.bool_]

    def __init__(
        self, reviews: PreparedReviews, shares: NDArray[np.float32], taught: NDArray[np.bool_]
    ) -> None:
        vars(self).update(vars(reviews), shares=shares, taught=taught)

    def select(self, indices: Indices) -> "TaughtReviews":
        return TaughtReviews(super().select(indices), self.shares[indices], self.taught[indices])

    def targets(self, indices: Indices, classes: Sequence[str]) -> NDArray[np.float32]:
        return answers.soft_targets(self.shares[indices])

    def noisy(
        self, words: NDArray[np.int32], indices: Indices, share: float, random: np.random.Generator
    ) -> NDArray[np.int32]:
        """`words` with the `share` of the words of each taught review unknown, drawn anew each time.

        Noise for the student alone: Xie et al. 2020, "Self-training with Noisy Student Improves ImageNet
        Classification".
        """
        if not share:
            return words
        hidden = (random.random(words.shape) < share) & (words > START) & self.taught[indices][:, None]
        return np.where(hidden, np.int32(UNKNOWN), words)


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
