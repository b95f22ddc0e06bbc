"""Copy a finished run to a folder in the form of pretrained/. Called by the command `publish`.

The target must be new, empty, or written by write() before. The copy is built beside the target and moved
into place when it is complete. If anything fails, the target is unchanged.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imdb_core import config as configs
from imdb_core import paths, temporary
from imdb_core.errors import ModelError, RunError
from imdb_core.files import open_regular, read_bounded, write_atomically, write_json
from imdb_core.operating_system.file_access import move_folder, sync_folder
from imdb_core.runs import layout, store
from imdb_core.scoring import model_files

FILES = (layout.CONFIG, layout.EVENTS, layout.METRICS, layout.VOCABULARY, layout.MODEL, layout.PREDICTIONS)
NAMES = {*FILES, layout.WEIGHTS, layout.ROBUSTNESS, layout.MODEL_FACTS, layout.COMMAND}
LARGEST_FILE, LARGEST_COMMAND = 2 * 2**30, 2**16  # bytes
_ADVICE = "Name a new or empty folder, or one that publish wrote before."


def write(run: store.Run, folder: Path, *, best_only: bool = False) -> None:
    """Copy the run's files to the absolute path `folder`; `best_only` leaves out weights and other epochs.

    Raises RunError if the run is not finished, incomplete or damaged, or if the folder may not be replaced;
    OSError if the disk refuses.
    """
    if run.state != "finished" or run.config is None:
        raise RunError(f"Run {run.id} is {run.state}; only a finished run can be published.")
    _require_replaceable(folder, run)
    model = _model(run)
    if best_only:
        model["epochs"] = {}
    names = [*FILES, *([] if best_only else [layout.WEIGHTS])]
    names += [layout.epoch_model(int(number)) for number in model["epochs"] if int(number) != model["epoch"]]
    epochs = [] if best_only else sorted({model["epoch"], *map(int, model["epochs"])})
    inside = [name for epoch in epochs for name in layout.epoch_files(epoch)[:-1]]  # without the model
    extras = [layout.ROBUSTNESS, *([] if best_only else [layout.START_VECTORS]), *inside]
    names += [name for name in extras if os.path.lexists(run.folder / name)]
    with _building(folder) as building:
        for name in names:
            _copy(run, name, building, model)
        write_json(building / layout.MODEL_FACTS, model)
        write_atomically(building / layout.COMMAND, f"{configs.command(run.config)}\n".encode())
        _put_in_place(building, folder)


def _require_replaceable(folder: Path, run: store.Run) -> None:
    """Raise RunError unless `folder` is new, empty or written by publish, and outside all folders of runs."""
    real = Path(os.path.realpath(folder))
    for runs in map(Path, map(os.path.realpath, (paths.runs_folder(), run.folder))):
        if runs in (real, *real.parents):
            raise RunError(
                f"{folder} is in the folder of runs, {runs}; a run is never overwritten. {_ADVICE}"
            )
    if not os.path.lexists(folder):
        return
    if os.path.isdir(folder) and os.path.samefile(folder, os.curdir):
        raise RunError(f"{folder} is the current folder, which cannot be replaced. {_ADVICE}")
    if folder.is_symlink() or not folder.is_dir():
        kind = "a link" if folder.is_symlink() else "not a folder"
        raise RunError(f"{folder} is {kind}. {_ADVICE}")
    if reason := why_not_ours(folder):
        raise RunError(f"{folder} {reason}, so it is left as it is. {_ADVICE}")


def why_not_ours(folder: Path) -> str | None:
    """Why `folder` may not be replaced, as the end of a sentence; None if empty or written by publish."""
    names = sorted(entry.name for entry in os.scandir(folder))
    if not names:
        return None
    if foreign := _foreign(folder, names):
        return f"holds {foreign[0][:80]!r}, which publish did not write"
    try:
        command = read_bounded(folder / layout.COMMAND, LARGEST_COMMAND)
    except (OSError, ValueError):
        command = b""
    complete = {layout.MODEL_FACTS, layout.CONFIG} <= set(names)
    if not complete or not command.startswith(b"python -m imdb_core train "):
        return "holds no published run, but is not empty"
    return None


def _foreign(folder: Path, names: list[str]) -> list[str]:
    """Those of the `names` in `folder` that publish does not write: a foreign name, or no regular file."""
    foreign = [
        name
        for name in names
        if name not in (*NAMES, layout.EPOCH_MODELS)
        or not _is_plain(folder / name, a_folder=name == layout.EPOCH_MODELS)
    ]
    if layout.EPOCH_MODELS in names and layout.EPOCH_MODELS not in foreign:
        inside = [f"{layout.EPOCH_MODELS}/{entry.name}" for entry in os.scandir(folder / layout.EPOCH_MODELS)]
        foreign += sorted(name for name in inside if not _is_epoch_file(name) or not _is_plain(folder / name))
    return foreign


def _is_plain(path: Path, *, a_folder: bool = False) -> bool:
    """Whether `path` is a regular file or, with `a_folder`, a folder; False for a link."""
    return (stat.S_ISDIR if a_folder else stat.S_ISREG)(path.lstat().st_mode)


def _is_epoch_file(name: str) -> bool:
    number = re.fullmatch(layout.EPOCH_MODELS + r"/epoch-([0-9]{3})\..*", name)
    of_epoch = layout.epoch_files(int(number[1])) if number else ()
    return name in (layout.START_VECTORS, *of_epoch)


def _model(run: store.Run) -> dict[str, Any]:
    """The content of the run's model.json; raises RunError if it is missing or invalid."""
    try:
        facts = model_files.facts(run.folder)
        content = read_bounded(run.folder / layout.MODEL_FACTS, model_files.LARGEST_MODEL_JSON)
        model: dict[str, Any] = json.loads(content)
        # Raises ValueError now, not after the files have been copied.
        json.dumps(model, allow_nan=False, ensure_ascii=False).encode("utf-8")
    except ModelError as error:
        raise RunError(f"Run {run.id} cannot be published. {error}") from error
    except (OSError, ValueError) as error:
        raise _incomplete(run, layout.MODEL_FACTS, error) from error
    if missing := {layout.VOCABULARY, layout.MODEL} - set(facts.checksums):
        raise _incomplete(run, layout.MODEL_FACTS, ValueError(f"it has no checksum of {min(missing)}"))
    return {"epochs": {}} | model


