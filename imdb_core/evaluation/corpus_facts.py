"""What the training reviews are: labels, lengths, words, what a vocabulary covers, and each review as a
network sees it.

Called by the page "The reviews".
"""

import functools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from imdb_core import config as configs
from imdb_core.data import imdb
from imdb_core.data.batches import padded_width
from imdb_core.data.reviews import FIRST_WORD, PAD, START, UNKNOWN, Reviews
from imdb_core.data.shown import Shown, shown
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.scoring.predictor import Reading

SMALLEST_VOCABULARY = 10  # word ids; where the curve begins
MOST_BARS = 100
BLOCK = 500  # reviews counted at once: large temporary arrays would stay in the server's memory
PRIOR_WORDS = 10_000  # weight of the prior of `leanings`, in words


@dataclass(frozen=True)
class Half:
    """One half of a corpus in counts; `words` are without start tokens."""

    reviews: int
    positive: int
    words: int
    median_words: float


@dataclass(frozen=True)
class Lengths:
    """A histogram: `reviews[i]` reviews have `start[i]` to `start[i] + width - 1` words."""

    start: np.ndarray
    reviews: np.ndarray
    width: int


@dataclass(frozen=True)
class Cut:
    """What a review length takes away: the shares (0 to 1) of reviews that lose words, and of all words that
    are lost.
    """

    reviews: float
    words: float


@dataclass(frozen=True)
class Known:
    """What a vocabulary covers: the shares (0 to 1) of all words known, and of reviews with an unknown word
    anywhere.
    """

    words: float
    reviews_with_unknown: float


@dataclass(frozen=True)
class WordUse:
    """How often a word stands in negative and in positive training reviews; `leaning` as in
    CorpusFacts.leanings.
    """

    word: str
    negative: int
    positive: int
    leaning: float


@dataclass(frozen=True)
class CorpusFacts:
    """The training reviews of one corpus with the words behind their ids, and both halves in counts."""

    reviews: Reviews
    vocabulary: Vocabulary
    train: Half
    test: Half

    @property
    def word_counts(self) -> np.ndarray:
        """int64 (reviews,): words per review, without the start token."""
        return self.reviews.lengths - 1

    @cached_property
    def uses(self) -> np.ndarray:
        """int64 (2, ids): how often each id stands in negative (row 0) and in positive (row 1) reviews; no
        start tokens.
        """
        counts = np.zeros((2, len(self.vocabulary) + FIRST_WORD + 1), np.int64)
        all_ids = self.reviews.ids
        for start in range(0, len(self.reviews), BLOCK):
            labels = np.repeat(
                self.reviews.labels[start : start + BLOCK], self.reviews.lengths[start : start + BLOCK]
            )
            ids = all_ids[self.reviews.offsets[start] :][: len(labels)]
            for label in (0, 1):
                counts[label] += np.bincount(ids[labels == label], minlength=counts.shape[1])
        counts[:, [PAD, START]] = 0
        return counts

    @cached_property
    def rarest(self) -> np.ndarray:
        """int32 (reviews,): the largest id of each review; more than any id where the corpus itself has an
        unknown word.
        """
        ids = self.reviews.ids
        found = np.maximum.reduceat(ids, self.reviews.offsets[:-1])
        places = np.flatnonzero(ids == UNKNOWN)
        found[np.searchsorted(self.reviews.offsets, places, side="right") - 1] = np.iinfo(np.int32).max
        return found

    @cached_property
    def leanings(self) -> np.ndarray:
        """float (ids,): how surely a word belongs to positive (above 0) or negative reviews, in standard
        deviations.

        The z-score of the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn
        2008, "Fightin' Words", Political Analysis 16(4), 372-403). The prior is the corpus itself with the
        weight of PRIOR_WORDS; rare words therefore stay near 0, however one-sided. 0 for ids that no training
        review has.
        """
        seen = self.uses.sum(axis=0) > 0
        uses = self.uses[:, seen]
        prior = PRIOR_WORDS * uses.sum(axis=0) / uses.sum()
        smoothed = uses + prior
        odds = smoothed / (uses.sum(axis=1, keepdims=True) + PRIOR_WORDS - smoothed)
        found = np.zeros(len(seen))
        found[seen] = np.log(odds[1] / odds[0]) / np.sqrt((1 / smoothed).sum(axis=0))
        return found


def here() -> list[str]:
    """The corpora that can be shown without a download, the real one first."""
    return ["imdb", "demo"] if imdb.available() else ["demo"]


