"""`python -m imdb_core publish`: copy a finished run to a folder with the same files as a folder of
pretrained/.

The target must be new, empty, or written by publish before. The copy is built beside it and moved into place
when it is complete; if anything fails, the target is unchanged. Called by the command line.
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

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.commands import console
from imdb_core.errors import ModelError, RunError
from imdb_core.files import open_regular, read_bounded, temporary_name, write_atomically, write_json
from imdb_core.operating_system.file_access import move_folder, sync_folder
from imdb_core.runs import layout, store
from imdb_core.scoring import model_files

PUBLISHED = (
    layout.CONFIG,
    layout.EVENTS,
    layout.METRICS,
    layout.VOCABULARY,
    layout.MODEL,
    layout.PREDICTIONS,
)
NAMES = {*PUBLISHED, layout.WEIGHTS, layout.MODEL_FACTS, layout.COMMAND}
LARGEST_FILE, LARGEST_COMMAND = 2 * 2**30, 2**16  # bytes


def publish(options) -> int:
    """Copy a finished run's models, config and curves to FOLDER, as pretrained/ holds them.

    FOLDER must be new, empty, or written by this command before; then its files are replaced.
    """
    run, folder = store.find(options.run), Path(os.path.abspath(os.path.expanduser(options.folder)))
    if run.state != "finished":
        raise RunError(f"Run {run.id} is {run.state}; only a finished run can be published.")
    _demand_replaceable(folder, run)
    model = _model(run)
    if options.best_only:
        model["epochs"] = {}
    names = [*PUBLISHED, *([] if options.best_only else [layout.WEIGHTS])]
    names += [layout.epoch_model(int(number)) for number in model["epochs"] if int(number) != model["epoch"]]
    with _building(folder) as building:
        for name in names:
            _copy(run, name, building, model)
        write_json(building / layout.MODEL_FACTS, model)
        write_atomically(building / layout.COMMAND, f"{configs.command(run.config)}\n".encode())
        _put_in_place(building, folder)
    console.tell(options, {"folder": str(options.folder)}, [f"{run.name} is in {options.folder}."])
    return 0


def _demand_replaceable(folder: Path, run: store.Run) -> None:
    """Raise RunError unless `folder` is new, empty, or written by publish, and lies outside all folders of
    runs.
    """
    advice = "Name a new or empty folder, or one that publish wrote before."
    real = Path(os.path.realpath(folder))
    for place in map(Path, map(os.path.realpath, (paths.runs_folder(), run.folder))):
        if place in (real, *real.parents):
            raise RunError(
                f"{folder} is in the folder of runs, {place}; runs themselves are never overwritten. {advice}"
            )
    if not os.path.lexists(folder):
        return
    if os.path.isdir(folder) and os.path.samefile(folder, os.curdir):
        raise RunError(
            f"{folder} is the folder in which this was started; it would be another one afterwards. {advice}"
        )
    if folder.is_symlink() or not folder.is_dir():
        kind = "a link" if folder.is_symlink() else "not a folder"
        raise RunError(f"{folder} is {kind}. {advice}")
    if reason := _why_not_ours(folder):
        raise RunError(f"{folder} {reason}, so it is left as it is. {advice}")


def _why_not_ours(folder: Path) -> str | None:
    """Why `folder` may not be replaced, as the end of a sentence; None if it is empty or publish wrote all of
    it.
    """
    names = sorted(entry.name for entry in os.scandir(folder))
    if not names:
        return None
    foreign = [
        name
        for name in names
        if name not in (*NAMES, layout.EPOCH_MODELS)
        or not _is_plain(folder / name, name == layout.EPOCH_MODELS)
    ]
    if layout.EPOCH_MODELS in names and layout.EPOCH_MODELS not in foreign:
        inside = [f"{layout.EPOCH_MODELS}/{entry.name}" for entry in os.scandir(folder / layout.EPOCH_MODELS)]
        foreign += sorted(
            name for name in inside if not _is_epoch_file(name) or not _is_plain(folder / name, False)
        )
    if foreign:
        return f"holds {foreign[0][:80]!r}, which publish did not write"
    try:
        written = read_bounded(folder / layout.COMMAND, LARGEST_COMMAND)
    except (OSError, ValueError):
        written = b""
    if not written.startswith(b"python -m imdb_core train ") or not {
        layout.MODEL_FACTS,
        layout.CONFIG,
    } <= set(names):
        return "holds no published run, but is not empty"
    return None


def _is_plain(path: Path, a_folder: bool) -> bool:
    """Whether `path` is a folder (if `a_folder`) or else a regular file, and not a link."""
    return (stat.S_ISDIR if a_folder else stat.S_ISREG)(path.lstat().st_mode)


def _is_epoch_file(name: str) -> bool:
    number = re.fullmatch(layout.EPOCH_MODELS + r"/epoch-([0-9]{3})\.onnx", name)
    return bool(number) and layout.epoch_model(int(number[1])) == name


def _model(run: store.Run) -> dict:
    """The content of the run's model.json; raises RunError if it is missing or invalid."""
    try:
        facts = model_files.facts(run.folder)
        model = json.loads(read_bounded(run.folder / layout.MODEL_FACTS, model_files.LARGEST_MODEL_JSON))
        json.dumps(model, allow_nan=False, ensure_ascii=False).encode(
            "utf-8"
        )  # raises ValueError where write_json() would
    except ModelError as error:
        raise RunError(f"Run {run.id} cannot be published. {error}") from error
    except (OSError, ValueError) as error:
        raise _incomplete(run, layout.MODEL_FACTS, error) from error
    if missing := {layout.VOCABULARY, layout.MODEL} - set(facts.checksums):
        raise _incomplete(run, layout.MODEL_FACTS, ValueError(f"it has no checksum of {min(missing)}"))
    return {"epochs": {}} | model


