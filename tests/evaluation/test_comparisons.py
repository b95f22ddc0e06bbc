"""Statistics compared with values computed by hand and, where SciPy is installed, with SciPy's."""

import numpy as np
import pytest

from imdb_core.errors import ModelError
from imdb_core.evaluation import comparisons, predictions, seeds
from imdb_core.runs import store
from imdb_core.scoring import models


def test_the_wilson_interval_of_a_hand_computed_example():
    low, high = comparisons.wilson_interval(8, 10)  # z = 1.959964: middle 0.71673, half 0.22657
    assert (low, high) == (pytest.approx(0.49016, abs=1e-4), pytest.approx(0.94331, abs=1e-4))
    assert comparisons.wilson_interval(0, 5)[0] == pytest.approx(0, abs=1e-9)
    assert comparisons.wilson_interval(5, 5)[1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "p"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 2 / 32), (6, 2, 2 * 37 / 256), (4, 4, 1.0)]
)
def test_the_exact_mcnemar_test_of_hand_computed_examples(first, second, p):
    assert comparisons.exact_mcnemar(first, second) == pytest.approx(p)
    assert comparisons.exact_mcnemar(second, first) == pytest.approx(p)


@pytest.mark.parametrize(("right", "total"), [(612, 1152), (21877, 25000), (1, 25000), (0, 7)])
def test_both_agree_with_scipy(right, total):
    stats = pytest.importorskip("scipy.stats")
    interval = stats.binomtest(right, total).proportion_ci(method="wilson")
    assert comparisons.wilson_interval(right, total) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert comparisons.exact_mcnemar(right, total - right) == pytest.approx(
        stats.binomtest(right, total).pvalue, rel=1e-6
    )


def test_a_pair_counts_the_reviews_that_one_run_alone_gets_right():
    first, second = models.run("pretrained/cnn_lstm"), models.run("pretrained/lstm")
    pair = comparisons.pair(first, second)
    difference = (pair.only_first - pair.only_second) / pair.reviews
    assert pair.reviews == 25_000 and difference == pytest.approx(first.test_accuracy - second.test_accuracy)


def test_runs_on_different_reviews_are_not_compared(tiny_run):
    with pytest.raises(ModelError, match="different reviews"):
        comparisons.pair(models.run("pretrained/lstm"), tiny_run)


def test_runs_that_differ_only_in_their_seed_are_one_group(tiny):
    runs = {}
    for title, changes in {
        "a": {},
        "b": {"units": 9},
        "c": {"seed": 8, "name": "again"},
        "d": {"seed": 8, "units": 9},
    }.items():
        runs[title] = store.create(tiny(**changes), store.new_id())
    assert [list(group) for group in comparisons.by_seed(runs)] == [["a", "c"], ["b", "d"]]


def test_smoothing_keeps_a_constant_and_follows_slowly():
    assert comparisons.smoothed([0.4, 0.4, 0.4], 0.9) == pytest.approx([0.4, 0.4, 0.4])
    assert comparisons.smoothed([0.0, 1.0], 0.5) == pytest.approx([0.0, 0.5 / 0.75])
    assert comparisons.smoothed([3.0, 1.0, 2.0], 0.0) == pytest.approx([3, 1, 2])


def test_damaged_predictions_are_refused_with_a_sentence(tiny_copy):
    (tiny_copy.folder / "predictions.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(ModelError, match="no usable predictions"):
        predictions.read_classes(tiny_copy)


def test_only_hyperparameters_that_differ_are_listed():
    differences = comparisons.config_differences(
        [models.run("pretrained/lstm"), models.run("pretrained/lstm_dropout")]
    )
    assert differences["network"] == ["lstm", "lstm_dropout"] and differences["dropout"] == [None, 0.2]
    assert "units" not in differences and "name" not in differences


def test_the_interval_of_25000_test_reviews_is_four_tenths_of_a_point_each_way():
    right = int(np.sum(predictions.read_classes(models.run("pretrained/lstm")).right))
    low, high = comparisons.wilson_interval(right, 25_000)
    assert 0.003 < (high - low) / 2 < 0.005  # about 0.42 points at 87 %


@pytest.mark.parametrize(
    ("p_values", "corrected"),
    [
        ([], []),
        ([0.046], [0.046]),
        # 0.01 x 3, 0.03 x 2, 0.04 x 1; the last is raised to the corrected p-value before it.
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.046, 0.6, 0.9], [0.138, 1.0, 1.0]),
        ([0.5, 0.5], [1.0, 1.0]),
        ([0.001, 0.02, 0.02, 0.04], [0.004, 0.06, 0.06, 0.06]),
        ([0.0, 1.0], [0.0, 1.0]),
    ],
)
def test_holms_correction_of_examples_computed_by_hand(p_values, corrected):
    assert comparisons.holm(p_values) == pytest.approx(corrected)


