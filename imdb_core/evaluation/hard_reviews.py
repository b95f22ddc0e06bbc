"""The test reviews that a run gets wrong, is unsure of, or judges differently from another run.

Called by the Inspect and Compare pages. Memory holds flat arrays; a review becomes text when it is shown.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers
from imdb_core.data import sources
from imdb_core.data.blocks import blocks
from imdb_core.data.nouns import nouns
from imdb_core.data.reviews import FIRST_WORD, Reviews
from imdb_core.data.shown import shown_corpus
from imdb_core.data.sources import Source
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError, TextsMissing
from imdb_core.evaluation import comparisons
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs import provenance
from imdb_core.runs.run import Run

Places = NDArray[np.int64]  # positions in the test reviews
DIGITS = 12  # of margins and entropies, so that rounding does not decide the order


@dataclass(frozen=True)
class TestedReviews:
    """The test reviews of one corpus, its vocabulary, and its source if it has the texts as written."""

    reviews: Reviews
    vocabulary: Vocabulary
    source: Source | None = None

    @property
    def word_counts(self) -> NDArray[np.int64]:
        """int64 (reviews,): words per review, without the start token."""
        return self.reviews.lengths - 1

    def text(self, index: int) -> str:
        """The review as it was written, or else its words as the corpus has them.

        Vocabulary.encode() turns this text into the review's word ids again.
        """
        written = self.source.written("test", int(index)) if self.source else None
        if written is not None:
            return written
        return " ".join(self.vocabulary.decode(self.reviews[index][1:]))


@dataclass(frozen=True)
class Disagreements:
    """The test reviews that only one run gets right.

    The largest gap between both probabilities of the label comes first.
    """

    only_first: Places
    only_second: Places


def tested_reviews(run: Run, predictions: ClassPredictions) -> TestedReviews:
    """The reviews behind `predictions`, in their order; kept in memory after the first call.

    Raises DataError if the reviews are not on this machine (nothing is downloaded here), if their data set
    was deleted, or if the run was tested on different reviews.
    """
    dataset = config_of(run).dataset
    things = nouns(dataset).many
    if not sources.exists(dataset):
        raise DataError(
            f"The data set of {run.name} ({dataset}) is not on this machine any more, so its texts and their "
            "lengths cannot be shown. All other figures come from the run's folder. To see the texts, add "
            "the data set again and train a new run."
        )
    source = sources.get(dataset)
    if not source.is_available():
        raise TextsMissing(
            f"The {source.noun} are not on this machine, so their text and length cannot be shown. "
            f"{source.how_to_show}"
        )
    shown = shown_corpus(dataset)
    provenance.require_shown_reviews(run, shown.corpus.fingerprint)
    tested = TestedReviews(shown.corpus.test, shown.vocabulary, source)
    if not np.array_equal(tested.reviews.labels, predictions.labels):
        raise DataError(
            f"{run.name} was tested on {len(predictions):,} {things}. The {len(tested.reviews):,} test "
            f"{things} on this machine are different, so their text cannot be shown. {source.remedy} and "
            "start the app again."
        )
    return tested


def most_wrong(predictions: ClassPredictions) -> Places:
    """int (wrong reviews,): the reviews with the wrong verdict, the most confident verdict first."""
    return _largest_first(np.flatnonzero(~predictions.right), predictions.shares.max(axis=1))


def most_unsure(predictions: ClassPredictions) -> Places:
    """int (reviews,): all reviews, the smallest margin between the two most probable classes first.

    Of two classes, the probability nearest 0.5 is the first. Scheffer, Decomain, Wrobel 2001, IDA, "Active
    hidden Markov models for information extraction": margin sampling.
    """
    highest = np.sort(predictions.shares, axis=1)[:, -2:]
    margins = np.round(highest[:, 1] - highest[:, 0], DIGITS)
    return _largest_first(np.arange(len(predictions)), -margins)


def most_undecided(predictions: ClassPredictions) -> Places:
    """int (reviews,): all reviews, the largest entropy of the shares (Shannon 1948) first.

    Unlike the margin, the entropy counts all classes. Of two classes, both give the same order.
    """
    shares = np.clip(predictions.shares, answers.SMALLEST_SHARE, 1)
    entropies = np.round(-(shares * np.log(shares)).sum(axis=1), DIGITS)
    return _largest_first(np.arange(len(predictions)), entropies)


def disagreements(first: Run, second: Run) -> tuple[ClassPredictions, ClassPredictions, Disagreements]:
    """Both runs' predictions, and the reviews that only one run judges right.

    Raises ModelError if the runs were tested on different reviews.
    """
    first_predictions, second_predictions = comparisons.both(first, second)
    first_right, second_right = first_predictions.right, second_predictions.right
    gap = np.abs(first_predictions.share_of_label - second_predictions.share_of_label)
    only_first = _largest_first(np.flatnonzero(first_right & ~second_right), gap)
    only_second = _largest_first(np.flatnonzero(second_right & ~first_right), gap)
    return first_predictions, second_predictions, Disagreements(only_first, only_second)


def containing(tested: TestedReviews, text: str) -> NDArray[np.bool_]:
    """bool (reviews,): which reviews contain every word of `text`, as whole words, ignoring case."""
    reviews = tested.reviews
    tokens = tested.vocabulary.tokens(text, typed=True)
    words = _spellings(tested.vocabulary, {token.text.lower() for token in tokens})
    matches = np.ones(len(reviews), bool)
    for block, ids in blocks(reviews) if words else ():
        starts = reviews.offsets[block] - reviews.offsets[block.start]
        for word_ids in words:
            positions = np.flatnonzero(np.isin(ids, word_ids))
            has_word = np.zeros(len(starts), bool)
            has_word[np.searchsorted(starts, positions, side="right") - 1] = True
            matches[block] &= has_word
    return matches


def _spellings(vocabulary: Vocabulary, lowered_words: set[str]) -> list[list[int]]:
    """For each word the ids of all its spellings, because the corpus has both "À" and "à"."""
    word_ids: dict[str, list[int]] = {word: [] for word in lowered_words}
    for word_id, word in enumerate(vocabulary.words, start=FIRST_WORD + 1) if lowered_words else ():
        if (lowered := word.lower()) in word_ids:
            word_ids[lowered].append(word_id)
    return list(word_ids.values())


def _largest_first(places: Places, sizes: NDArray[np.float64]) -> Places:
    return places[np.argsort(-sizes[places], kind="stable")]
