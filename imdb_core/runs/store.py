"""The folder of runs: find, list, create, rename and delete them, and append events.

Called by every page, the command line, the launcher and the worker.
"""

import os
import secrets
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock
import psutil

from imdb_core import config as configs
from imdb_core import operating_system, paths
from imdb_core.errors import RunError
from imdb_core.files import checksum, write_json
from imdb_core.runs import journal, locks
from imdb_core.runs.reading import FORMAT, ID, lock_fault, read, runs, unsettled
from imdb_core.runs.run import ACTIVE, ENDED, Run

__all__ = ["ACTIVE", "ENDED", "Run", "create", "delete", "exists", "find", "new_id", "read", "record", "rename", "runs", "sweep"]
__all__ += ["unsettled"]


def new_id() -> str:
    """An id that sorts by time and cannot collide by chance within a millisecond."""
    random = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(8))
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S%f")[:18] + "-" + random


def create(config: configs.RunConfig, id: str) -> Run:
    """The folder of a new run, queued; if `id` exists already (a double click), that run as it is."""
    folder = paths.runs_folder() / _checked_id(id)
    building = folder.with_name(f".new-{id}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        building.mkdir(parents=True)
        values = config.model_dump()
        write_json(building / "config.json", {"format": FORMAT, "config": values, "checksum": checksum(values)})
        record(building, "queued")
        operating_system.sync_folder(building)
        operating_system.move_folder(building, folder)
        operating_system.sync_folder(folder.parent)
    except (OSError, RunError) as error:
        shutil.rmtree(building, ignore_errors=True)
        if not (folder / "config.json").exists():
            reason = getattr(error, "strerror", None) or error
            raise RunError(
                f"The run could not be written to {folder.parent}: {reason}. Make room or set IMDB_RUNS_DIR."
            ) from error
    return read(folder)


def record(folder: Path, event: str, **details):
    """Append one event with its UTC time, on the disk when this returns. Raises RunError when it cannot be written."""
    row = {"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **details}
    try:
        journal.append(folder / "events.jsonl", row, durable=True)
    except OSError as error:
        raise RunError(f"{folder / 'events.jsonl'} cannot be written: {error.strerror}. Make room, then try again.") from error


def exists(id: str) -> bool:
    """Whether there is a run of that id; raises RunError for what is no id."""
    return (paths.runs_folder() / _checked_id(id)).exists()


def find(id: str) -> Run:
    """The run called `id`; raises RunError for an unknown one. Ids are names, never paths."""
    folder = paths.runs_folder() / _checked_id(id)
    if not folder.is_dir():
        raise RunError(f"There is no run {id}; the page of all runs lists those there are.")
    return read(folder)


def rename(run: Run, name: str) -> Run:
    """The run under another name of at most 80 characters; raises ConfigError."""
    if run.config is None:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}) and cannot be renamed; it can be deleted.")
    run.config.changed(name=name)
    record(run.folder, "renamed", name=name)
    return read(run.folder)


def delete(run: Run):
    """Remove the run's folder; raises RunError while a worker is alive. The folder leaves the list at once, then its files go."""
    trash = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    try:
        with _without_worker(run):
            operating_system.move_folder(run.folder, trash)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"Run {run.name} could not be deleted: {error.strerror} ({run.folder}).") from error
    _remove(trash)


def sweep() -> None:
    """Remove what a process that was killed while it created or deleted a run has left. Call it under the launcher's lock."""
    for entry in os.scandir(paths.runs_folder()):
        if entry.name.startswith(".trash-"):
            _remove(Path(entry.path))
        if entry.name.startswith(".new-") and not psutil.pid_exists(int(entry.name.split("-")[-2])):
            _remove(Path(entry.path))


@contextmanager
def _without_worker(run: Run):
    """Within, no worker of the run is alive and none can start; raises RunError if there is one."""
    path = run.folder / "run.lock"
    if lock_fault(path):
        yield
        return
    try:
        lock = locks.hold(path, seconds=0.5)  # whoever looks whether it is held keeps it for a moment
    except filelock.Timeout:
        raise RunError(f"Run {run.name} is still training; stop it first, then delete it.") from None
    if operating_system.is_portable():  # Windows renames no folder with an open file, such as a worker's lock
        lock.release()
    try:
        yield
    finally:
        lock.release()


def _remove(folder: Path) -> None:
    """A folder that another process may be removing as well, or a link in its place."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_symlink():
        folder.unlink(missing_ok=True)


def _checked_id(id: str) -> str:
    if not ID.fullmatch(id):
        raise RunError(f"{id[:60]!r} is not a run's id; ids look like 20260131-120000000-abcdefgh.")
    return id
