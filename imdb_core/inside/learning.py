"""What an epoch has learned, in numbers: sizes of weights and gradients, and the spread of the answers.

The worker measures them after each epoch (imdb_core/training/sizes.py) and writes them beside the epoch's
model. A preset's file has 1,200 to 3,000 bytes. It may come from another person, so it is checked when it is
read. Called by the worker and by the panels of "Watch a run".
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from imdb_core import errors
from imdb_core.answers import MOST_CLASSES
from imdb_core.errors import ModelError
from imdb_core.files import own_folder, read_bounded, write_atomically
from imdb_core.inside import stored
from imdb_core.runs import layout

BINS = 20  # of the probabilities, each 0.05 wide
FARTHEST = 100  # words before the end of a text, to which gradients are measured
LARGEST_FILE = 2**17  # bytes
MOST_LAYERS = 200
DIGITS = 5  # of a size in the file

Size = Annotated[float, Field(ge=0, allow_inf_nan=False)] | None  # None: not measured, or not finite
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Layer(BaseModel):
    """One array of weights, for instance the recurrent kernel of an LSTM.

    `weights` and `gradients` are root mean squares: the size of a typical number of the array.
    """

    model_config = ConfigDict(frozen=True, strict=True)
    layer: Name
    array: Name
    numbers: Annotated[int, Field(ge=1, le=2**53)]
    weights: Size
    gradients: Size


class Learning(BaseModel):
    """The numbers of one epoch.

    `texts` validation texts gave the gradients of the loss. `by_distance`: the length (Euclidean) of the
    gradient of a text's loss for the vector of its last word, of the word before it, and so on. It is the
    median of the texts: a mean would show only the few that explode. Empty without word vectors.
    `probabilities`: for each true label, how many validation texts have a probability in each of BINS bins.
    With two classes it is the probability of the second class, with more classes that of the true class.
    """

    model_config = ConfigDict(frozen=True, strict=True)
    texts: Annotated[int, Field(ge=0, le=10_000)]
    layers: Annotated[list[Layer], Field(max_length=MOST_LAYERS)]
    by_distance: Annotated[list[Size], Field(max_length=FARTHEST)]
    probabilities: Annotated[
        list[Annotated[list[Annotated[int, Field(ge=0, le=2**53)]], Field(min_length=BINS, max_length=BINS)]],
        Field(min_length=2, max_length=MOST_CLASSES),
    ]

    @property
    def relative(self) -> list[float | None]:
        """`by_distance` in shares of the gradient at the last word; empty if that is zero or not measured."""
        first = self.by_distance[0] if self.by_distance else None
        return [None if each is None else each / first for each in self.by_distance] if first else []


def histogram(shares: npt.NDArray[Any], labels: npt.NDArray[Any]) -> list[list[int]]:
    """Learning.probabilities from shares (texts, classes) and labels (texts,); 1.0 is in the last bin."""
    classes = shares.shape[1]
    told = shares[:, 1] if classes == 2 else shares[np.arange(len(labels)), labels]
    bins = np.clip((told.astype(np.float64) * BINS).astype(np.int64), 0, BINS - 1)
    counts = np.zeros((classes, BINS), np.int64)
    np.add.at(counts, (labels.astype(np.int64), bins), 1)
    table: list[list[int]] = counts.tolist()
    return table


def root_mean_square(array: npt.NDArray[Any]) -> float | None:
    """The root of the mean of the squares of all numbers; None if it is not finite."""
    return finite(float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))))


def finite(number: float) -> float | None:
    """`number` with DIGITS significant digits; None for infinity and NaN, which JSON cannot hold."""
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None


def write(folder: Path, epoch: int, learning: Learning) -> int:
    """Write the numbers of an epoch into a run's folder; returns the bytes of the file. Raises OSError."""
    document = {"format": 1, **learning.model_dump()}
    content = json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
    own_folder(folder / layout.EPOCH_MODELS)
    write_atomically(folder / layout.learning(epoch), content)
    return len(content)


def exists(folder: Path, epoch: int) -> bool:
    """Whether the epoch has its numbers; the file may be damaged."""
    return (folder / layout.learning(epoch)).is_file()


def read(folder: Path, epoch: int, classes: Sequence[str]) -> Learning:
    """The numbers of an epoch; raises ModelError, with what to do, if they are missing or damaged."""
    name = layout.learning(epoch)
    try:
        content = read_bounded(folder / name, LARGEST_FILE, below=folder)
        learning = Learning.model_validate_json(content)
        if len(learning.probabilities) != len(classes):
            raise ValueError(f"it is about {len(learning.probabilities)} classes, not {len(classes)}")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise _unusable(folder / name, f"{place}: {first['msg']}"[:200]) from error
    except (OSError, ValueError) as error:
        raise _unusable(folder / name, errors.reason(error)) from error
    return learning


def of_epoch(folder: Path, epoch: int, classes: Sequence[str]) -> Learning:
    """As read(); if the epoch has no numbers, the ModelError says how to get them."""
    if not exists(folder, epoch):
        sentence = (
            f"Epoch {epoch} has no measured sizes: it was trained by an earlier version of the app, or "
            "without TensorFlow. Train the run again to get them."
        )
        if (folder / layout.WEIGHTS).is_file():
            sentence += f" With TensorFlow, {stored.command(folder)} measures the kept epoch."
        raise ModelError(sentence)
    return read(folder, epoch, classes)


def _unusable(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path} cannot be used: {reason}. Train the run again.")
