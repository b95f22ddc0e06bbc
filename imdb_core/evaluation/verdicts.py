"""How good one run's probabilities are, beyond one accuracy. Called by the Inspect page; NumPy only, needs no
model.

The formulas are short enough to write out, and scikit-learn would double the server's memory; tests compare
them with it. What is not defined (a curve of one class only) is None, never a number that looks like a
result.
"""

from dataclasses import dataclass

import numpy as np

from imdb_core.evaluation.comparisons import wilson_interval
from imdb_core.evaluation.predictions import Predictions

BINS = 10


@dataclass(frozen=True)
class Confusion:
    """How many reviews of each label got each verdict."""

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
    """Points (x, y), one per distinct probability, and the area below; `at[i]` is the smallest probability
    called positive.
    """

    x: np.ndarray
    y: np.ndarray
    at: np.ndarray
    area: float


@dataclass(frozen=True)
class Calibration:
    """Per bin of probabilities that holds any: mean probability, share of positive reviews, how many; and the
    expected error.
    """

    said: np.ndarray
    came_true: np.ndarray
    reviews: np.ndarray
    expected_error: float


@dataclass(frozen=True)
class LengthBin:
    """Reviews of `shortest` to `longest` words: how many, the share the run got right, and its 95 % interval."""

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
    """False-positive rate (x), true-positive rate (y), area by trapezoids; None if all reviews have one
    label.

    Fawcett 2006, Pattern Recognition Letters 27, 861-874, algorithms 1 and 3: equal probabilities are one
    step.
    """
    true_positives, false_positives, at = _counts_from_the_top(predictions)
    if not true_positives[-1] or not false_positives[-1]:
        return None
    x = np.concatenate([[0.0], false_positives / false_positives[-1]])
    y = np.concatenate([[0.0], true_positives / true_positives[-1]])
    return Curve(x, y, np.concatenate([[np.inf], at]), float(np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2))


def precision_recall_curve(predictions: Predictions) -> Curve | None:
    """Recall (x), precision (y); the area is the average precision: the sum of precision times the step in
    recall.

    Manning, Raghavan, Schuetze 2008, Introduction to Information Retrieval, section 8.4. None without
    positive reviews.
    """
    true_positives, false_positives, at = _counts_from_the_top(predictions)
    if not true_positives[-1]:
        return None
    x, y = true_positives / true_positives[-1], true_positives / (true_positives + false_positives)
    return Curve(x, y, at, float(np.sum(np.diff(x, prepend=0.0) * y)))


def calibration(predictions: Predictions, bins: int = BINS) -> Calibration:
    """How often reviews called p % positive are: bins of equal width, the upper edge belongs to the bin.

    Expected error: the mean of |share positive - mean probability| over bins, weighted by their reviews
    (Naeini, Cooper, Hauskrecht 2015, AAAI, "Obtaining well calibrated probabilities using Bayesian binning").
    """
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    bin_of = np.searchsorted(edges, predictions.probabilities)
    reviews = np.bincount(bin_of, minlength=bins)
    held = reviews > 0
    said = np.bincount(bin_of, predictions.probabilities, bins)[held] / reviews[held]
    came_true = np.bincount(bin_of, predictions.positive, bins)[held] / reviews[held]
    error = np.sum(reviews[held] * np.abs(came_true - said)) / len(predictions)
    return Calibration(said, came_true, reviews[held], float(error))


def accuracy_by_length(right: np.ndarray, word_counts: np.ndarray, bins: int = BINS) -> list[LengthBin]:
    """Reviews in up to `bins` groups of about equal size, the shortest first; reviews of one length stay
    together.

    `right` is bool, `word_counts` int, both (reviews,).
    """
    ordered = np.sort(word_counts)
    last = np.ceil(len(ordered) * np.arange(1, bins + 1) / bins).astype(int) - 1
    bin_of = np.searchsorted(np.unique(ordered[np.maximum(last, 0)]), word_counts)
    return [
        _length_bin(right[bin_of == number], word_counts[bin_of == number])
        for number in range(bin_of.max() + 1)
    ]


def thinned(curve: Curve, points: int = 400) -> Curve:
    """About `points` of the curve's points at most, half of them evenly in x and half evenly along it: enough
    for a figure.
    """
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(curve.x)) + np.abs(np.diff(curve.y)))])
    half = (np.searchsorted(way, np.linspace(way[0], way[-1], points // 2)) for way in (curve.x, along))
    kept = np.unique(np.concatenate([*half, [0, len(along) - 1]]))
    return Curve(curve.x[kept], curve.y[kept], curve.at[kept], curve.area)


def _counts_from_the_top(predictions):
    """True and false positives if everything from each distinct probability on is called positive; highest
    first.
    """
    order = np.argsort(-predictions.probabilities, kind="stable")
    ordered = predictions.probabilities[order]
    ends = np.append(
        np.flatnonzero(np.diff(ordered)), len(ordered) - 1
    )  # the last review of each distinct probability
    true_positives = np.cumsum(predictions.positive[order])[ends]
    return true_positives, ends + 1 - true_positives, ordered[ends]


def _length_bin(right, word_counts):
    shortest, longest, reviews, hits = (
        int(word_counts.min()),
        int(word_counts.max()),
        len(right),
        int(right.sum()),
    )
    return LengthBin(shortest, longest, reviews, hits / reviews, *wilson_interval(hits, reviews))


def _share(part, rest):
    return part / (part + rest) if part + rest else None
