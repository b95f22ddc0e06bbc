"""Curves, counts and calibration compared with scikit-learn's, and cases without a defined result."""

import numpy as np
import pytest
from sklearn import calibration as sklearn_calibration
from sklearn import metrics

from imdb_core.evaluation import verdicts
from imdb_core.evaluation.comparisons import wilson_interval
from imdb_core.evaluation.predictions import Predictions


def make_predictions(kind, reviews=2000, seed=3):
    """Predictions that are right more often than not: "random" float32, "tied" to 21 values, or "few"
    reviews.
    """
    random = np.random.default_rng(seed)
    reviews = 7 if kind == "few" else reviews
    positive = random.random(reviews) < 0.4
    probabilities = (
        np.clip(random.normal(0.35 + 0.3 * positive, 0.25), 0, 1).astype(np.float32).astype(np.float64)
    )
    return Predictions(np.round(probabilities * 20) / 20 if kind == "tied" else probabilities, positive)


@pytest.fixture(params=["random", "tied", "few"])
def predictions(request):
    return make_predictions(request.param)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.85, 1.0])
def test_counts_at_a_threshold_are_those_of_scikit_learn(predictions, threshold):
    confusion = verdicts.confusion(predictions, threshold)
    called = predictions.probabilities > threshold
    true_negative, false_positive, false_negative, true_positive = metrics.confusion_matrix(
        predictions.positive, called, labels=[False, True]
    ).ravel()
    assert vars(confusion) == {
        "true_positive": true_positive,
        "false_positive": false_positive,
        "true_negative": true_negative,
        "false_negative": false_negative,
    }
    assert confusion.accuracy == pytest.approx(metrics.accuracy_score(predictions.positive, called))
    assert confusion.recall == pytest.approx(metrics.recall_score(predictions.positive, called))
    if called.any():
        assert confusion.precision == pytest.approx(metrics.precision_score(predictions.positive, called))
    else:
        assert confusion.precision is None


def test_the_roc_curve_and_its_area_are_those_of_scikit_learn(predictions):
    curve = verdicts.roc_curve(predictions)
    x, y, at = metrics.roc_curve(predictions.positive, predictions.probabilities, drop_intermediate=False)
    assert curve.x == pytest.approx(x) and curve.y == pytest.approx(y)
    assert np.array_equal(curve.at, at)
    assert curve.area == pytest.approx(metrics.auc(x, y))
    assert curve.area == pytest.approx(metrics.roc_auc_score(predictions.positive, predictions.probabilities))


def test_precision_recall_and_average_precision_are_those_of_scikit_learn(predictions):
    curve = verdicts.precision_recall_curve(predictions)
    precision, recall, at = metrics.precision_recall_curve(predictions.positive, predictions.probabilities)
    assert curve.x == pytest.approx(recall[-2::-1]) and curve.y == pytest.approx(precision[-2::-1])
    assert np.array_equal(curve.at, at[::-1])
    assert curve.area == pytest.approx(
        metrics.average_precision_score(predictions.positive, predictions.probabilities)
    )


def test_the_calibration_curve_is_that_of_scikit_learn(predictions):
    calibration = verdicts.calibration(predictions)
    positive_share, mean_probability = sklearn_calibration.calibration_curve(
        predictions.positive, predictions.probabilities, n_bins=10
    )
    assert calibration.mean_probability == pytest.approx(
        mean_probability
    ) and calibration.positive_share == pytest.approx(positive_share)
    assert calibration.reviews.sum() == len(predictions)


def test_the_expected_calibration_error_of_a_hand_computed_example():
    probabilities = np.array([0.05, 0.05, 0.95, 0.95, 0.95, 0.55])
    calibration = verdicts.calibration(
        Predictions(probabilities, np.array([False, True, True, True, True, False]))
    )
    # bins: 2 reviews 0.05 said, 0.5 true; 1 review 0.55 said, 0 true; 3 reviews 0.95 said, 1 true
    assert calibration.reviews.tolist() == [2, 1, 3]
    assert calibration.expected_error == pytest.approx((2 * 0.45 + 1 * 0.55 + 3 * 0.05) / 6)


@pytest.mark.parametrize("positive", [True, False])
def test_with_reviews_of_one_label_only_what_is_not_defined_is_none(positive):
    predictions = Predictions(np.array([0.2, 0.7, 0.7]), np.full(3, positive))
    confusion = verdicts.confusion(predictions, 0.5)
    assert verdicts.roc_curve(predictions) is None
    assert (confusion.recall is None, confusion.false_positive_rate is None) == (not positive, positive)
    curve = verdicts.precision_recall_curve(predictions)
    assert curve.area == pytest.approx(1.0) if positive else curve is None
    assert verdicts.calibration(predictions).reviews.sum() == 3


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_the_same_probability_for_all_is_no_better_than_guessing(probability):
    positive = np.array([True, False, False, False])
    predictions = Predictions(np.full(4, probability), positive)
    assert verdicts.roc_curve(predictions).area == pytest.approx(0.5)
    assert verdicts.precision_recall_curve(predictions).area == pytest.approx(0.25)
    assert verdicts.calibration(predictions).expected_error == pytest.approx(abs(probability - 0.25))


def test_accuracy_by_length_has_all_reviews_once_and_one_length_in_one_group():
    random = np.random.default_rng(5)
    counts, right = random.integers(5, 40, 3000), random.random(3000) < 0.8
    groups = verdicts.accuracy_by_length(right, counts)
    assert len(groups) == 10 and all(200 < group.reviews < 400 for group in groups)
    assert sum(group.reviews for group in groups) == 3000
    assert all(one.longest < other.shortest for one, other in zip(groups, groups[1:], strict=False))
    for group in groups:
        inside = right[(counts >= group.shortest) & (counts <= group.longest)]
        assert (group.reviews, group.accuracy) == (len(inside), pytest.approx(inside.mean()))
        assert (group.low, group.high) == wilson_interval(int(inside.sum()), len(inside))


def test_lengths_that_are_equal_or_few_make_fewer_groups():
    assert [group.reviews for group in verdicts.accuracy_by_length(np.ones(50, bool), np.full(50, 9))] == [50]
    groups = verdicts.accuracy_by_length(np.array([True, False, True]), np.array([4, 1, 2000]))
    assert [(group.shortest, group.longest, group.accuracy) for group in groups] == [
        (1, 1, 0.0),
        (4, 4, 1.0),
        (2000, 2000, 1.0),
    ]


def test_a_thinned_curve_keeps_its_ends_and_lies_on_the_whole_one():
    random = np.random.default_rng(2)
    positive = random.random(20_000) < 0.5
    whole = verdicts.roc_curve(Predictions(1 / (1 + np.exp(-random.normal(2 * positive))), positive))
    thinned = verdicts.thinned(whole, points=200)
    assert 100 < len(thinned.x) <= 202 and thinned.area == whole.area
    assert (thinned.x[0], thinned.y[0], thinned.x[-1], thinned.y[-1]) == (0, 0, 1, 1)
    points = set(zip(whole.x, whole.y, strict=True))
    assert set(zip(thinned.x, thinned.y, strict=True)) <= points
    assert np.max(np.hypot(np.diff(thinned.x), np.diff(thinned.y))) < 0.03, "no gap that a figure would show"
