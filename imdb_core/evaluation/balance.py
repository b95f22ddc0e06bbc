"""How even the classes are, and the figures to show beside an accuracy if they are uneven.

Called by doctor, course and pages. If 95 % of the reviews are negative, a network that calls every review
negative is right on 95 %, so accuracy alone misleads.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers
from imdb_core.data.reviews import TWO_CLASSES
from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions, verdicts
from imdb_core.evaluation.predictions import ClassPredictions, Predictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs.run import Run

UNEVEN = 0.55  # share of the larger of two classes above which they count as uneven
RARE = 0.5  # a class with less than this share of an even class's reviews is rare


@dataclass(frozen=True)
class Balance:
    """How many reviews each of the `classes` has; together at least 1."""

    counts: tuple[int, ...]
    classes: tuple[str, ...] = TWO_CLASSES

    @property
    def reviews(self) -> int:
        return sum(self.counts)

    @property
    def larger(self) -> str:
        """The class that has the most reviews; of equally large ones the first."""
        return self.classes[self.counts.index(max(self.counts))]

    @property
    def share(self) -> float:
        """The largest class's share, up to 1: the accuracy of always answering with that class."""
        return max(self.counts) / self.reviews

    @property
    def one_dominates(self) -> bool:
        """Whether always answering with the largest class would look accurate, for any number of classes."""
        return self.share > UNEVEN

    @property
    def rare(self) -> list[str]:
        """The classes with few reviews, the rarest first: accuracy hardly depends on them."""
        few = RARE * self.reviews / len(self.classes)
        sizes = sorted(zip(self.counts, self.classes, strict=True), key=lambda pair: pair[0])
        return [name for count, name in sizes if count < few]

    @property
    def fair_figure(self) -> str:
        """The figure to look at beside balanced accuracy, as a name within a sentence."""
        return "the area under the ROC curve" if answers.is_binary(self.classes) else "macro F1"

    @property
    def uneven(self) -> bool:
        """Whether accuracy alone would mislead: the largest class exceeds its even share by a tenth."""
        return self.share > 2 * UNEVEN / len(self.classes)

    def chance_loss(self, label_smoothing: float = 0.0) -> float:
        """The loss of guessing, which gives every review the shares of the classes as probabilities.

        This is the entropy of the shares in nats: ln k for k even classes. Label smoothing moves the labels,
        and so the shares, towards 1 / k, as in Keras's losses.
        """
        even = label_smoothing / len(self.classes)
        shares = (count / self.reviews * (1 - label_smoothing) + even for count in self.counts)
        return -sum(share * math.log(share) for share in shares if share > 0)


def of_labels(labels: NDArray[np.integer[Any]], classes: tuple[str, ...]) -> Balance:
    """The Balance of labels, which are the numbers of classes from 0 on."""
    return Balance(tuple(np.bincount(labels, minlength=len(classes)).tolist()), classes)


@dataclass(frozen=True)
class Skill:
    """Figures that also hold for uneven classes; 1 for a perfect network.

    Balanced accuracy is the mean of all classes' accuracies: 1 / k for guessing. Macro F1 is the mean of all
    classes' F1 scores, the harmonic mean of precision and recall. The area under the ROC curve, 0.5 for
    guessing, is of two classes only. All are None if all reviews are of one class.
    """

    balance: Balance
    balanced_accuracy: float | None
    roc_area: float | None = None
    macro_f1: float | None = None


def class_balance(tested: Predictions | ClassPredictions) -> Balance:
    """How even the classes of the predicted reviews are, by their labels."""
    if isinstance(tested, Predictions):
        positive = int(tested.positive.sum())
        return Balance((len(tested) - positive, positive))
    counts = np.bincount(tested.labels, minlength=len(tested.classes))
    return Balance(tuple(counts.tolist()), tested.classes)


def skill(tested: Predictions | ClassPredictions) -> Skill:
    """The figures of these predictions, with the most probable class as the verdict."""
    if isinstance(tested, Predictions):
        is_positive = tested.probabilities > 0.5
        rates = _rates(is_positive.astype(np.int64), tested.positive.astype(np.int64), 2)
        return Skill(class_balance(tested), rates[0], _roc_area(tested), rates[1])
    rates = _rates(answers.verdicts(tested.shares), tested.labels, len(tested.classes))
    area = _roc_area(tested.against(1)) if answers.is_binary(tested.classes) else None
    return Skill(class_balance(tested), rates[0], area, rates[1])


def measured(shares: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]) -> dict[str, Any]:
    """Fields for the "finished" event, from the shares (texts, classes) and labels of the test texts."""
    return as_event(skill(ClassPredictions(shares.astype(np.float64), labels.astype(np.int64), classes)))


def as_event(test_skill: Skill) -> dict[str, Any]:
    """Fields for the "finished" event, so that the page "All runs" does not have to read predictions."""
    figures = {
        "test_balanced_accuracy": test_skill.balanced_accuracy,
        "test_macro_f1": test_skill.macro_f1,
        "test_roc_area": test_skill.roc_area,
    }
    return {"test_class_counts": list(test_skill.balance.counts), **figures}


def beside_accuracy(run: Run, *, thorough: bool = True) -> Skill | None:
    """The figures to show beside the run's test accuracy; None if the classes of its test reviews are even.

    Runs of older versions have no such fields in their "finished" event. If `thorough`, their predictions are
    read instead; if not, None is returned.
    """
    test_skill = _recorded(run)
    if test_skill is None:
        if run.test_accuracy is None or not thorough:
            return None
        try:
            test_skill = skill(predictions.read_classes(run))
        except ModelError:
            return None
    return test_skill if test_skill.balance.uneven else None


def recorded_balance(run: Run, counts: Any) -> Balance | None:
    """The balance in an event's `counts`; None if they do not belong to the run's classes."""
    classes = config_of(run).classes
    if not counts or len(counts) != len(classes) or not sum(counts):
        return None
    return Balance(tuple(counts), classes)


def _recorded(run: Run) -> Skill | None:
    """The figures that as_event() wrote into the "finished" event, or None if it has none."""
    finished = run.event("finished")
    balance = recorded_balance(run, finished.get("test_class_counts")) if run.config else None
    if balance is None:
        return None
    names = ("test_balanced_accuracy", "test_roc_area", "test_macro_f1")
    return Skill(balance, *map(finished.get, names))


def _rates(
    verdict: NDArray[np.int64], labels: NDArray[np.int64], classes: int
) -> tuple[float, float] | tuple[None, None]:
    """(balanced accuracy, macro F1) of class numbers, as scikit-learn computes both.

    A class without reviews has no accuracy; it counts for F1 if it was predicted.
    """
    confusion = np.bincount(labels * classes + verdict, minlength=classes**2).reshape(classes, classes)
    actual, predicted, right = confusion.sum(axis=1), confusion.sum(axis=0), confusion.diagonal()
    if np.count_nonzero(actual) < 2:
        return None, None
    occurs = actual + predicted > 0
    recalls = right[actual > 0] / actual[actual > 0]
    return float(recalls.mean()), float((2 * right[occurs] / (actual + predicted)[occurs]).mean())


def _roc_area(tested: Predictions) -> float | None:
    roc = verdicts.roc_curve(tested)
    return roc.area if roc else None
