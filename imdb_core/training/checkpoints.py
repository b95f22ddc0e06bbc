"""Checkpoints and weights on the disk: plain arrays by name, never code. Called by course and export.

A checkpoint folder gets its name only when it is complete.
"""

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core.arrays import packed, unpacked
from imdb_core.errors import ModelError
from imdb_core.files import (
    checksum,
    foreign,
    names,
    own_folder,
    read_bounded,
    remove_own,
    write_atomically,
    write_json,
)
from imdb_core.operating_system.file_access import move_folder, replace_file, sync_folder
from imdb_core.runs import layout, ownership, provenance
from imdb_core.training.fit import FitState, Row

LARGEST_FILE = 4 * 2**30  # bytes; config.MEMORY_LIMIT_BYTES allows no larger network

Arrays = dict[str, npt.NDArray[Any]]  # by name


def weights(model: Any) -> Arrays:
    """All weights by "position-layer/name". The same config always gives the same names."""
    return {name: np.asarray(variable) for name, variable in variables(model).items()}


def variables(model: Any) -> dict[str, Any]:
    """name -> variable. If a layer has several variables of one name, the second is name-2, and so on."""
    named: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for position, layer in enumerate(model.layers):
        for variable in layer.weights:
            name = f"{position}-{type(layer).__name__}/{variable.name}"
            times[name] += 1
            named[name if times[name] == 1 else f"{name}-{times[name]}"] = variable
    return named


def load_weights(model: Any, arrays: Arrays) -> None:
    """Set the model's weights; raises ModelError unless all names and shapes match."""
    targets = variables(model)
    expected = {name: tuple(variable.shape) for name, variable in targets.items()}
    if {name: array.shape for name, array in arrays.items()} != expected:
        raise ModelError(
            f"The weights do not fit the network in {layout.CONFIG}; the run's files do not belong together."
        )
    for name, variable in targets.items():
        variable.assign(arrays[name])


def save(folder: Path, model: Any, row: Row, progress: FitState) -> None:
    """Write checkpoints/epoch-N with all that a resume needs; keep only the last and the best checkpoint.

    `folder` is the run's checkpoints/, `row` the row of the epoch. Raises OSError.
    """
    write(folder, _parts(model), row, progress)


def write(folder: Path, parts: dict[str, Arrays], row: Row, progress: FitState) -> None:
    """As save(), with `parts` (arrays by file name) instead of a model."""
    name = layout.epoch_folder(progress.epoch)
    target, building = folder / name, folder / f".{name}.tmp"
    own_folder(folder)  # raises OSError if the run's folder is missing: the run was deleted
    remove_own(building, ownership.IN_CHECKPOINT)
    building.mkdir()
    try:
        hashes = {file: _save_arrays(building / file, arrays) for file, arrays in parts.items()}
        manifest = {
            "format": 1,
            "sha256": hashes,
            "row": row,
            "progress": progress.as_dict(),
            "run": provenance.folder_identity(folder.parent),
        }
        write_json(building / layout.MANIFEST, {**manifest, "checksum": checksum(manifest)})
        _remove(target)
        _rename(building, target)
    except OSError:
        remove_own(building, ownership.IN_CHECKPOINT)
        raise
    sync_folder(folder)
    last_and_best = layout.epoch_folder(progress.epoch), layout.epoch_folder(progress.best_epoch)
    for name in names(folder, f"{ownership.CHECKPOINT}|{ownership.UNFINISHED_CHECKPOINT}"):
        if name not in last_and_best:
            _remove(folder / name)


def manifests(folder: Path) -> list[dict[str, Any]]:
    """The manifests of all complete checkpoints, oldest first; raises ModelError for a damaged one."""
    complete = [
        folder / name
        for name in names(folder, ownership.CHECKPOINT)
        if (folder / name / layout.MANIFEST).exists()
    ]
    return [_manifest(checkpoint) for checkpoint in complete]


def read(folder: Path, epoch: int) -> dict[str, Arrays]:
    """All arrays of the checkpoint of `epoch`, by file name; raises ModelError if a file is damaged."""
    return {
        name: _checked_arrays(folder / layout.epoch_folder(epoch), name)
        for name in (layout.WEIGHTS, layout.STATE)
    }


def restore(folder: Path, model: Any, epoch: int) -> None:
    """Set weights, optimizer and random state as they were when `epoch` ended; raises ModelError."""
    arrays = read(folder, epoch)
    load_weights(model, arrays[layout.WEIGHTS])
    for name, variable in _state(model).items():
        variable.assign(arrays[layout.STATE][name])


