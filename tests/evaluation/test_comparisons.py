"""Statistics against hand-computed and, where SciPy is installed, SciPy's values."""

import numpy as np
import pytest

from imdb_core.errors import ModelError
from imdb_core.evaluation import comparisons
from imdb_core.runs import store
from imdb_core.scoring import models


def test_the_wilson_interval_of_a_hand_computed_example():
    low, high = comparisons.wilson_interval(8, 10)  # z = 1.959964: middle 0.71673, half 0.22657
    assert (low, high) == (pytest.approx(0.49016, abs=1e-4), pytest.approx(0.94331, abs=1e-4))
    assert comparisons.wilson_interval(0, 5)[0] == pytest.approx(0, abs=1e-9)
    assert comparisons.wilson_interval(5, 5)[1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("first", "second", "p"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 2 / 32), (6, 2, 2 * 37 / 256), (4, 4, 1.0)])
def test_the_exact_mcnemar_test_of_hand_computed_examples(first, second, p):
    assert comparisons.exact_mcnemar(first, second) == pytest.approx(p)
    assert comparisons.exact_mcnemar(second, first) == pytest.approx(p)


@pytest.mark.parametrize(("right", "total"), [(612, 1152), (21877, 25000), (1, 25000), (0, 7)])
def test_both_agree_with_scipy(right, total):
    stats = pytest.importorskip("scipy.stats")
    interval = stats.binomtest(right, total).proportion_ci(method="wilson")
    assert comparisons.wilson_interval(right, total) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert comparisons.exact_mcnemar(right, total - right) == pytest.approx(stats.binomtest(right, total).pvalue, rel=1e-6)


def test_a_pair_counts_where_one_alone_is_right():
    first, second = models.run("pretrained/cnn_lstm"), models.run("pretrained/lstm")
    found = comparisons.pair(first, second)
    difference = (found.only_first - found.only_second) / found.reviews
    assert found.reviews == 25_000 and difference == pytest.approx(first.test_accuracy - second.test_accuracy)


def test_runs_on_different_reviews_are_not_compared(tiny_run):
    with pytest.raises(ModelError, match="different reviews"):
        comparisons.pair(models.run("pretrained/lstm"), tiny_run)


def test_runs_that_differ_only_in_their_seed_are_one_group(tiny):
    runs = {}
    for title, changes in {"a": {}, "b": {"units": 9}, "c": {"seed": 8, "name": "again"}, "d": {"seed": 8, "units": 9}}.items():
        runs[title] = store.create(tiny(**changes), store.new_id())
    assert [list(group) for group in comparisons.by_seed(runs)] == [["a", "c"], ["b", "d"]]


def test_smoothing_keeps_a_constant_and_follows_slowly():
    assert comparisons.smoothed([0.4, 0.4, 0.4], 0.9) == pytest.approx([0.4, 0.4, 0.4])
    assert comparisons.smoothed([0.0, 1.0], 0.5) == pytest.approx([0.0, 0.5 / 0.75])
    assert comparisons.smoothed([3.0, 1.0, 2.0], 0.0) == pytest.approx([3, 1, 2])


def test_damaged_predictions_are_refused_with_a_sentence(tiny_copy):
    (tiny_copy.folder / "predictions.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(ModelError, match="no usable predictions"):
        comparisons.right_answers(tiny_copy)


def test_only_hyperparameters_that_differ_are_listed():
    found = comparisons.config_differences([models.run("pretrained/lstm"), models.run("pretrained/lstm_dropout")])
    assert found["network"] == ["lstm", "lstm_dropout"] and found["dropout"] == [None, 0.2]
    assert "units" not in found and "name" not in found


def test_no_test_accuracy_can_be_told_apart_within_its_interval():
    right = int(np.sum(comparisons.right_answers(models.run("pretrained/lstm"))))
    low, high = comparisons.wilson_interval(right, 25_000)
    assert 0.003 < (high - low) / 2 < 0.005  # about 0.42 points at 87 %