@contextlib.contextmanager
def _building(folder: Path) -> Iterator[Path]:
    """A context with a new folder beside `folder`. An error removes it and the parents created for it."""
    new_parents = [parent for parent in folder.parents if not parent.exists()]
    building = temporary.beside(folder)
    try:
        building.mkdir(parents=True)
        yield building
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        for parent in new_parents:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def _copy(run: store.Run, name: str, building: Path, model: dict[str, Any]) -> None:
    """Copy one of the run's files; raises RunError if it is missing, not a regular file, or damaged."""
    number = re.search(r"epoch-([0-9]+)\.onnx", name)
    expected = model["epochs"][str(int(number[1]))] if number else model["sha256"].get(name)
    target = building / name
    target.parent.mkdir(exist_ok=True)
    try:
        source = open_regular(run.folder / name, LARGEST_FILE, below=run.folder)
    except (OSError, ValueError) as error:
        raise _incomplete(run, name, error) from error
    with source, open(target, "xb") as copy:
        shutil.copyfileobj(source, copy, 2**20)
        copy.flush()
        os.fsync(copy.fileno())
    if expected is not None:
        with open(target, "rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != expected:
                damage = ValueError(f"it is damaged: its checksum differs from {layout.MODEL_FACTS}")
                raise _incomplete(run, name, damage)


def _incomplete(run: store.Run, name: str, error: Exception) -> RunError:
    reason = getattr(error, "strerror", None) or error
    return RunError(
        f"Run {run.id} cannot be published because of its {name}: {reason}. "
        "Train it again, or publish another run."
    )


def _put_in_place(building: Path, folder: Path) -> None:
    """Rename `building` to `folder`. An old `folder` is moved aside, checked, and removed at the end."""
    sync_folder(building)
    aside = temporary.beside(folder)
    replaced = os.path.lexists(folder)
    if replaced:
        move_folder(folder, aside)
    try:
        if replaced and (not _is_plain(aside, a_folder=True) or why_not_ours(aside)):  # changed meanwhile
            raise RunError(
                f"{folder} was changed while the run was copied; nothing was published. Try again."
            )
        move_folder(building, folder)
    except BaseException:
        if replaced:
            move_folder(aside, folder)
        raise
    sync_folder(folder.parent)
    if replaced:
        _remove_published(aside)


def _remove_published(folder: Path) -> None:
    """Remove the files that publish writes, then the folder. Raises OSError if it holds other files."""
    epochs = folder / layout.EPOCH_MODELS
    names = [f"{epochs.name}/{name}" for name in os.listdir(epochs)] if epochs.is_dir() else []
    for name in (*filter(_is_epoch_file, names), *NAMES):
        (folder / name).unlink(missing_ok=True)
    for place in (epochs, folder):
        with contextlib.suppress(FileNotFoundError):
            place.rmdir()
