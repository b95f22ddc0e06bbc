"""Facts about the training reviews: labels, lengths, words, the share that a vocabulary knows.

Called by the page "The reviews", which also shows each review as a network sees it.
"""

import functools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from imdb_core import config as configs
from imdb_core.data.blocks import blocks
from imdb_core.data.pieces import limited_pieces
from imdb_core.data.reading import Reading, read_ids
from imdb_core.data.reviews import FIRST_WORD, PAD, START, UNKNOWN, Reviews
from imdb_core.data.shown import ShownCorpus, shown_corpus
from imdb_core.data.vocabulary import Vocabulary

SMALLEST_VOCABULARY = 10  # word ids; the curve begins here
MOST_BARS = 100
PRIOR_WORDS = 10_000  # weight of the prior of `leanings`, in words


@dataclass(frozen=True)
class Half:
    """One half of a corpus in counts; start tokens are not counted as words."""

    reviews: int
    class_counts: tuple[int, ...]
    word_count: int
    median_words: float


@dataclass(frozen=True)
class Lengths:
    """A histogram: `reviews[i]` reviews have `start[i]` to `start[i] + width - 1` words."""

    start: NDArray[np.int64]
    reviews: NDArray[np.int64]
    width: int


@dataclass(frozen=True)
class CutShares:
    """What a review length cuts off: the share (0 to 1) of reviews that lose words, and of words lost."""

    reviews: float
    words: float


@dataclass(frozen=True)
class KnownShares:
    """What a vocabulary covers: the share (0 to 1) of words known, and of reviews with an unknown word."""

    words: float
    reviews_with_unknown: float


@dataclass(frozen=True)
class WordUse:
    """How often a word stands in the training reviews of each class; `leaning`: see leanings."""

    word: str
    counts: tuple[int, ...]
    leaning: float


@dataclass(frozen=True)
class CorpusFacts:
    """The training reviews of one corpus with its vocabulary, and both halves in counts."""

    reviews: Reviews
    vocabulary: Vocabulary
    classes: tuple[str, ...]
    train: Half
    test: Half

    @property
    def word_counts(self) -> NDArray[np.int64]:
        """int64 (reviews,): words per review, without the start token."""
        return self.reviews.lengths - 1

    @cached_property
    def uses(self) -> NDArray[np.int32]:
        """int32 (classes, ids): how often each id stands in the reviews of each class.

        Start tokens are not counted.
        """
        reviews = self.reviews
        counts = np.zeros((len(self.classes), len(self.vocabulary) + FIRST_WORD + 1), np.int32)
        for block, ids in blocks(reviews):
            np.add.at(counts, (np.repeat(reviews.labels[block], reviews.lengths[block]), ids), 1)
        counts[:, [PAD, START]] = 0
        return counts

    @cached_property
    def rarest(self) -> NDArray[np.int32]:
        """int32 (reviews,): the largest id of each review.

        A review in which the corpus itself has an unknown word gets a number above all ids.
        """
        largest = np.zeros(len(self.reviews), np.int32)
        for block, ids in blocks(self.reviews):
            starts = self.reviews.offsets[block] - self.reviews.offsets[block.start]
            largest[block] = np.maximum.reduceat(ids, starts)
            unknown = np.searchsorted(starts, np.flatnonzero(ids == UNKNOWN), side="right") - 1
            largest[block.start + unknown] = np.iinfo(np.int32).max
        return largest

    def leanings(self, label: int) -> NDArray[np.float64]:
        """float (ids,): how surely a word belongs to the reviews of a class (above 0) or to the rest.

        The z-score of the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn
        2008, "Fightin' Words", Political Analysis 16(4), 372-403). The prior is the corpus itself with the
        weight of PRIOR_WORDS. So a rare word stays near 0, even if only one class uses it. 0 for ids that no
        training review has.
        """
        all_uses, of_class = self.uses.sum(axis=0), self.uses[label].astype(np.int64)
        is_used = all_uses > 0
        uses = np.stack([all_uses - of_class, of_class])[:, is_used]
        prior = PRIOR_WORDS * uses.sum(axis=0) / uses.sum()
        smoothed = uses + prior
        odds = smoothed / (uses.sum(axis=1, keepdims=True) + PRIOR_WORDS - smoothed)
        leanings = np.zeros(len(is_used))
        leanings[is_used] = np.log(odds[1] / odds[0]) / np.sqrt((1 / smoothed).sum(axis=0))
        return leanings


def facts(dataset: str) -> CorpusFacts:
    """The facts about the corpus of a source; kept in memory after the first call.

    Raises DataError if it is not on this machine or damaged; nothing is downloaded here.
    """
    return from_corpus(shown_corpus(dataset))


