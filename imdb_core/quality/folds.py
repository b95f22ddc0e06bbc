"""Folds for out-of-fold predictions: each text is in one fold, and is judged by a model of the other folds.

Called by counting and by training/out_of_fold.
"""

import numpy as np
from numpy.typing import NDArray


def folds(labels: NDArray[np.integer], number: int, seed: int) -> NDArray[np.int64]:
    """The fold of each text, 0 to number - 1: (texts,). Each class is spread evenly; seeded.

    The first texts of different classes go to different folds, so that the folds have equal sizes.
    """
    random = np.random.default_rng([seed, number])
    fold, placed = np.zeros(len(labels), np.int64), 0
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        fold[members] = (placed + np.arange(len(members))) % number
        placed += len(members)
    return fold
