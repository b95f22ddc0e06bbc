"""How good one run's probabilities are, beyond one accuracy: confusion, curves, calibration, by length.

Called by balance and the Inspect page; needs no model. NumPy only, because scikit-learn would double the
server's memory; tests compare the results with scikit-learn's. A figure that is not defined (a curve of one
class only) is None.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.evaluation.comparisons import wilson_interval
from imdb_core.evaluation.predictions import Predictions

BINS = 10
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Confusion:
    """How many reviews of each label got each verdict, true or false."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int

    @property
    def accuracy(self) -> float:
        right = self.true_positive + self.true_negative
        return right / (right + self.false_positive + self.false_negative)

    @property
    def precision(self) -> float | None:
        """Of the reviews called positive, the share that is; None if none was called positive."""
        return _share(self.true_positive, self.false_positive)

    @property
    def recall(self) -> float | None:
        """Of the positive reviews, the share called positive; None if there are none."""
        return _share(self.true_positive, self.false_negative)

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of both classes' accuracies, whatever their sizes; None if a class is missing."""
        if self.recall is None or self.false_positive_rate is None:
            return None
        return (self.recall + 1 - self.false_positive_rate) / 2

    @property
    def false_positive_rate(self) -> float | None:
        """Of the negative reviews, the share called positive; None if there are none."""
        return _share(self.false_positive, self.true_negative)


@dataclass(frozen=True)
class Curve:
    """Points (x, y), one per distinct probability, and the area below the curve.

    `at[i]` is the smallest probability that point i calls positive.
    """

    x: Floats
    y: Floats
    at: Floats
    area: float


@dataclass(frozen=True)
class Calibration:
    """For each bin of probabilities with reviews: mean probability, share of positive reviews, and number.

    `expected_error` is the expected calibration error over all bins, 0 to 1.
    """

    mean_probability: Floats
    positive_share: Floats
    reviews: Counts
    expected_error: float


@dataclass(frozen=True)
class LengthBin:
    """Reviews of `shortest` to `longest` words: their number, the share judged right, its 95 % interval."""

    shortest: int
    longest: int
    reviews: int
    accuracy: float
    low: float
    high: float


def confusion(predictions: Predictions, threshold: float) -> Confusion:
    """Counts for the verdict "positive if the probability is above `threshold`" (0 to 1)."""
    called, positive = predictions.probabilities > threshold, predictions.positive
    pairs = ((called, positive), (called, ~positive), (~called, ~positive), (~called, positive))
    return Confusion(*(int(np.sum(verdict & label)) for verdict, label in pairs))


def roc_curve(predictions: Predictions) -> Curve | None:
    """False-positive rate (x), true-positive rate (y), area by trapezoids; None without both labels.

    Fawcett 2006, Pattern Recognition Letters 27, 861-874, algorithms 1 and 3. Reviews with equal
    probabilities are one step.
    """
    true_positives, false_positives, at = _counts_from_the_top(predictions)
    if not true_positives[-1] or not false_positives[-1]:
        return None
    x = np.concatenate([[0.0], false_positives / false_positives[-1]])
    y = np.concatenate([[0.0], true_positives / true_positives[-1]])
    return Curve(x, y, np.concatenate([[np.inf], at]), float(np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2))


def precision_recall_curve(predictions: Predictions) -> Curve | None:
    """Recall (x) and precision (y); None without positive reviews.

    The area is the average precision: the sum of precision times the step in recall. Manning, Raghavan,
    Schuetze 2008, Introduction to Information Retrieval, section 8.4.
    """
    true_positives, false_positives, at = _counts_from_the_top(predictions)
    if not true_positives[-1]:
        return None
    x, y = true_positives / true_positives[-1], true_positives / (true_positives + false_positives)
    return Curve(x, y, at, float(np.sum(np.diff(x, prepend=0.0) * y)))


def calibration(predictions: Predictions, bins: int = BINS) -> Calibration:
    """How often reviews with a probability near p are positive: bins of equal width, upper edge included.

    Expected error: the mean of |share positive - mean probability| over bins, weighted by their reviews
    (Naeini, Cooper, Hauskrecht 2015, AAAI, "Obtaining well calibrated probabilities using Bayesian binning").
    """
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    bin_of = np.searchsorted(edges, predictions.probabilities)
    reviews = np.bincount(bin_of, minlength=bins)
    has_reviews = reviews > 0
    number = reviews[has_reviews]
    mean_probability = np.bincount(bin_of, predictions.probabilities, bins)[has_reviews] / number
    positive_share = np.bincount(bin_of, predictions.positive, bins)[has_reviews] / number
    error = np.sum(number * np.abs(positive_share - mean_probability)) / len(predictions)
    return Calibration(mean_probability, positive_share, number, float(error))


def accuracy_by_length(right: NDArray[np.bool_], word_counts: Counts, bins: int = BINS) -> list[LengthBin]:
    """The reviews in up to `bins` groups of about equal size, the shortest reviews first.

    Reviews of one length stay in one group. `right` is bool, `word_counts` int, both (reviews,).
    """
    ordered = np.sort(word_counts)
    last = np.ceil(len(ordered) * np.arange(1, bins + 1) / bins).astype(int) - 1
    bin_of = np.searchsorted(np.unique(ordered[np.maximum(last, 0)]), word_counts)
    return [
        _length_bin(right[bin_of == number], word_counts[bin_of == number])
        for number in range(bin_of.max() + 1)
    ]


def thinned(curve: Curve, points: int = 400) -> Curve:
    """About `points` points of the curve, for a figure: half evenly in x, half along the curve."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(curve.x)) + np.abs(np.diff(curve.y)))])
    halves = [np.searchsorted(axis, np.linspace(axis[0], axis[-1], points // 2)) for axis in (curve.x, along)]
    indices = np.unique(np.concatenate([*halves, [0, len(along) - 1]]))
    return Curve(curve.x[indices], curve.y[indices], curve.at[indices], curve.area)


def _counts_from_the_top(predictions: Predictions) -> tuple[Counts, Counts, Floats]:
    """(true positives, false positives, probability) for each distinct probability, the highest first.

    Every review with at least that probability counts as called positive.
    """
    order = np.argsort(-predictions.probabilities, kind="stable")
    ordered = predictions.probabilities[order]
    # The last review of each distinct probability.
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    true_positives = np.cumsum(predictions.positive[order])[ends]
    return true_positives, ends + 1 - true_positives, ordered[ends]


def _length_bin(right: NDArray[np.bool_], word_counts: Counts) -> LengthBin:
    reviews, hits = len(right), int(right.sum())
    low, high = wilson_interval(hits, reviews)
    return LengthBin(int(word_counts.min()), int(word_counts.max()), reviews, hits / reviews, low, high)


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None
