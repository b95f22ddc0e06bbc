"""How good a run is on each of its classes: the confusion matrix and the figures that follow from it.

Called by the pages "Look into a run" and "Compare runs". For any number of classes; the verdict on a text is
its most probable class. NumPy only; tests compare the results with scikit-learn's. A figure that is not
defined is None. verdicts.py has the figures of one class against the rest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers
from imdb_core.evaluation import verdicts
from imdb_core.evaluation.predictions import ClassPredictions, Predictions

Counts = NDArray[np.int64]
Places = NDArray[np.int64]  # positions in the test texts


@dataclass(frozen=True)
class ClassFigures:
    """One class: how many `texts` have it as their label, how many were `called` so, and `right` of these."""

    name: str
    texts: int
    called: int
    right: int

    @property
    def precision(self) -> float | None:
        """Of the texts called so, the share that is; None if none was."""
        return self.right / self.called if self.called else None

    @property
    def recall(self) -> float | None:
        """Of the texts of the class, the share called so; None if there are none."""
        return self.right / self.texts if self.texts else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall, as 2 right / (texts + called).

        0 for a class that was never called, or never rightly. None for a class without texts and without
        verdicts. Van Rijsbergen 1979, Information Retrieval, chapter 7, with equal weights.
        """
        both = self.texts + self.called
        return 2 * self.right / both if both else None


@dataclass(frozen=True)
class Errors:
    """The wrong verdicts of one kind: `texts` of the class `label` that were called `verdict` (numbers)."""

    label: int
    verdict: int
    texts: int


def confusion_matrix(tested: ClassPredictions) -> Counts:
    """int (classes, classes): how many texts of each label (row) got each verdict (column)."""
    classes = len(tested.classes)
    cells = tested.labels * classes + answers.verdicts(tested.shares)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def of_classes(tested: ClassPredictions) -> list[ClassFigures]:
    """The figures of each class, in the order of the classes."""
    matrix = confusion_matrix(tested)
    columns = (matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal())
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    return [ClassFigures(name, *row) for name, row in zip(tested.classes, numbers, strict=True)]


def macro_f1(figures: list[ClassFigures]) -> float | None:
    """The mean of the classes' F1, each class with the same weight.

    Convention: a class without texts and without verdicts is left out; a class that was never called counts
    as 0. This is the mean of Yang and Liu 1999 (SIGIR, "A re-examination of text categorization methods"),
    and scikit-learn's f1_score with average="macro".
    """
    return _mean([row.f1 for row in figures])


def balanced_accuracy(figures: list[ClassFigures]) -> float | None:
    """The mean of the classes' recalls over the classes that have texts.

    Brodersen, Ong, Stephan and Buhmann 2010, ICPR, "The balanced accuracy and its posterior distribution".
    """
    return _mean([row.recall for row in figures])


def mean_roc_area(tested: ClassPredictions) -> float | None:
    """The mean area under the ROC curves of each class against the rest, each class with the same weight.

    A class of which all or no texts are is left out. Fawcett 2006, Pattern Recognition Letters 27, section 9,
    without his weights.
    """
    curves = (verdicts.roc_curve(tested.against(label)) for label in range(len(tested.classes)))
    return _mean([curve.area if curve else None for curve in curves])


def confidence(tested: ClassPredictions) -> Predictions:
    """The share of each verdict as the probability that the verdict is right, for verdicts.calibration().

    Guo, Pleiss, Sun and Weinberger 2017, ICML, "On calibration of modern neural networks", section 2.
    """
    return Predictions(tested.shares.max(axis=1), tested.right)


def errors(tested: ClassPredictions) -> list[Errors]:
    """The kinds of wrong verdicts that occurred, the most frequent first."""
    matrix = confusion_matrix(tested)
    np.fill_diagonal(matrix, 0)
    kinds = [
        Errors(label, verdict, int(matrix[label, verdict])) for label, verdict in np.argwhere(matrix).tolist()
    ]
    return sorted(kinds, key=lambda kind: -kind.texts)  # of equally frequent kinds, in the order of classes


def has_verdict(tested: ClassPredictions, *, label: int, verdict: int) -> NDArray[np.bool_]:
    """bool (texts,): whether a text of the class `label` was called `verdict` (numbers)."""
    matches: NDArray[np.bool_] = (tested.labels == label) & (answers.verdicts(tested.shares) == verdict)
    return matches


def _mean(values: list[float | None]) -> float | None:
    """The mean of the values that are defined; None if none is."""
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
