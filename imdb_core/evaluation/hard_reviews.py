"""Which test reviews a run gets wrong, is unsure of, or judges otherwise than another run; and their text.

Called by the Inspect and Compare pages. Only flat arrays are kept; only the reviews that are shown become
text.
"""

from dataclasses import dataclass

import numpy as np

from imdb_core.data import imdb
from imdb_core.data.reviews import FIRST_WORD, Reviews
from imdb_core.data.shown import shown
from imdb_core.data.typography import decoded
from imdb_core.data.vocabulary import Vocabulary, tokens
from imdb_core.errors import DataError
from imdb_core.evaluation import comparisons
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs import provenance
from imdb_core.runs.store import Run


@dataclass(frozen=True)
class TestedReviews:
    """The test reviews of one corpus and the words behind their ids."""

    reviews: Reviews
    vocabulary: Vocabulary

    @property
    def word_counts(self) -> np.ndarray:
        """int64 (reviews,): words per review, without the start token."""
        return self.reviews.lengths - 1

    def text(self, index: int) -> str:
        """The review's words as the corpus has them (lower case, no punctuation); tokenised it gives the same
        ids.
        """
        return " ".join(self.vocabulary.decode(self.reviews[index][1:]))


@dataclass(frozen=True)
class Disagreements:
    """Places of the test reviews only one run gets right, the largest gap between both probabilities first."""

    only_first: np.ndarray
    only_second: np.ndarray


def tested_reviews(run: Run, predictions: Predictions) -> TestedReviews:
    """The reviews behind `predictions`, in their order; kept in memory after the first call.

    Raises DataError if they are not on this machine (nothing is downloaded here), or are others than the run
    was tested on.
    """
    if run.config.dataset == "imdb" and not imdb.available():
        raise DataError(
            "The IMDB reviews are not on this machine, so their text and length cannot be shown. Get them on the page "
            "“The reviews”, or start the app with IMDB_DATA_DIR naming their folder."
        )
    kept = shown(run.config.dataset)
    provenance.require_shown_reviews(run, kept.corpus.fingerprint)
    found = TestedReviews(kept.corpus.test, kept.vocabulary)
    if not np.array_equal(found.reviews.labels == 1, predictions.positive):
        raise DataError(
            f"{run.name} was tested on {len(predictions):,} reviews that are others than the {len(found.reviews):,} test reviews "
            "of this machine, so their text cannot be shown. Name the folder with the run's reviews with IMDB_DATA_DIR."
        )
    return found


def most_wrong(predictions: Predictions) -> np.ndarray:
    """int (wrong reviews,): places of those with the wrong verdict at 0.5, the most confident first."""
    wrong = np.flatnonzero(~predictions.right())
    return _largest_first(wrong, np.abs(predictions.probabilities - predictions.positive))


def most_unsure(predictions: Predictions) -> np.ndarray:
    """int (reviews,): places of all reviews, the probability nearest 0.5 first."""
    return _largest_first(np.arange(len(predictions)), -np.abs(predictions.probabilities - 0.5))


def disagreements(first: Run, second: Run) -> tuple[Predictions, Predictions, Disagreements]:
    """Both runs' predictions and where only one is right; raises ModelError if they were not tested on the
    same reviews.
    """
    one, other = comparisons.both(first, second)
    right, other_right = one.right(), other.right()
    gap = np.abs(one.probabilities - other.probabilities)
    only = [
        _largest_first(np.flatnonzero(mask), gap) for mask in (right & ~other_right, other_right & ~right)
    ]
    return one, other, Disagreements(*only)


def containing(tested: TestedReviews, text: str) -> np.ndarray:
    """bool (reviews,): which reviews contain every word of `text`, as whole words, upper and lower case
    alike.
    """
    understood = tested.vocabulary.understood(tokens(decoded(text)), typed=True)
    reviews, wanted = tested.reviews, {word.lower() for word in understood}
    ids = {word: [] for word in wanted}
    for id, word in enumerate(tested.vocabulary.words, start=FIRST_WORD + 1) if wanted else ():
        if (lowered := word.lower()) in ids:  # the corpus has both "À" and "à"
            ids[lowered].append(id)
    found, all_ids = np.ones(len(reviews), bool), reviews.ids
    for spellings in ids.values():
        places = np.concatenate([np.flatnonzero(all_ids == id) for id in spellings]) if spellings else []
        having = np.zeros(len(reviews), bool)
        having[np.searchsorted(reviews.offsets, places, side="right") - 1] = True
        found &= having
    return found


def _largest_first(places, size):
    return places[np.argsort(-size[places], kind="stable")]
