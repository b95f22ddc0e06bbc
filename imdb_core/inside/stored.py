"""Write what shows the inside of an epoch's network beside its model, and read it back with care.

The files hold plain arrays (imdb_core/arrays.py). They may come from another person, so their size, names,
shapes and numbers are checked before use. Called by map_files, filter_phrases,
start_vectors, walk and learning.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import errors, paths
from imdb_core.arrays import packed, unpacked
from imdb_core.errors import ModelError
from imdb_core.files import own_folder, read_bounded, write_atomically
from imdb_core.runs import layout
from imdb_core.scoring.predictor import Predictor

LARGEST_FILE = 2**20  # bytes
_AGAIN = "Make it again with `python -m imdb_core inside`."
_SHORT_IDS = 2**16  # smaller vocabularies store ids in two bytes
Arrays = dict[str, npt.NDArray[Any]]


def write(folder: Path, name: str, arrays: Arrays) -> int:
    """Write the arrays as the file `name` into a run's folder; returns its bytes. Raises OSError."""
    content = packed(arrays)
    own_folder(folder / layout.EPOCH_MODELS)
    write_atomically(folder / name, content)
    return len(content)


def read(folder: Path, name: str, what: str, fault: Callable[[Arrays], str | None]) -> Arrays:
    """The arrays of the file `name`; raises ModelError, with what to do, if it is missing or damaged.

    The sentence calls the file by `what`, such as "map". `fault(arrays)` says what is wrong with the arrays,
    or returns None.
    """
    try:
        arrays = unpacked(read_bounded(folder / name, LARGEST_FILE, below=folder))
        if found := fault(arrays):
            raise ValueError(found)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The {what} {folder / name} cannot be used: {errors.reason(error)}. {_AGAIN}"
        ) from error
    return arrays


def short_ids(ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Word ids in the fewest bytes that hold all of them."""
    return ids.astype(np.uint16 if ids.max(initial=0) < _SHORT_IDS else np.int32)


def shape_fault(arrays: Arrays, expected: Mapping[str, tuple[str, Sequence[int]]]) -> str | None:
    """Which array is not as expected; `expected` maps its name to (allowed kinds of numbers, shape)."""
    for name, (kinds, shape) in expected.items():
        array = arrays.get(name)
        if array is None or array.dtype.kind not in kinds or array.shape != shape:
            return f"its array {name} is missing or has the wrong shape"
        if not np.isfinite(array).all():
            return f"its array {name} holds a number that is not finite"
    return None


def require(network: Predictor, name: str, what: str) -> None:
    """Raise ModelError, with the command that writes it, if the network's folder has no file `name`.

    The sentence calls the file by `what`, such as "map of its memory".
    """
    if not (network.folder / name).is_file():
        raise ModelError(
            f"Epoch {network.epoch} has no {what} yet: the network was trained by an earlier version of the "
            f"app. The command {command(network.folder)} makes what is missing."
        )


def command(folder: Path) -> str:
    """The command that writes missing files into `folder`, that of a run or of a pretrained network."""
    key = f"pretrained/{folder.name}" if folder.parent == paths.PRETRAINED else folder.name
    return f"python -m imdb_core inside {key}"


def of_another(what: str) -> ModelError:
    """The error for a file that belongs to other weights."""
    return ModelError(f"The {what} was made for another network, or for another epoch. {_AGAIN}")