def test_holms_correction_rejects_what_his_step_down_procedure_rejects():
    random = np.random.default_rng(5)
    for _ in range(50):
        p_values = random.beta(0.3, 3, random.integers(1, 12))
        rejected, order = set(), np.argsort(p_values)
        # Holm's own procedure stops at the first p-value that is not below level / (m - k + 1).
        for place, index in enumerate(order):
            if p_values[index] >= comparisons.SIGNIFICANT / (len(order) - place):
                break
            rejected.add(int(index))
        corrected = comparisons.holm(list(p_values))
        assert {index for index, p in enumerate(corrected) if p < comparisons.SIGNIFICANT} == rejected


def answers(tiny, name, right, **changes):
    """A run that is right on the first `right` of its 200 test reviews and wrong on the others."""
    run = store.create(tiny(name=name, **changes), store.new_id())
    labels = np.arange(200) % 2
    wrong = np.arange(200) >= right
    np.savez(run.folder / "predictions.npz", test=np.abs(labels - 0.9 * wrong), test_labels=labels)
    return store.read(run.folder)


def test_all_pairs_are_corrected_for_their_number(tiny):
    runs = {
        name: answers(tiny, name, right, units=right) for name, right in (("a", 120), ("b", 126), ("c", 140))
    }
    pairs, problems = comparisons.all_pairs(runs)
    assert list(pairs) == [("a", "b"), ("a", "c"), ("b", "c")] and problems == []
    assert [pair.tests for pair in pairs.values()] == [3, 3, 3]
    alone = comparisons.pair(runs["a"], runs["b"])
    assert alone.p == pytest.approx(2 / 2**6)
    assert alone.differs, "without the correction it would count as a difference"
    assert pairs["a", "b"].corrected == pytest.approx(2 / 2**6) and pairs["a", "b"].lead == -6
    assert pairs["a", "c"].corrected == pytest.approx(3 * 2 / 2**20)
    more, _ = comparisons.all_pairs(runs | {"d": answers(tiny, "d", 121, units=9)})
    assert more["a", "b"].tests == 6 and not more["a", "b"].differs


def test_a_run_that_cannot_be_compared_leaves_the_others_pairs_and_a_sentence(tiny, tiny_copy):
    runs = {name: answers(tiny, name, right) for name, right in (("a", 120), ("b", 126))}
    pairs, problems = comparisons.all_pairs(runs | {"other reviews": tiny_copy})
    assert list(pairs) == [("a", "b")] and len(problems) == 1
    assert "different reviews" in problems[0] and "The same holds for 1 more pair." in problems[0]
    (tiny_copy.folder / "predictions.npz").write_bytes(b"PK")
    pairs, problems = comparisons.all_pairs(runs | {"torn": tiny_copy})
    assert list(pairs) == [("a", "b")] and len(problems) == 1 and "no usable predictions" in problems[0]


SEEDS = {
    "two seeds each, all better": ([150, 155], [100, 105], True),
    "three against two": ([150, 155, 160], [100, 105], True),
    "the second side is better": ([100, 105], [150, 155], False),
    "one seed of one side": ([150], [100, 105], None),
    "one pair of seeds points the other way": ([150, 120], [100, 121], None),
    "all point the same way, few significantly": ([101, 102], [99, 100], None),
    "one pair in four is not significant": ([150, 112], [100, 110], True),
    "equal": ([120, 120], [120, 120], None),
}


@pytest.mark.parametrize("first, second, better", SEEDS.values(), ids=SEEDS)
def test_seeds_agree_only_if_all_point_the_same_way_and_most_significantly(tiny, first, second, better):
    chosen = [
        (seed, units, right) for units, side in ((8, first), (9, second)) for seed, right in enumerate(side)
    ]
    # Sorted by seed, so that the first run of a pair is not always of the same config.
    runs = {
        f"{units}-{seed}": answers(tiny, "run", right, units=units, seed=seed)
        for seed, units, right in sorted(chosen)
    }
    agreeing = seeds.agreeing_seeds(runs, comparisons.all_pairs(runs)[0])
    assert bool(agreeing) == (better is not None)
    if agreeing:
        [seeds_agree] = agreeing
        assert seeds_agree.better[0].startswith("8-" if better else "9-")
        assert seeds_agree.pairs == len(first) * len(second)


def test_the_same_seed_twice_is_one_seed(tiny):
    runs = {f"8-{number}": answers(tiny, "run", 150 + number, units=8, seed=1) for number in range(2)}
    runs |= {f"9-{seed}": answers(tiny, "run", 100 + seed, units=9, seed=seed) for seed in range(2)}
    assert seeds.agreeing_seeds(runs, comparisons.all_pairs(runs)[0]) == []
