"""Weights on the disk: plain arrays by name, never code. A checkpoint is there completely or not at all.

Called by the worker and by export.
"""

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np

from imdb_core.errors import ModelError
from imdb_core.files import sync_folder, write_atomically, write_json
from imdb_core.training.fit import Progress


def weights(model) -> dict[str, np.ndarray]:
    """All weights by "position-layer/name"; the same names for the same config, whatever else the process has built."""
    return {name: np.asarray(variable) for name, variable in _named(model).items()}


def load_weights(model, arrays: dict[str, np.ndarray]) -> None:
    """Set the model's weights by name and shape; raises ModelError if they do not belong to it."""
    variables = _named(model)
    if {name: array.shape for name, array in arrays.items()} != {name: tuple(v.shape) for name, v in variables.items()}:
        raise ModelError("The weights do not fit the network in config.json; the run's files do not belong together.")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def save(folder: Path, model, row: dict, progress: Progress) -> None:
    """Write checkpoints/epoch-N with everything a resume needs, then drop those that are neither the last nor the best."""
    target, building = folder / f"epoch-{progress.epoch:03d}", folder / f".epoch-{progress.epoch:03d}.tmp"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        hashes = {name: _save_arrays(building / name, arrays) for name, arrays in _parts(model).items()}
        write_json(building / "manifest.json", {"format": 1, "sha256": hashes, "row": row, "progress": progress.as_dict()})
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        raise
    sync_folder(folder)
    for old in folder.iterdir():
        if old.name not in (f"epoch-{progress.epoch:03d}", f"epoch-{progress.best_epoch:03d}"):
            shutil.rmtree(old, ignore_errors=True)


def manifests(folder: Path) -> list[dict]:
    """The manifests of all complete checkpoints, oldest first."""
    found = sorted(folder.glob("epoch-*/manifest.json")) if folder.is_dir() else []
    return [json.loads(path.read_text("utf-8")) for path in found]


def restore(folder: Path, model, epoch: int) -> None:
    """Set weights, optimizer and random state as they were when `epoch` ended; raises ModelError."""
    arrays = {name: _checked_arrays(folder / f"epoch-{epoch:03d}", name) for name in ("weights.npz", "state.npz")}
    load_weights(model, arrays["weights.npz"])
    variables = _state(model)
    for name, variable in variables.items():
        variable.assign(arrays["state.npz"][name])


def restore_weights(folder: Path, model, epoch: int) -> None:
    """Set only the weights of `epoch`; raises ModelError."""
    load_weights(model, _checked_arrays(folder / f"epoch-{epoch:03d}", "weights.npz"))


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """The arrays in the bytes of an .npz file; pickled ones are refused."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """The arrays as the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _parts(model):
    state = {name: np.asarray(variable) for name, variable in _state(model).items()}
    return {"weights.npz": weights(model), "state.npz": state}


def _named(model):
    return {
        f"{position}-{type(layer).__name__}/{variable.name}": variable
        for position, layer in enumerate(model.layers)
        for variable in layer.weights
    }


def _state(model):
    """The optimizer's variables and the dropout layers' random state, by their order."""
    model.optimizer.build(model.trainable_variables)
    seeds = [variable for variable in model.non_trainable_variables if "seed_generator" in variable.path]
    return {
        f"{kind}-{i:03d}": v for kind, vs in (("optimizer", model.optimizer.variables), ("seed", seeds)) for i, v in enumerate(vs)
    }


def _save_arrays(path, arrays) -> str:
    content = packed(arrays)
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def _checked_arrays(folder, name):
    """The arrays of one file, from the very bytes whose checksum was compared."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        content = (folder / name).read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"The checkpoint {folder.name} cannot be read: {error}. Train the run again.") from error
    if hashlib.sha256(content).hexdigest() != manifest["sha256"][name]:
        raise ModelError(f"{folder.name}/{name} is damaged (its checksum differs). Train the run again.")
    return read_arrays(content)
