"""The only reader of a run's predictions.npz. Called by comparisons, verdicts and hard_reviews; needs no
model.
"""

import os
from dataclasses import dataclass

import numpy as np

from imdb_core.arrays import unpacked
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded
from imdb_core.runs import layout
from imdb_core.runs.store import Run

LARGEST_FILE = 16 * 2**20  # bytes; of 50,000 reviews they have 0.3 MB


@dataclass(frozen=True)
class Predictions:
    """What the best epoch said of reviews: `probabilities` float64 of "positive", `positive` bool, both
    (reviews,).
    """

    probabilities: np.ndarray
    positive: np.ndarray

    def __len__(self):
        return len(self.positive)

    def right(self, threshold: float = 0.5) -> np.ndarray:
        """bool (reviews,): whether the verdict "positive if the probability is above `threshold`" is the
        label.
        """
        return (self.probabilities > threshold) == self.positive


def there(run: Run) -> bool:
    """Whether the run was tested and can be read: only looks for the file, so it may be asked of every run in
    a list.
    """
    return bool(run.config) and not run.damaged and os.path.isfile(run.folder / layout.PREDICTIONS)


def read(run: Run, part: str = "test") -> Predictions:
    """The run's predictions on the "test" or "validation" reviews. Raises ModelError if predictions.npz is
    missing or damaged.
    """
    try:
        saved = unpacked(read_bounded(run.folder / layout.PREDICTIONS, LARGEST_FILE, below=run.folder))
        probabilities, labels = saved[part], saved[f"{part}_labels"]
        if fault := _fault(probabilities, labels):
            raise ValueError(fault)
    except (OSError, ValueError, KeyError) as error:
        said = str(error)[:200] or type(error).__name__
        raise ModelError(
            f"{run.name} has no usable predictions ({said}); only finished runs have them. Restore {layout.PREDICTIONS} or train the run again."
        ) from error
    return Predictions(probabilities.astype(np.float64), labels == 1)


def _fault(probabilities, labels):
    """What speaks against the two arrays, or None."""
    if probabilities.ndim != 1 or probabilities.shape != labels.shape or not len(labels):
        return f"{probabilities.shape} probabilities and {labels.shape} labels do not belong together"
    if probabilities.dtype.kind != "f" or not (np.min(probabilities) >= 0 and np.max(probabilities) <= 1):
        return "a probability is not a number between 0 and 1"
    return (
        None if labels.dtype.kind in "uib" and np.isin(labels, (0, 1)).all() else "a label is neither 0 nor 1"
    )