@contextlib.contextmanager
def _building(folder: Path) -> Iterator[Path]:
    """A context with a new folder beside `folder`. After an error, it and the parents created for it are
    removed.
    """
    new_parents = [parent for parent in folder.parents if not parent.exists()]
    building = temporary_name(folder)
    try:
        building.mkdir(parents=True)
        yield building
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        for parent in new_parents:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def _copy(run: store.Run, name: str, building: Path, model: dict) -> None:
    """Copy one of the run's files; raises RunError if it is missing, not a regular file, or differs from its
    checksum.
    """
    number = re.search(r"epoch-([0-9]+)", name)
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
        with open(target, "rb") as copy:
            if hashlib.file_digest(copy, "sha256").hexdigest() != expected:
                raise _incomplete(
                    run, name, ValueError(f"it is damaged: its checksum differs from {layout.MODEL_FACTS}")
                )


def _incomplete(run: store.Run, name: str, error: Exception) -> RunError:
    reason = getattr(error, "strerror", None) or error
    return RunError(
        f"Run {run.id} cannot be published because of its {name}: {reason}. Train it again, or publish another."
    )


def _put_in_place(building: Path, folder: Path) -> None:
    """Rename `building` to `folder`. An old `folder` is moved aside first, checked again, and removed at the
    end.
    """
    sync_folder(building)
    aside = temporary_name(folder)
    replaced = os.path.lexists(folder)
    if replaced:
        move_folder(folder, aside)
    try:
        if replaced and (not _is_plain(aside, True) or _why_not_ours(aside)):  # changed during the copy
            raise RunError(
                f"{folder} was changed while the run was copied; nothing was published. Try it again."
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
    """Remove the files that publish writes, then the folder. A folder that holds other files stays; raises
    OSError.
    """
    epochs = (
        [folder / layout.EPOCH_MODELS / name for name in os.listdir(folder / layout.EPOCH_MODELS)]
        if (folder / layout.EPOCH_MODELS).is_dir()
        else []
    )
    for path in (
        *(path for path in epochs if _is_epoch_file(f"{layout.EPOCH_MODELS}/{path.name}")),
        *map(folder.joinpath, NAMES),
    ):
        path.unlink(missing_ok=True)
    for place in (folder / layout.EPOCH_MODELS, folder):
        with contextlib.suppress(FileNotFoundError):
            place.rmdir()
