"""Confident learning: which labels do out-of-fold predictions contradict most surely? Called by labels.

Northcutt, Jiang, Chuang: "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70 (2021).
The method needs the shares that a model gives to the classes of a text from which it has not learned.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.floating]  # (texts, classes); each row adds up to 1
Labels = NDArray[np.integer]  # (texts,); 0 to classes - 1
ROUNDING = 1e-6  # a share that is below a threshold by rounding alone reaches it


@dataclass(frozen=True)
class Contradictions:
    """The contradicted labels, the surest contradiction first; all arrays are (contradictions,).

    `margins` are share of the suggested class minus share of the given label, above 0 and at most 1.
    """

    indices: NDArray[np.int64]
    suggested: NDArray[np.int64]
    margins: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.indices)


def thresholds(shares: Shares, labels: Labels) -> NDArray[np.float64]:
    """For each class, the mean share that the texts with this label give to it: (classes,).

    A class without texts has the threshold infinity, so no text can be confidently of this class.
    """
    counts = np.bincount(labels, minlength=shares.shape[1])
    own = np.bincount(labels, _of(shares, labels), minlength=shares.shape[1])
    return np.where(counts > 0, own / np.maximum(counts, 1), np.inf)


def confident_classes(shares: Shares, labels: Labels) -> NDArray[np.int64]:
    """For each text the class that it confidently belongs to, -1 for none: (texts,).

    Of the classes whose share reaches the class's threshold, the class with the largest share.
    """
    confident = np.where(shares >= thresholds(shares, labels) - ROUNDING, shares, -1.0)
    return np.where(confident.max(axis=1) >= 0, confident.argmax(axis=1), -1)


def confident_joint(shares: Shares, labels: Labels) -> NDArray[np.int64]:
    """Counts of texts by given label (row) and confident class (column): (classes, classes)."""
    classes, believed = shares.shape[1], confident_classes(shares, labels)
    cells = labels[believed >= 0].astype(np.int64) * classes + believed[believed >= 0]
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def wrong_labels(shares: Shares, labels: Labels) -> float:
    """The estimated number of wrong labels: the calibrated joint's mass beside its diagonal, in texts."""
    joint = confident_joint(shares, labels).astype(np.float64)
    counts, confident = np.bincount(labels, minlength=len(joint)), joint.sum(axis=1)
    wrong = confident - joint.diagonal()
    return float(np.sum(counts * wrong / np.maximum(confident, 1)))


def contradictions(shares: Shares, labels: Labels) -> Contradictions:
    """The texts beside the diagonal of the confident joint, ranked by their normalised margin.

    A text that gives its own label a larger share is left out, although that share may miss its threshold.
    """
    believed = confident_classes(shares, labels)
    indices = np.flatnonzero((believed >= 0) & (believed != labels))
    margins = _of(shares[indices], believed[indices]) - _of(shares[indices], labels[indices])
    indices, margins = indices[margins > 0], margins[margins > 0]
    order = np.argsort(-margins, kind="stable")
    return Contradictions(indices[order], believed[indices][order], margins[order])


def _of(shares: Shares, classes: NDArray[np.integer]) -> NDArray[np.float64]:
    """The share of one class for each text: (texts,)."""
    return np.take_along_axis(shares, classes[:, None].astype(np.int64), axis=1)[:, 0].astype(np.float64)
