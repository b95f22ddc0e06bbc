"""What guessing costs: the entropy of the shares of the classes, and label smoothing."""

import math

import pytest
from ended_runs import ended

from imdb_core.evaluation import guessing
from imdb_core.evaluation.balance import Balance

LN2 = math.log(2)
UNEVEN = Balance((1, 19)).chance_loss()  # 0.199: 95 % of the reviews are of one class


@pytest.mark.parametrize(
    "positive, loss", [(0.5, LN2), (0.05, 0.1985), (0.95, 0.1985), (0.25, 0.5623), (None, LN2)]
)
def test_guessing_costs_the_entropy_of_the_shares(positive, loss):
    assert guessing.guessing_loss(ended(positive=positive)) == pytest.approx(loss, abs=1e-3)


def test_label_smoothing_raises_what_guessing_costs_on_uneven_classes():
    run = ended(positive=0.05, values={"label_smoothing": 0.2})
    assert guessing.guessing_loss(run) == pytest.approx(
        -(0.86 * math.log(0.86) + 0.14 * math.log(0.14)), abs=1e-3
    )
    assert guessing.guessing_loss(run, "validation") == pytest.approx(UNEVEN, abs=1e-3)


def test_guessing_costs_the_entropy_of_many_classes_or_ln_k_with_balanced_weights():
    classes = ("spam", "news", "mail")
    run = ended(values={"classes": classes}, class_counts=[80, 10, 10])
    entropy = -(0.8 * math.log(0.8) + 0.2 * math.log(0.1))
    assert guessing.guessing_loss(run) == pytest.approx(entropy)
    assert "because 80.0% of the training reviews are spam" in guessing.cost_of_guessing(run)
    weighted = ended(values={"classes": classes, "class_weights": "balanced"}, class_counts=[80, 10, 10])
    assert guessing.guessing_loss(weighted) == pytest.approx(math.log(3))
    assert guessing.guessing_loss(weighted, "validation") == pytest.approx(entropy), "it is not weighted"
    assert guessing.cost_of_guessing(weighted) == "guessing costs ln 3 = 1.099"
    assert guessing.guessing_loss(ended(values={"classes": classes})) == pytest.approx(math.log(3))
