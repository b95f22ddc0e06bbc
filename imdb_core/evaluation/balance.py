"""How even the two classes are, and what stands beside an accuracy where they are not. Called by doctor,
worker and pages.

Where 95 % of the reviews are negative, a network that always says so is right on 95 %: there accuracy alone
says nothing.
"""

import math
from dataclasses import dataclass

from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions, verdicts
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.run import Run

UNEVEN = 0.55  # share of the larger class above which the classes count as uneven


@dataclass(frozen=True)
class Balance:
    """How many `reviews` there are, at least one, and how many of them are `positive`."""

    positive: int
    reviews: int

    @property
    def larger(self) -> str:
        """The class that has more reviews."""
        return "positive" if 2 * self.positive > self.reviews else "negative"

    @property
    def share(self) -> float:
        """The larger class's share, 0.5 to 1: the accuracy of an answer that is always the same."""
        return max(self.positive, self.reviews - self.positive) / self.reviews

    @property
    def uneven(self) -> bool:
        """Whether accuracy alone would mislead."""
        return self.share > UNEVEN

    def chance_loss(self, label_smoothing: float = 0.0) -> float:
        """The loss of the best answer that is always the same: the entropy of the shares in nats, ln 2 for
        even classes.

        With label smoothing the labels, and so the shares, move towards one half, as
        keras.losses.BinaryCrossentropy does it.
        """
        share = self.share * (1 - label_smoothing) + label_smoothing / 2
        return -sum(part * math.log(part) for part in (share, 1 - share) if part > 0)


@dataclass(frozen=True)
class Skill:
    """What uneven classes leave unchanged: both are 0.5 for guessing and 1 for a perfect network; None with
    one class only.
    """

    balance: Balance
    balanced_accuracy: float | None
    roc_area: float | None


def balance(found: Predictions) -> Balance:
    """Of the labels that these predictions were made for."""
    return Balance(int(found.positive.sum()), len(found))


def skill(found: Predictions) -> Skill:
    """Balanced accuracy at 0.5 (the mean of both classes' accuracies) and the area under the ROC curve."""
    roc = verdicts.roc_curve(found)
    return Skill(balance(found), verdicts.confusion(found, 0.5).balanced_accuracy, roc.area if roc else None)


def as_event(found: Skill) -> dict:
    """`found` of the test reviews as fields of the "finished" event, so that a list of runs need not read
    predictions.
    """
    figures = {"test_balanced_accuracy": found.balanced_accuracy, "test_roc_area": found.roc_area}
    return {"test_positive_reviews": found.balance.positive, **figures}


def beside_accuracy(run: Run, *, thorough: bool = True) -> Skill | None:
    """What belongs beside the run's test accuracy because its test reviews' classes are uneven; None where
    they are even.

    Runs of older versions did not write it down: their predictions are read, unless not `thorough`.
    """
    finished = run.event("finished")
    positive, reviews = finished.get("test_positive_reviews"), finished.get("test_reviews")
    if positive is not None and reviews and 0 <= positive <= reviews:
        counted = Balance(positive, reviews)
        found = Skill(counted, finished.get("test_balanced_accuracy"), finished.get("test_roc_area"))
    elif run.test_accuracy is None or not thorough:
        return None
    else:
        try:
            found = skill(predictions.read(run))
        except ModelError:
            return None
    return found if found.balance.uneven else None
