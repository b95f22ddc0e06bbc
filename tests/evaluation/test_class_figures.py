"""The figures of several classes compared with scikit-learn's, and cases without a defined result."""

import numpy as np
import pytest
from sklearn import metrics

from imdb_core import answers
from imdb_core.evaluation import class_figures, hard_reviews, verdicts
from imdb_core.evaluation.balance import Balance, of_labels
from imdb_core.evaluation.predictions import ClassPredictions


def drawn(classes, *, texts=900, never=None, absent=None, seed=4):
    """Predictions in which the last class is rare, `never` is never called and `absent` has no texts."""
    random = np.random.default_rng(seed)
    weights = np.array([1.0] * (classes - 1) + [0.03])
    if absent is not None:
        weights[absent] = 0
    labels = random.choice(classes, texts, p=weights / weights.sum())
    scores = random.normal(0, 1, (texts, classes)) + 1.5 * np.eye(classes)[labels]
    if never is not None:
        scores[:, never] = -9
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return ClassPredictions(shares, labels, tuple(f"class {number}" for number in range(classes)))


CASES = {
    "three classes": {"classes": 3},
    "six classes": {"classes": 6},
    "six classes, one never called": {"classes": 6, "never": 2},
    "three classes, the rare one never called": {"classes": 3, "never": 2},
    "six classes, one without texts": {"classes": 6, "absent": 1},
    "six classes, one neither called nor there": {"classes": 6, "never": 1, "absent": 1},
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def tested(request):
    return drawn(**request.param)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_matrix_rates_and_means_are_those_of_scikit_learn(tested):
    labels, verdict = tested.labels, answers.verdicts(tested.shares)
    numbers = range(len(tested.classes))
    expected = metrics.confusion_matrix(labels, verdict, labels=numbers)
    assert np.array_equal(class_figures.confusion_matrix(tested), expected)
    figures = class_figures.of_classes(tested)
    rates = metrics.precision_recall_fscore_support(labels, verdict, labels=numbers, zero_division=np.nan)
    for name, values in zip(("precision", "recall", "f1", "texts"), rates, strict=True):
        received = [getattr(row, name) for row in figures]
        assert [np.nan if value is None else value for value in received] == pytest.approx(
            values, nan_ok=True
        )
    assert class_figures.macro_f1(figures) == pytest.approx(
        metrics.f1_score(labels, verdict, average="macro")
    )
    balanced = metrics.balanced_accuracy_score(labels, verdict)
    assert class_figures.balanced_accuracy(figures) == pytest.approx(balanced)


def test_one_class_against_the_rest_has_the_curves_of_scikit_learn(tested):
    areas = []
    for number in range(len(tested.classes)):
        against, is_label = tested.against(number), tested.labels == number
        curve = verdicts.roc_curve(against)
        if not is_label.any():
            assert curve is None and verdicts.precision_recall_curve(against) is None
            continue
        areas.append(metrics.roc_auc_score(is_label, tested.shares[:, number]))
        assert curve.area == pytest.approx(areas[-1])
        precision = metrics.average_precision_score(is_label, tested.shares[:, number])
        assert verdicts.precision_recall_curve(against).area == pytest.approx(precision)
    assert class_figures.mean_roc_area(tested) == pytest.approx(np.mean(areas))
    if len(areas) == len(tested.classes):
        expected = metrics.roc_auc_score(tested.labels, tested.shares, multi_class="ovr")
        assert class_figures.mean_roc_area(tested) == pytest.approx(expected)


def test_errors_are_sorted_by_their_number_and_their_texts_are_found(tested):
    kinds = class_figures.errors(tested)
    assert sum(kind.texts for kind in kinds) == int((~tested.right).sum())
    assert [kind.texts for kind in kinds] == sorted((kind.texts for kind in kinds), reverse=True)
    for kind in kinds[:5]:
        matches = class_figures.has_verdict(tested, label=kind.label, verdict=kind.verdict)
        assert kind.label != kind.verdict and matches.sum() == kind.texts
        assert set(tested.labels[matches]) == {kind.label} and not tested.right[matches].any()


def test_a_class_that_is_never_called_counts_as_zero_and_a_class_that_does_not_occur_does_not_count():
    shares = np.array([[0.8, 0.2, 0, 0], [0.9, 0.1, 0, 0], [0.6, 0.4, 0, 0]])
    tested = ClassPredictions(shares, np.array([0, 0, 1]), ("a", "b", "c", "d"))
    figures = class_figures.of_classes(tested)
    assert [row.f1 for row in figures] == [pytest.approx(0.8), 0.0, None, None]
    assert class_figures.macro_f1(figures) == pytest.approx(0.4)
    assert (figures[1].precision, figures[1].recall, figures[2].recall) == (None, 0.0, None)
    assert class_figures.balanced_accuracy(figures) == pytest.approx(0.5)
    assert class_figures.mean_roc_area(tested) == pytest.approx(1.0)


def test_the_confidence_of_a_verdict_is_its_share_and_whether_it_is_right():
    tested = drawn(6)
    confidence = class_figures.confidence(tested)
    assert np.array_equal(confidence.probabilities, tested.shares.max(axis=1))
    assert np.array_equal(confidence.positive, tested.right)


def test_hard_texts_of_several_classes_are_ordered_by_confidence_margin_and_entropy():
    shares = np.array([[0.5, 0.5, 0, 0], [0.34, 0.22, 0.22, 0.22], [0.9, 0.1, 0, 0], [0.1, 0.7, 0.1, 0.1]])
    tested = ClassPredictions(shares, np.array([0, 1, 1, 1]), ("a", "b", "c", "d"))
    assert hard_reviews.most_wrong(tested).tolist() == [2, 1]
    assert hard_reviews.most_unsure(tested).tolist() == [0, 1, 3, 2]
    assert hard_reviews.most_undecided(tested).tolist() == [1, 3, 0, 2]


def test_of_two_classes_all_figures_are_those_of_the_second_class():
    tested = drawn(2)
    second = verdicts.confusion(tested.against(1), 0.5)
    row = class_figures.of_classes(tested)[1]
    assert (row.precision, row.recall) == (second.precision, second.recall)
    figures = class_figures.of_classes(tested)
    assert class_figures.balanced_accuracy(figures) == pytest.approx(second.balanced_accuracy)
    assert class_figures.mean_roc_area(tested) == pytest.approx(verdicts.roc_curve(tested.against(1)).area)


def test_rare_classes_are_named_the_rarest_first():
    sizes = of_labels(np.repeat([0, 1, 2, 3], [50, 40, 8, 2]), ("a", "b", "c", "d"))
    assert sizes == Balance((50, 40, 8, 2), ("a", "b", "c", "d"))
    assert sizes.rare == ["d", "c"] and sizes.larger == "a" and not sizes.one_dominates
    assert Balance((60, 20, 20), ("a", "b", "c")).one_dominates
    assert Balance((40, 40, 20), ("a", "b", "c")).rare == []
