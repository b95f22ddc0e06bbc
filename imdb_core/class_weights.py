"""How much each review counts in the training loss. Called by training; the plain script copies balanced().

Class weights help a network with a class that is rare: without them it may learn never to choose the class.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers

Weights = tuple[NDArray[np.float32], ...]  # () or one array (reviews,): the last arguments of train_on_batch


def balanced(labels: NDArray[Any], classes: int) -> NDArray[np.float64]:
    """The weight of each class, (classes,): reviews / (classes * reviews of the class).

    As `class_weight="balanced"` in scikit-learn, after King & Zeng 2001, "Logistic Regression in Rare Events
    Data". The mean weight of all reviews is 1. Each class needs at least one review.
    """
    counts = np.bincount(labels, minlength=classes)
    weights: NDArray[np.float64] = len(labels) / (classes * counts)
    return weights


def weighting(
    kind: str, labels: NDArray[Any], classes: Sequence[str]
) -> Callable[[NDArray[np.float32]], Weights]:
    """A function from the targets of a batch to its reviews' weights.

    `kind` is a value of RunConfig.class_weights. `labels` are the labels of all training reviews.
    """
    if kind == "none":
        return lambda targets: ()
    weights = balanced(labels, len(classes)).astype(np.float32)
    return lambda targets: (weights[answers.labels(targets)],)
