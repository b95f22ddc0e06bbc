"""The test reviews that a run gets wrong, is unsure of, or judges differently from another run.

Called by the Inspect and Compare pages. Memory holds flat arrays; a review becomes text when it is shown.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.data import sources
from imdb_core.data.reviews import FIRST_WORD, Reviews
from imdb_core.data.shown import shown_corpus
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError
from imdb_core.evaluation import comparisons
from imdb_core.evaluation.predictions import Predictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs import provenance
from imdb_core.runs.run import Run

Places = NDArray[np.int64]  # positions in the test reviews


@dataclass(frozen=True)
class TestedReviews:
    """The test reviews of one corpus and its vocabulary."""

    reviews: Reviews
    vocabulary: Vocabulary

    @property
    def word_counts(self) -> NDArray[np.int64]:
        """int64 (reviews,): words per review, without the start token."""
        return self.reviews.lengths - 1

    def text(self, index: int) -> str:
        """The review's words as the corpus has them: lower case, no punctuation.

        Vocabulary.encode() turns this text into the review's word ids again.
        """
        return " ".join(self.vocabulary.decode(self.reviews[index][1:]))


@dataclass(frozen=True)
class Disagreements:
    """The test reviews that only one run gets right, the largest gap between both probabilities first."""

    only_first: Places
    only_second: Places


def tested_reviews(run: Run, predictions: Predictions) -> TestedReviews:
    """The reviews behind `predictions`, in their order; kept in memory after the first call.

    Raises DataError if the reviews are not on this machine (nothing is downloaded here), or if the run was
    tested on different reviews.
    """
    dataset = config_of(run).dataset
    source = sources.get(dataset)
    if not source.is_available():
        raise DataError(
            f"The {source.noun} are not on this machine, so their text and length cannot be shown. "
            f"{source.how_to_show}"
        )
    shown = shown_corpus(dataset)
    provenance.require_shown_reviews(run, shown.corpus.fingerprint)
    tested = TestedReviews(shown.corpus.test, shown.vocabulary)
    if not np.array_equal(tested.reviews.labels == 1, predictions.positive):
        raise DataError(
            f"{run.name} was tested on {len(predictions):,} reviews. The {len(tested.reviews):,} test "
            "reviews on this machine are different, so their text cannot be shown. Set IMDB_DATA_DIR to the "
            "folder with the run's reviews and start the app again."
        )
    return tested


def most_wrong(predictions: Predictions) -> Places:
    """int (wrong reviews,): the reviews with the wrong verdict at 0.5, the most confident verdict first."""
    wrong = np.flatnonzero(~predictions.right())
    return _largest_first(wrong, np.abs(predictions.probabilities - predictions.positive))


def most_unsure(predictions: Predictions) -> Places:
    """int (reviews,): all reviews, the probability nearest 0.5 first."""
    return _largest_first(np.arange(len(predictions)), -np.abs(predictions.probabilities - 0.5))


def disagreements(first: Run, second: Run) -> tuple[Predictions, Predictions, Disagreements]:
    """Both runs' predictions, and the reviews that only one run judges right.

    Raises ModelError if the runs were tested on different reviews.
    """
    first_predictions, second_predictions = comparisons.both(first, second)
    first_right, second_right = first_predictions.right(), second_predictions.right()
    gap = np.abs(first_predictions.probabilities - second_predictions.probabilities)
    only_first = _largest_first(np.flatnonzero(first_right & ~second_right), gap)
    only_second = _largest_first(np.flatnonzero(second_right & ~first_right), gap)
    return first_predictions, second_predictions, Disagreements(only_first, only_second)


def containing(tested: TestedReviews, text: str) -> NDArray[np.bool_]:
    """bool (reviews,): which reviews contain every word of `text`, as whole words, ignoring case."""
    reviews = tested.reviews
    tokens = tested.vocabulary.tokens(text, typed=True)
    matches, all_ids = np.ones(len(reviews), bool), reviews.ids
    for word_ids in _spellings(tested.vocabulary, {token.text.lower() for token in tokens}):
        positions = np.flatnonzero(np.isin(all_ids, word_ids))
        has_word = np.zeros(len(reviews), bool)
        has_word[np.searchsorted(reviews.offsets, positions, side="right") - 1] = True
        matches &= has_word
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