def facts(dataset: str) -> CorpusFacts:
    """Of the corpus "imdb" or "demo"; kept in memory after the first call.

    Raises DataError if it is not on this machine or damaged; nothing is downloaded here.
    """
    return from_corpus(shown(dataset))


def lengths(found: CorpusFacts) -> Lengths:
    """The histogram of review lengths in words, at most MOST_BARS bars of equal width from 0 on."""
    counts = found.word_counts
    width = int(counts.max()) // MOST_BARS + 1
    reviews = np.bincount(counts // width)
    return Lengths(np.arange(len(reviews)) * width, reviews, width)


def cut(found: CorpusFacts, review_length: int) -> Cut:
    """What a network that reads only the last `review_length` ids does not see. The first id to go is the
    start token.
    """
    lost = np.maximum(found.word_counts - review_length, 0)
    return Cut(float(np.mean(lost > 0)), float(lost.sum() / max(1, found.train.words)))


def known(found: CorpusFacts, vocabulary_size: int) -> Known:
    """What a network with the ids below `vocabulary_size` knows; the first four ids are no words."""
    uses = found.uses.sum(axis=0)
    words = uses[FIRST_WORD + 1 : vocabulary_size].sum() / max(1, uses.sum())
    return Known(float(words), float(np.mean(found.rarest >= vocabulary_size)))


def known_by_size(found: CorpusFacts, points: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """(vocabulary sizes, share of all words known at each), evenly on a log axis up to the whole vocabulary."""
    uses = found.uses.sum(axis=0)
    largest = max(len(uses), SMALLEST_VOCABULARY + 1)
    sizes = np.unique(np.round(np.geomspace(SMALLEST_VOCABULARY, largest, points)).astype(int))
    below = np.concatenate(
        [[0], np.cumsum(uses[FIRST_WORD + 1 :])]
    )  # below[n]: uses of the n most frequent words
    return sizes, below[np.minimum(sizes - FIRST_WORD - 1, len(below) - 1)] / max(1, uses.sum())


def most_frequent(found: CorpusFacts, number: int) -> list[WordUse]:
    """The `number` words that the training reviews use most."""
    uses = found.uses[:, FIRST_WORD + 1 :].sum(axis=0)
    return _uses(found, np.argsort(-uses, kind="stable")[:number])


def most_telling(found: CorpusFacts, number: int) -> list[WordUse]:
    """The `number` words that lean most to positive reviews, then as many that lean to negative ones, the
    strongest last.
    """
    leanings = found.leanings[FIRST_WORD + 1 :]
    order = np.argsort(-leanings, kind="stable")
    positive, negative = order[:number], order[max(0, len(order) - number) :]
    return _uses(found, [*positive[leanings[positive] > 0], *negative[leanings[negative] < 0]])


def places(found: CorpusFacts, label: str) -> np.ndarray:
    """int (reviews,): the places of the training reviews with the label "positive" or "negative", or of all."""
    labels = found.reviews.labels
    return (
        np.flatnonzero(labels == (label == "positive"))
        if label in ("positive", "negative")
        else np.arange(len(labels))
    )


def reading(found: CorpusFacts, index: int, *, vocabulary_size: int, review_length: int) -> Reading:
    """The training review at `index` as a network with these two hyperparameters sees it; raises ConfigError
    for wrong ones.
    """
    config = configs.checked({"vocabulary_size": vocabulary_size, "review_length": review_length})
    words = found.vocabulary.decode(found.reviews[index][1:])
    seen = found.reviews.select([index]).prepared(vocabulary_size, review_length)[0]
    padding = int(padded_width(len(seen), config)) - len(seen)
    return Reading(tuple(words), tuple(seen.tolist()), max(0, len(words) - len(seen)), padding)


def _uses(found, ranks):
    """WordUses of the words at these places of the vocabulary."""
    words, uses, leanings = (
        found.vocabulary.words,
        found.uses[:, FIRST_WORD + 1 :],
        found.leanings[FIRST_WORD + 1 :],
    )
    return [WordUse(words[rank], *uses[:, rank].tolist(), float(leanings[rank])) for rank in ranks]


@functools.lru_cache(maxsize=2)
def from_corpus(kept: Shown) -> CorpusFacts:
    """The facts of a corpus that was loaded."""
    train, test = kept.corpus.train, kept.corpus.test
    return CorpusFacts(train, kept.vocabulary, _half(train), _half(test))


def _half(reviews):
    words = reviews.lengths - 1
    return Half(len(reviews), int(np.sum(reviews.labels == 1)), int(words.sum()), float(np.median(words)))
