"""How even the two classes are, and the figures to show beside an accuracy if they are uneven.

Called by doctor, course and pages. If 95 % of the reviews are negative, a network that calls every review
negative is right on 95 %, so accuracy alone misleads.
"""

import math
from dataclasses import dataclass
from typing import Any

from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions, verdicts
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.run import Run

UNEVEN = 0.55  # share of the larger class above which the classes count as uneven


@dataclass(frozen=True)
class Balance:
    """How many `reviews` there are (at least 1), and how many of them are `positive`."""

    positive: int
    reviews: int

    @property
    def larger(self) -> str:
        """The class that has more reviews."""
        return "positive" if 2 * self.positive > self.reviews else "negative"

    @property
    def share(self) -> float:
        """The larger class's share, 0.5 to 1: the accuracy of always answering with that class."""
        return max(self.positive, self.reviews - self.positive) / self.reviews

    @property
    def uneven(self) -> bool:
        """Whether accuracy alone would mislead."""
        return self.share > UNEVEN

    def chance_loss(self, label_smoothing: float = 0.0) -> float:
        """The loss of guessing, which gives every review the shares of the classes as probabilities.

        This is the entropy of the shares in nats: ln 2 for even classes. Label smoothing moves the labels,
        and so the shares, towards one half, as in keras.losses.BinaryCrossentropy.
        """
        share = self.share * (1 - label_smoothing) + label_smoothing / 2
        return -sum(part * math.log(part) for part in (share, 1 - share) if part > 0)


@dataclass(frozen=True)
class Skill:
    """Two figures that also hold for uneven classes: 0.5 for guessing, 1 for a perfect network.

    `balance` says how even the classes are. Both figures are None if all reviews are of one class.
    """

    balance: Balance
    balanced_accuracy: float | None
    roc_area: float | None


def class_balance(predictions: Predictions) -> Balance:
    """How even the classes of the predicted reviews are, by their labels."""
    return Balance(int(predictions.positive.sum()), len(predictions))


def skill(predictions: Predictions) -> Skill:
    """Balanced accuracy at 0.5 (the mean of both classes' accuracies) and the area under the ROC curve."""
    roc, confusion = verdicts.roc_curve(predictions), verdicts.confusion(predictions, 0.5)
    return Skill(class_balance(predictions), confusion.balanced_accuracy, roc.area if roc else None)


def as_event(test_skill: Skill) -> dict[str, float | None]:
    """Fields for the "finished" event, so that the page "All runs" does not have to read predictions."""
    figures = {"test_balanced_accuracy": test_skill.balanced_accuracy, "test_roc_area": test_skill.roc_area}
    return {"test_positive_reviews": test_skill.balance.positive, **figures}


def beside_accuracy(run: Run, *, thorough: bool = True) -> Skill | None:
    """The figures to show beside the run's test accuracy; None if the classes of its test reviews are even.

    Runs of older versions have no such fields in their "finished" event. If `thorough`, their predictions are
    read instead; if not, None is returned.
    """
    test_skill = _recorded(run.event("finished"))
    if test_skill is None:
        if run.test_accuracy is None or not thorough:
            return None
        try:
            test_skill = skill(predictions.read(run))
        except ModelError:
            return None
    return test_skill if test_skill.balance.uneven else None


def _recorded(finished: dict[str, Any]) -> Skill | None:
    """The figures that as_event() wrote into a "finished" event, or None if it has none."""
    positive, reviews = finished.get("test_positive_reviews"), finished.get("test_reviews")
    if positive is None or not reviews or not 0 <= positive <= reviews:
        return None
    figures = finished.get("test_balanced_accuracy"), finished.get("test_roc_area")
    return Skill(Balance(positive, reviews), *figures)
