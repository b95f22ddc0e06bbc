"""The only reader and writer of a run's predictions.npz. Called by evaluation, pages and the worker."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers
from imdb_core.arrays import packed, unpacked
from imdb_core.errors import ModelError
from imdb_core.evaluation.run_config import config_of
from imdb_core.files import read_bounded, write_atomically
from imdb_core.runs import layout
from imdb_core.runs.run import Run

# Bytes; the predictions of 50,000 reviews have 0.3 MB. Networks with several outputs may have more: 4 MiB for
# each output is a million shares.
LARGEST_FILE, LARGEST_OF_OUTPUT = 16 * 2**20, 4 * 2**20


@dataclass(frozen=True)
class Predictions:
    """The kept epoch's output for one class against the rest; of two classes, for the second.

    `probabilities` float64 (reviews,) of the class; `positive` bool (reviews,), true for its reviews.
    """

    probabilities: NDArray[np.float64]
    positive: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.positive)

    def right(self, threshold: float = 0.5) -> NDArray[np.bool_]:
        """bool (reviews,): whether the verdict "positive above the probability `threshold`" is right."""
        right: NDArray[np.bool_] = (self.probabilities > threshold) == self.positive
        return right


@dataclass(frozen=True)
class ClassPredictions:
    """The kept epoch's output for all classes.

    `shares` float64 (reviews, classes), each row adds up to 1; `labels` int64 (reviews,), from 0 on.
    """

    shares: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def right(self) -> NDArray[np.bool_]:
        """bool (reviews,): whether the most probable class is the label."""
        right: NDArray[np.bool_] = answers.verdicts(self.shares) == self.labels
        return right

    @property
    def share_of_label(self) -> NDArray[np.float64]:
        """float64 (reviews,): the share that each review's label got."""
        shares: NDArray[np.float64] = self.shares[np.arange(len(self)), self.labels]
        return shares

    def against(self, label: int) -> Predictions:
        """The class with this number against all other classes."""
        return Predictions(self.shares[:, label], self.labels == label)


def has_predictions(run: Run) -> bool:
    """Whether the run was tested. Only looks for the file, so a list may ask this for every run."""
    return bool(run.config) and not run.damaged and os.path.isfile(run.folder / layout.PREDICTIONS)


def write(
    folder: Path,
    test: tuple[NDArray[Any], NDArray[Any]],
    validation: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
) -> None:
    """Write the file into a run's folder. Raises OSError.

    `test` is (shares (texts, classes), labels (texts,)); `validation` the same, and the places of its texts
    among the training texts of the corpus.
    """
    arrays = {
        "test": answers.stored(test[0]),
        "test_labels": test[1],
        "validation": answers.stored(validation[0]),
        "validation_labels": validation[1],
        "validation_indices": validation[2],
    }
    write_atomically(folder / layout.PREDICTIONS, packed(arrays))


def read_classes(run: Run, part: str = "test") -> ClassPredictions:
    """The run's predictions on the "test" or "validation" reviews.

    Raises ModelError if predictions.npz is missing or damaged.
    """
    classes = config_of(run).classes
    try:
        largest = max(LARGEST_FILE, LARGEST_OF_OUTPUT * answers.outputs(classes))
        saved = unpacked(read_bounded(run.folder / layout.PREDICTIONS, largest, below=run.folder))
        stored, labels = saved[part], saved[f"{part}_labels"]
        if fault := _fault(stored, labels, classes):
            raise ValueError(fault)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error)[:200] or type(error).__name__
        raise ModelError(
            f"{run.name} has no usable predictions ({reason}); only finished runs have them. Restore "
            f"{layout.PREDICTIONS} or train the run again."
        ) from error
    return ClassPredictions(answers.restored(stored.astype(np.float64)), labels.astype(np.int64), classes)


def _fault(stored: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]) -> str | None:
    """Why the two arrays cannot be predictions, or None if they can."""
    shape = labels.shape if answers.is_binary(classes) else (*labels.shape, len(classes))
    if labels.ndim != 1 or stored.shape != shape or not len(labels):
        return f"{stored.shape} probabilities and {labels.shape} labels do not belong together"
    if stored.dtype.kind != "f" or not np.all((stored >= 0) & (stored <= 1)):
        return "a probability is not a number between 0 and 1"
    if labels.dtype.kind not in "uib" or not np.isin(labels, range(len(classes))).all():
        return f"a label is not a whole number from 0 to {len(classes) - 1}"
    return None
