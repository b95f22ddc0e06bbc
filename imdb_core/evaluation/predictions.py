"""The only reader of a run's predictions.npz. Called by all of evaluation and by pages; needs no model."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.arrays import unpacked
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded
from imdb_core.runs import layout
from imdb_core.runs.run import Run

LARGEST_FILE = 16 * 2**20  # bytes; the predictions of 50,000 reviews have 0.3 MB


@dataclass(frozen=True)
class Predictions:
    """The kept epoch's output for reviews.

    `probabilities` float64 (reviews,) of "positive"; `positive` bool (reviews,), true for a positive label.
    """

    probabilities: NDArray[np.float64]
    positive: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.positive)

    def right(self, threshold: float = 0.5) -> NDArray[np.bool_]:
        """bool (reviews,): whether the verdict "positive above the probability `threshold`" is right."""
        right: NDArray[np.bool_] = (self.probabilities > threshold) == self.positive
        return right


def has_predictions(run: Run) -> bool:
    """Whether the run was tested. Only looks for the file, so a list may ask this for every run."""
    return bool(run.config) and not run.damaged and os.path.isfile(run.folder / layout.PREDICTIONS)


def read(run: Run, part: str = "test") -> Predictions:
    """The run's predictions on the "test" or "validation" reviews.

    Raises ModelError if predictions.npz is missing or damaged.
    """
    try:
        saved = unpacked(read_bounded(run.folder / layout.PREDICTIONS, LARGEST_FILE, below=run.folder))
        probabilities, labels = saved[part], saved[f"{part}_labels"]
        if fault := _fault(probabilities, labels):
            raise ValueError(fault)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error)[:200] or type(error).__name__
        raise ModelError(
            f"{run.name} has no usable predictions ({reason}); only finished runs have them. Restore "
            f"{layout.PREDICTIONS} or train the run again."
        ) from error
    return Predictions(probabilities.astype(np.float64), labels == 1)


def read_or_none(run: Run, part: str) -> Predictions | None:
    """As read(), but None if the run has no usable predictions yet."""
    try:
        return read(run, part)
    except ModelError:
        return None


def _fault(probabilities: NDArray[Any], labels: NDArray[Any]) -> str | None:
    """Why the two arrays cannot be predictions, or None if they can."""
    if probabilities.ndim != 1 or probabilities.shape != labels.shape or not len(labels):
        return f"{probabilities.shape} probabilities and {labels.shape} labels do not belong together"
    if probabilities.dtype.kind != "f" or not np.all((probabilities >= 0) & (probabilities <= 1)):
        return "a probability is not a number between 0 and 1"
    if labels.dtype.kind not in "uib" or not np.isin(labels, (0, 1)).all():
        return "a label is neither 0 nor 1"
    return None
