"""answers.py: shares, losses, targets and verdicts of two classes and of more."""

import math

import numpy as np
import pytest

from imdb_core import answers

TWO, THREE = ("no", "yes"), ("a", "b", "c")


def of_second(*probabilities):
    """Shares (texts, 2) from the probabilities of the second class."""
    return answers.shares(np.float32(probabilities)[:, None])


def test_loss_and_accuracy_of_two_classes_are_those_computed_by_hand():
    loss, accuracy = answers.loss_and_accuracy(of_second(0.9, 0.2, 0.5, 0.6), np.array([1, 0, 1, 0]))
    assert loss == pytest.approx(
        (-math.log(0.9) - math.log(0.8) - math.log(0.5) - math.log(0.4)) / 4, abs=1e-6
    )
    assert accuracy == 0.5  # exactly 0.5 counts as the first class
    loss, accuracy = answers.loss_and_accuracy(of_second(0, 1), np.array([1, 0]))
    assert loss == pytest.approx(-math.log(1e-7), rel=1e-6)
    assert accuracy == 0
    assert answers.loss_and_accuracy(of_second(0, 1), np.array([0, 1])) == pytest.approx((0, 1), abs=1e-6)


def test_loss_and_accuracy_of_three_classes_are_those_computed_by_hand():
    shares = np.float32([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0, 1, 0]])
    loss, accuracy = answers.loss_and_accuracy(shares, np.array([0, 1, 2]))
    assert loss == pytest.approx((-math.log(0.7) - math.log(0.3) - math.log(1e-7)) / 3, rel=1e-6)
    assert accuracy == pytest.approx(1 / 3)
    even = np.full((5, 3), 1 / 3, np.float32)
    assert answers.loss_and_accuracy(even, np.array([0, 1, 2, 0, 1]))[0] == pytest.approx(
        answers.chance_loss(THREE), abs=1e-6
    )


@pytest.mark.parametrize("classes", [TWO, THREE])
def test_stored_shares_are_restored_and_targets_are_the_shares_of_a_sure_network(classes):
    labels = np.array([len(classes) - 1, 0, 1], np.uint8)
    sure = answers.shares(answers.targets(labels, classes))
    assert sure.shape == (3, len(classes)) and sure.sum(axis=1).tolist() == [1, 1, 1]
    assert answers.verdicts(sure).tolist() == labels.tolist()
    assert answers.restored(answers.stored(sure)).tolist() == sure.tolist()
    assert answers.stored(sure).ndim == (1 if classes == TWO else 2)


@pytest.mark.parametrize(
    ("classes", "output", "words"),
    [
        (TWO, [[0.5, 0.5]], "the shape"),
        (THREE, [[0.5]], "3 probabilities"),
        (THREE, [[0.5, 0.6, 0.1]], "add up"),
        (THREE, [[0.5, -0.1, 0.6]], "-0.1"),
        (TWO, [[math.nan]], "nan"),
    ],
)
def test_outputs_that_are_no_probabilities_are_named(classes, output, words):
    assert words in answers.fault(np.float32(output), 1, classes)


def test_sound_outputs_have_no_fault():
    assert answers.fault(np.float32([[0.3], [1]]), 2, TWO) is None
    assert answers.fault(np.float32([[0.3, 0.3, 0.4]]), 1, THREE) is None


def test_the_reported_share_is_that_of_the_second_of_two_classes_or_of_the_most_probable():
    assert answers.reported((0.9, 0.1)) == 1 and answers.reported((0.2, 0.5, 0.3)) == 1
    assert answers.reported((0.5, 0.5, 0.0)) == 0, "of equal shares the first"


def test_a_word_that_lowers_one_of_two_classes_raises_the_other():
    assert answers.raised_and_lowered(("spam", "ham"), 1) == ("more ham", "more spam")
    assert answers.raised_and_lowered(("a", "b", "c"), 1) == ("more b", "less b")


def test_the_share_of_log_odds_is_the_inverse_of_the_log_odds_of_a_share():
    for probability in (1e-6, 0.02, 0.5, 0.9, 0.9999):
        odds = float(answers.log_odds(np.array([[1 - probability, probability]]), 1)[0])
        assert answers.share(odds) == pytest.approx(probability)
    assert answers.share(-1000.0) == 0.0 and answers.share(1000.0) == 1.0


def test_the_gradient_of_log_odds_is_computed_by_hand():
    """Of ln(e^a / (e^b + e^c)): 1 with respect to a, and minus the share of b and of c among these two."""
    assert answers.log_odds_gradient(np.array([[3.0], [-1.0]]), 1).tolist() == [[1], [1]]
    assert answers.log_odds_gradient(np.array([[3.0]]), 0).tolist() == [[-1]]
    raw = np.array([[5.0, math.log(3), 0.0], [1000.0, -1000.0, 0.0]])
    assert answers.log_odds_gradient(raw, 0) == pytest.approx(np.array([[1, -0.75, -0.25], [1, 0, -1]]))
    assert answers.log_odds_gradient(raw, 1)[1] == pytest.approx([-1, 1, 0])
