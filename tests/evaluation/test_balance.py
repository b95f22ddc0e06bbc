"""How even the classes are, compared with values computed by hand, and the figures in the finished event."""

import math
import warnings

import numpy as np
import pytest
from ended_runs import ended

from imdb_core.data.reviews import TWO_CLASSES
from imdb_core.evaluation import balance, predictions
from imdb_core.evaluation.balance import UNEVEN, Balance
from imdb_core.evaluation.predictions import ClassPredictions, Predictions
from imdb_core.runs import store


@pytest.mark.parametrize(
    "counts, classes, larger, share, loss",
    [
        ((1, 1), TWO_CLASSES, "negative", 0.5, math.log(2)),
        ((3, 1), TWO_CLASSES, "negative", 0.75, 0.562335),
        ((1, 3), TWO_CLASSES, "positive", 0.75, 0.562335),
        ((0, 4), TWO_CLASSES, "positive", 1, 0),
        ((5, 5, 5), ("a", "b", "c"), "a", 1 / 3, math.log(3)),
        ((1, 2, 1), ("a", "b", "c"), "b", 0.5, 1.5 * math.log(2)),
    ],
)
def test_the_larger_class_and_the_loss_of_guessing_follow_from_the_counts(
    counts, classes, larger, share, loss
):
    shares = Balance(counts, classes)
    assert (shares.larger, shares.share) == (larger, share)
    assert shares.chance_loss() == pytest.approx(loss, abs=1e-6)


def test_classes_are_uneven_above_the_bound_only():
    at = round(1000 * UNEVEN)
    assert (
        not Balance((at, 1000 - at)).uneven
        and Balance((at + 1, 999 - at)).uneven
        and Balance((999 - at, at + 1)).uneven
    )
    assert not Balance((11, 9, 10), ("a", "b", "c")).uneven and Balance((12, 9, 9), ("a", "b", "c")).uneven


def test_both_figures_of_an_example_computed_by_hand():
    probabilities = np.array([0.9, 0.4, 0.6, 0.2, 0.1, 0.3])
    skill = balance.skill(Predictions(probabilities, np.array([True, True, False, False, False, False])))
    assert skill.balanced_accuracy == pytest.approx((1 / 2 + 3 / 4) / 2)
    assert skill.roc_area == pytest.approx(7 / 8)  # of 2 * 4 pairs only (0.4, 0.6) is in the wrong order


def test_with_one_class_neither_figure_is_defined():
    skill = balance.skill(Predictions(np.array([0.9, 0.4]), np.array([True, True])))
    assert (skill.balanced_accuracy, skill.roc_area) == (None, None) and skill.balance.uneven


def test_both_figures_agree_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(1)
    probabilities, labels = random.random(500), random.random(500) < 0.1
    skill = balance.skill(Predictions(probabilities, labels))
    assert skill.balanced_accuracy == pytest.approx(
        metrics.balanced_accuracy_score(labels, probabilities > 0.5)
    )
    assert skill.roc_area == pytest.approx(metrics.roc_auc_score(labels, probabilities))


def test_the_figures_of_three_classes_agree_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(1)
    for present in (3, 2):  # with two, the third class has no reviews but is predicted
        shares, labels = random.dirichlet((1, 1, 1), 300), random.integers(0, present, 300)
        skill = balance.skill(ClassPredictions(shares, labels, ("a", "b", "c")))
        verdicts = shares.argmax(axis=1)
        with warnings.catch_warnings(action="ignore"):
            expected = metrics.balanced_accuracy_score(labels, verdicts)
        assert skill.balanced_accuracy == pytest.approx(expected) and skill.roc_area is None
        assert skill.macro_f1 == pytest.approx(metrics.f1_score(labels, verdicts, average="macro"))


def test_the_worker_counts_classes_and_writes_both_figures_down(tiny_run):
    phase = next(event for event in tiny_run.events if "reviews" in event)
    assert (phase["reviews"], phase["class_counts"]) == (3600, [1800, 1800])
    assert (phase["validation_reviews"], phase["validation_class_counts"]) == (400, [200, 200])
    finished, skill = tiny_run.event("finished"), balance.skill(predictions.read_classes(tiny_run))
    assert tuple(finished["test_class_counts"]) == skill.balance.counts == (500, 500)
    assert finished["test_balanced_accuracy"] == skill.balanced_accuracy
    assert finished["test_macro_f1"] == skill.macro_f1
    assert finished["test_roc_area"] == skill.roc_area
    assert balance.beside_accuracy(tiny_run) is None, "half of the demo reviews are positive"


def test_uneven_test_reviews_have_figures_beside_accuracy_from_the_event_or_the_predictions():
    run = ended()
    assert balance.beside_accuracy(run) is None, "the run has neither"
    np.savez(run.folder / "predictions.npz", test=np.full(400, 0.1), test_labels=np.arange(400) < 20)
    skill = balance.beside_accuracy(run)
    assert (skill.balanced_accuracy, skill.roc_area) == (0.5, 0.5)
    assert balance.beside_accuracy(run, thorough=False) is None
    figures = {"test_positive_reviews": 20, "test_balanced_accuracy": 0.7, "test_roc_area": 0.8}
    store.record(run.folder, "finished", test_accuracy=0.95, test_reviews=400, **figures)
    skill = balance.beside_accuracy(store.read(run.folder), thorough=False)
    assert (skill.balance, skill.balanced_accuracy, skill.roc_area) == (Balance((380, 20)), 0.7, 0.8)


@pytest.mark.parametrize("field", ["test_class_counts", "test_balanced_accuracy", "test_macro_f1"])
def test_a_figure_that_no_worker_wrote_damages_the_run(field):
    run = ended()
    store.record(run.folder, "finished", test_accuracy=0.9, test_reviews=10, **{field: "many"})
    assert field in store.read(run.folder).damaged
