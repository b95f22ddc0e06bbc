"""Class weights: the formula, and which reviews get which weight."""

import numpy as np
import pytest

from imdb_core import answers, class_weights


def test_balanced_weights_are_those_of_scikit_learn():
    utils = pytest.importorskip("sklearn.utils.class_weight")
    labels = np.repeat([0, 1, 2], [50, 30, 5])
    weights = class_weights.balanced(labels, 3)
    assert weights == pytest.approx(utils.compute_class_weight("balanced", classes=np.arange(3), y=labels))
    assert weights[labels].mean() == pytest.approx(1)


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c")])
def test_each_review_of_a_batch_gets_the_weight_of_its_class(classes):
    labels = np.repeat(range(len(classes)), 7 + np.arange(len(classes)))
    targets = answers.targets(labels[::-1], classes)
    [weights] = class_weights.weighting("balanced", labels, classes)(targets)
    expected = class_weights.balanced(labels, len(classes))[labels[::-1]]
    assert weights.dtype == np.float32 and weights == pytest.approx(expected)
    assert class_weights.weighting("none", labels, classes)(targets) == ()