def restore_weights(folder: Path, model: Any, epoch: int) -> None:
    """Set only the weights of `epoch`; raises ModelError."""
    load_weights(model, _checked_arrays(folder / layout.epoch_folder(epoch), layout.WEIGHTS))


def read_arrays(content: bytes) -> Arrays:
    """The arrays in the bytes of an .npz file; raises ModelError for anything else."""
    try:
        return unpacked(content)
    except ValueError as error:
        raise ModelError(f"These are no weights of this app: {error}. Train the run again.") from error


def _parts(model: Any) -> dict[str, Arrays]:
    state = {name: np.asarray(variable) for name, variable in _state(model).items()}
    return {layout.WEIGHTS: weights(model), layout.STATE: state}


def _rename(building: Path, target: Path) -> None:
    """Rename `building` to `target`. If `target` still holds a foreign file, move the files into it instead.

    The manifest moves last, because it makes the checkpoint complete.
    """
    if not target.is_dir() or target.is_symlink():
        move_folder(building, target)
        return
    for name in sorted(os.listdir(building), key=lambda name: name == layout.MANIFEST):
        replace_file(building / name, target / name)
    building.rmdir()
    sync_folder(target)


def _remove(folder: Path) -> None:
    """Remove a checkpoint. It is renamed first: a worker that is killed leaves no incomplete checkpoint.

    A file that this app did not create stays, and so does the folder. Then the manifest is removed first.
    """
    hidden = folder if folder.name.startswith(".") else folder.with_name(f".{folder.name}.old")
    if hidden != folder and folder.is_dir() and not folder.is_symlink():
        if foreign(folder, ownership.IN_CHECKPOINT) or os.path.lexists(hidden):
            hidden = folder
            (folder / layout.MANIFEST).unlink(missing_ok=True)
        else:
            move_folder(folder, hidden)
    remove_own(hidden, ownership.IN_CHECKPOINT)


@contextlib.contextmanager
def random_state_kept(model: Any) -> Iterator[None]:
    """Give the dropout layers their random state back at the end.

    Recurrent dropout draws its masks also when the model only answers. An answer between a checkpoint and the
    next epoch would give that epoch other masks than it has in a run that is resumed from the checkpoint.
    """
    kept = [(variable, np.array(variable)) for variable in _random_state(model)]
    try:
        yield
    finally:
        for variable, value in kept:
            variable.assign(value)


def _random_state(model: Any) -> list[Any]:
    """The random state of the dropout layers."""
    return [variable for variable in model.non_trainable_variables if "seed_generator" in variable.path]


def _state(model: Any) -> dict[str, Any]:
    """The optimizer's variables and the random state of the dropout layers, named by their order."""
    model.optimizer.build(model.trainable_variables)
    return {
        f"{kind}-{number:03d}": variable
        for kind, variables in (("optimizer", model.optimizer.variables), ("seed", _random_state(model)))
        for number, variable in enumerate(variables)
    }


def _save_arrays(path: Path, arrays: Arrays) -> str:
    """Write an .npz file; returns its sha256 (hex)."""
    content = packed(arrays)
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def _checked_arrays(folder: Path, name: str) -> Arrays:
    """The arrays of one file of a checkpoint; raises ModelError if its checksum is wrong."""
    manifest = _manifest(folder)
    try:
        content = read_bounded(folder / name, LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The checkpoint {folder.name} cannot be read: {error}. Train the run again."
        ) from error
    if hashlib.sha256(content).hexdigest() != manifest["sha256"].get(name):
        raise ModelError(f"{folder.name}/{name} is damaged (its checksum differs). Train the run again.")
    return read_arrays(content)


def _manifest(folder: Path) -> dict[str, Any]:
    """A checkpoint's manifest; raises ModelError. Manifests of older versions have no checksum and no run."""
    try:
        manifest: dict[str, Any] = json.loads(read_bounded(folder / layout.MANIFEST, 2**20))
        claimed = manifest.pop("checksum", None)
        hashes, _, _ = manifest["sha256"].items(), manifest["row"]["epoch"], manifest["progress"]["epoch"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"The checkpoint {folder.name} cannot be read: {error}. Train the run again."
        ) from error
    if claimed not in (None, checksum(manifest)) or not hashes:
        raise ModelError(
            f"{folder.name}/{layout.MANIFEST} is damaged (its checksum differs). Train the run again."
        )
    if manifest.get("run") not in (None, own := provenance.folder_identity(folder.parent.parent)) and own:
        raise ModelError(
            f"The checkpoint {folder.name} belongs to another run. Put the run's own checkpoint back, or "
            "train a new run."
        )
    return manifest
