"""Checkpoints and weights on the disk: plain arrays by name, never code. A checkpoint is complete or does not
exist.

Called by course, the recorder and the export.
"""

import hashlib
import json
import os
from collections import Counter
from pathlib import Path

import numpy as np

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
from imdb_core.training.fit import Progress

LARGEST_FILE = 4 * 2**30  # bytes; config.MEMORY_LIMIT_BYTES allows no larger network


def weights(model) -> dict[str, np.ndarray]:
    """All weights by "position-layer/name"; the same names for the same config, whatever else the process has
    built.
    """
    return {name: np.asarray(variable) for name, variable in _named(model).items()}


def load_weights(model, arrays: dict[str, np.ndarray]) -> None:
    """Set the model's weights by name and shape; raises ModelError if they do not belong to it."""
    variables = _named(model)
    if {name: array.shape for name, array in arrays.items()} != {
        name: tuple(v.shape) for name, v in variables.items()
    }:
        raise ModelError(
            f"The weights do not fit the network in {layout.CONFIG}; the run's files do not belong together."
        )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def save(folder: Path, model, row: dict, progress: Progress) -> None:
    """Write checkpoints/epoch-N with everything a resume needs, then remove all but the last and the best.
    Raises OSError.
    """
    write(folder, _parts(model), row, progress)


def write(folder: Path, parts: dict[str, dict[str, np.ndarray]], row: dict, progress: Progress) -> None:
    """save() for arrays by file name, without a model."""
    target, building = folder / f"epoch-{progress.epoch:03d}", folder / f".epoch-{progress.epoch:03d}.tmp"
    own_folder(folder)  # never the run's own folder: if that is missing, the run was deleted
    remove_own(building, ownership.IN_CHECKPOINT)
    building.mkdir()
    try:
        hashes = {name: _save_arrays(building / name, arrays) for name, arrays in parts.items()}
        manifest = {"format": 1, "sha256": hashes, "row": row, "progress": progress.as_dict()}
        manifest["run"] = provenance.folder_identity(folder.parent)
        write_json(building / layout.MANIFEST, {**manifest, "checksum": checksum(manifest)})
        _drop(target)
        _put(building, target)
    except OSError:
        remove_own(building, ownership.IN_CHECKPOINT)
        raise
    sync_folder(folder)
    kept = (f"epoch-{progress.epoch:03d}", f"epoch-{progress.best_epoch:03d}")
    for name in names(folder, f"{ownership.CHECKPOINT}|{ownership.UNFINISHED_CHECKPOINT}"):
        if name not in kept:
            _drop(folder / name)


def manifests(folder: Path) -> list[dict]:
    """The manifests of all complete checkpoints, oldest first; raises ModelError for a damaged one."""
    complete = [
        folder / name
        for name in names(folder, ownership.CHECKPOINT)
        if (folder / name / layout.MANIFEST).exists()
    ]
    return [_manifest(checkpoint) for checkpoint in complete]


def read(folder: Path, epoch: int) -> dict[str, dict[str, np.ndarray]]:
    """All arrays of the checkpoint of `epoch`, by file name; raises ModelError if one is missing or damaged."""
    return {
        name: _checked_arrays(folder / layout.epoch_folder(epoch), name)
        for name in (layout.WEIGHTS, layout.STATE)
    }


def restore(folder: Path, model, epoch: int) -> None:
    """Set weights, optimizer and random state as they were when `epoch` ended; raises ModelError."""
    arrays = read(folder, epoch)
    load_weights(model, arrays[layout.WEIGHTS])
    variables = _state(model)
    for name, variable in variables.items():
        variable.assign(arrays[layout.STATE][name])


def restore_weights(folder: Path, model, epoch: int) -> None:
    """Set only the weights of `epoch`; raises ModelError."""
    load_weights(model, _checked_arrays(folder / layout.epoch_folder(epoch), layout.WEIGHTS))


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """The arrays in the bytes of an .npz file; raises ModelError for anything else."""
    try:
        return unpacked(content)
    except ValueError as error:
        raise ModelError(f"These are no weights of this app: {error}. Train the run again.") from error


def _parts(model):
    state = {name: np.asarray(variable) for name, variable in _state(model).items()}
    return {layout.WEIGHTS: weights(model), layout.STATE: state}


def _put(building: Path, target: Path) -> None:
    """Rename `building` to `target`. If a foreign file keeps `target` in place, move the files into it, the
    manifest last.
    """
    if not target.is_dir() or target.is_symlink():
        move_folder(building, target)
        return
    for name in sorted(os.listdir(building), key=lambda name: name == layout.MANIFEST):
        replace_file(building / name, target / name)
    building.rmdir()
    sync_folder(target)


def _drop(folder: Path) -> None:
    """Remove a checkpoint. It is renamed first, so that a kill in between leaves no checkpoint with missing
    files.

    If it holds a file that this app did not create, that file and the folder stay; then the manifest is
    removed first.
    """
    nameless = folder if folder.name.startswith(".") else folder.with_name(f".{folder.name}.old")
    if nameless != folder and folder.is_dir() and not folder.is_symlink():
        if foreign(folder, ownership.IN_CHECKPOINT) or os.path.lexists(nameless):
            nameless = folder
            (folder / layout.MANIFEST).unlink(missing_ok=True)
        else:
            move_folder(folder, nameless)
    remove_own(nameless, ownership.IN_CHECKPOINT)


def _named(model):
    """name -> variable; a layer that holds several of one name (two directions) numbers the further ones."""
    found, times = {}, Counter()
    for position, layer in enumerate(model.layers):
        for variable in layer.weights:
            name = f"{position}-{type(layer).__name__}/{variable.name}"
            times[name] += 1
            found[name if times[name] == 1 else f"{name}-{times[name]}"] = variable
    return found


def _state(model):
    """The optimizer's variables and the dropout layers' random state, by their order."""
    model.optimizer.build(model.trainable_variables)
    seeds = [variable for variable in model.non_trainable_variables if "seed_generator" in variable.path]
    return {
        f"{kind}-{i:03d}": v
        for kind, vs in (("optimizer", model.optimizer.variables), ("seed", seeds))
        for i, v in enumerate(vs)
    }


def _save_arrays(path, arrays) -> str:
    content = packed(arrays)
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def _checked_arrays(folder, name):
    """The arrays of one file; raises ModelError if its checksum is wrong. The file is read only once."""
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


def _manifest(folder):
    """A checkpoint's manifest; raises ModelError. Manifests of older versions have no checksum and no run."""
    try:
        manifest = json.loads(read_bounded(folder / layout.MANIFEST, 2**20))
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
            f"The checkpoint {folder.name} belongs to another run. Put the run's own checkpoint back, or train a new run."
        )
    return manifest