def lengths(corpus: CorpusFacts) -> Lengths:
    """The histogram of review lengths in words, at most MOST_BARS bars of equal width from 0 on."""
    counts = corpus.word_counts
    width = int(counts.max()) // MOST_BARS + 1
    reviews = np.bincount(counts // width)
    return Lengths(np.arange(len(reviews)) * width, reviews, width)


def cut(corpus: CorpusFacts, review_length: int) -> CutShares:
    """The shares that are cut off if a network reads only the last `review_length` ids of a review."""
    lost = np.maximum(corpus.word_counts - review_length, 0)
    return CutShares(float(np.mean(lost > 0)), float(lost.sum() / max(1, corpus.train.word_count)))


def known(corpus: CorpusFacts, vocabulary_size: int) -> KnownShares:
    """What a network with the ids below `vocabulary_size` knows; the first four ids are no words."""
    uses = corpus.uses.sum(axis=0)
    words = uses[FIRST_WORD + 1 : vocabulary_size].sum() / max(1, uses.sum())
    return KnownShares(float(words), float(np.mean(corpus.rarest >= vocabulary_size)))


def known_by_size(corpus: CorpusFacts, points: int = 150) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(vocabulary sizes, share of all words known at each size), evenly spaced on a log axis."""
    uses = corpus.uses.sum(axis=0)
    largest = max(len(uses), SMALLEST_VOCABULARY + 1)
    sizes = np.unique(np.round(np.geomspace(SMALLEST_VOCABULARY, largest, points)).astype(int))
    # below[n]: uses of the n most frequent words
    below = np.concatenate([[0], np.cumsum(uses[FIRST_WORD + 1 :])])
    return sizes, below[np.minimum(sizes - FIRST_WORD - 1, len(below) - 1)] / max(1, uses.sum())


def most_frequent(corpus: CorpusFacts, number: int) -> list[WordUse]:
    """The `number` words that the training reviews use most."""
    uses = corpus.uses[:, FIRST_WORD + 1 :].sum(axis=0)
    return _word_uses(corpus, np.argsort(-uses, kind="stable")[:number], label=len(corpus.classes) - 1)


def most_telling(corpus: CorpusFacts, number: int, *, label: int) -> list[WordUse]:
    """The `number` words that speak most for a class, then as many that speak most against it."""
    leanings = corpus.leanings(label)[FIRST_WORD + 1 :]
    order = np.argsort(-leanings, kind="stable")
    positive, negative = order[:number], order[max(0, len(order) - number) :]
    indices = np.concatenate([positive[leanings[positive] > 0], negative[leanings[negative] < 0]])
    return _word_uses(corpus, indices, label=label)


def places(corpus: CorpusFacts, label: int | None) -> NDArray[np.int64]:
    """int (reviews,): positions of the training reviews of a class; of all training reviews for None."""
    labels = corpus.reviews.labels
    return np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)


def reading(corpus: CorpusFacts, index: int, *, vocabulary_size: int, review_length: int) -> Reading:
    """The training review at `index` as a network with these two hyperparameters sees it.

    Raises ConfigError if no network may have these hyperparameters.
    """
    config = configs.checked({"vocabulary_size": vocabulary_size, "review_length": review_length})
    review = Reviews.from_lists([corpus.reviews[index]], [0])
    ids = limited_pieces(review, corpus.vocabulary, vocabulary_size)[0].tolist()
    return read_ids(corpus.vocabulary.decode(ids[1:]), ids, config)


def _word_uses(corpus: CorpusFacts, indices: NDArray[np.int64], *, label: int) -> list[WordUse]:
    """The uses of the words at these indices of the vocabulary; their leanings to a class."""
    words = corpus.vocabulary.words
    uses, leanings = corpus.uses[:, FIRST_WORD + 1 :], corpus.leanings(label)[FIRST_WORD + 1 :]
    return [WordUse(words[i], tuple(uses[:, i].tolist()), float(leanings[i])) for i in indices]


@functools.lru_cache(maxsize=2)  # no FileCache: shown_corpus() gives a new object when the files change
def from_corpus(shown: ShownCorpus) -> CorpusFacts:
    """The facts about a corpus that was loaded."""
    corpus = shown.corpus
    train, test = (_half(half, len(corpus.classes)) for half in (corpus.train, corpus.test))
    return CorpusFacts(corpus.train, shown.vocabulary, corpus.classes, train, test)


def _half(reviews: Reviews, classes: int) -> Half:
    counts = reviews.lengths - 1
    class_counts = tuple(np.bincount(reviews.labels, minlength=classes).tolist())
    return Half(len(reviews), class_counts, int(counts.sum()), float(np.median(counts)))
