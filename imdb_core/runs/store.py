"""The folder of runs: find, list, create, rename and delete them, and append events.

Called by every page, the command line, the launcher and the worker.
"""

import errno
import os
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from imdb_core import config as configs
from imdb_core import operating_system, paths
from imdb_core.errors import RunError
from imdb_core.files import checksum, is_alive, names, write_json
from imdb_core.runs import journal, layout, locks, ownership
from imdb_core.runs.reading import FORMAT, ID, lock_fault, read, runs, unsettled
from imdb_core.runs.run import ACTIVE, ENDED, Run

__all__ = [
    "ACTIVE",
    "ENDED",
    "Run",
    "create",
    "delete",
    "exists",
    "find",
    "new_id",
    "read",
    "record",
    "rename",
    "runs",
]
__all__ += ["sweep", "unsettled", "unwritable"]

LOCK_SECONDS = 5  # how long a deletion waits for a process that holds run.lock and is not a worker
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


def new_id() -> str:
    """An id that sorts by time and cannot collide by chance within a millisecond."""
    random = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(8))
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S%f")[:18] + "-" + random


def create(config: configs.RunConfig, id: str) -> Run:
    """A new run, queued; if `id` exists already (a double click), that run as it is. Raises RunError if it
    cannot be written.
    """
    folder = paths.runs_folder() / _checked_id(id)
    building = folder.with_name(f".new-{id}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        building.mkdir(parents=True)
        ownership.mark(building)
        values = config.model_dump()
        write_json(
            building / layout.CONFIG, {"format": FORMAT, "config": values, "checksum": checksum(values)}
        )
        record(building, "queued")
        operating_system.sync_folder(building)
        operating_system.move_folder(building, folder)
        operating_system.sync_folder(folder.parent)
    except (OSError, RunError) as error:
        ownership.remove(building)
        if not (folder / layout.CONFIG).exists():
            reason = (
                getattr(error.__cause__ or error, "strerror", None) or error
            )  # record() gives the remedy as well
            raise RunError(
                f"The run could not be written to {folder.parent}: {reason}. Make room or set IMDB_RUNS_DIR."
            ) from error
    return read(folder)


def record(folder: Path, event: str, **details):
    """Append one event with its UTC time, on the disk when this returns. Raises RunError when it cannot be
    written.
    """
    row = {"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **details}
    try:
        journal.append(folder / layout.EVENTS, row, durable=True)
    except (OSError, ValueError) as error:
        raise RunError(unwritable(folder / layout.EVENTS, error)) from error


def unwritable(path: Path, error: Exception) -> str:
    """A sentence on a file that cannot be written because of `error`."""
    remedy = (
        "Make room" if getattr(error, "errno", None) in FULL_DISK else "Make it a file that can be written"
    )
    return f"{path} cannot be written: {getattr(error, 'strerror', None) or error}. {remedy}, then try again."


def exists(id: str) -> bool:
    """Whether there is a run with this id, or a link in its place. Raises RunError if `id` has not the form
    of an id.
    """
    try:
        (paths.runs_folder() / _checked_id(id)).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def find(id: str) -> Run:
    """The run with this id; raises RunError if there is none. Ids are names, never paths."""
    folder = paths.runs_folder() / _checked_id(id)
    if not folder.is_dir() and not folder.is_symlink():
        raise RunError(f"There is no run {id}; the page of all runs lists those there are.")
    return read(folder)


def rename(run: Run, name: str) -> Run:
    """Give the run another name of at most 80 characters. Raises ConfigError for the name, RunError if it
    cannot be recorded.
    """
    if run.config is None:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}) and cannot be renamed; it can be deleted.")
    run.config.changed(name=name)
    record(run.folder, "renamed", name=name)
    return read(run.folder)


def delete(run: Run):
    """Remove the run's folder: it is renamed first, so that it leaves the list at once. Of a link only the
    link is removed.

    Raises RunError while a worker is alive, and if the folder holds a file that this app did not create.
    """
    trash = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    try:
        if run.folder.is_symlink():
            _unlink(run)
            return
        ownership.demand(run.folder, run.name)
        with _without_worker(run):
            operating_system.move_folder(run.folder, trash)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"Run {run.name} could not be deleted: {error.strerror} ({run.folder}).") from error
    ownership.remove(trash)


def sweep() -> None:
    """Remove what killed processes left while they created or deleted a run. Call it while holding the
    launcher's lock.
    """
    for name in names(paths.runs_folder(), rf"\.trash-{ownership.ID}-[0-9a-f]{{8}}"):
        ownership.remove(paths.runs_folder() / name)
    for name in names(paths.runs_folder(), rf"\.new-{ownership.ID}-[0-9]{{1,10}}-[0-9a-f]{{8}}"):
        if not is_alive(name.split("-")[-2]):
            ownership.remove(paths.runs_folder() / name)


def _unlink(run: Run) -> None:
    """Remove a link to a run's folder; nothing is written to its target."""
    _checked_id(run.id)
    if locks.held(run.folder / layout.LOCK):
        raise _still_training(run)
    run.folder.unlink()


@contextmanager
def _without_worker(run: Run):
    """A context in which no worker of the run is alive and none can start; raises RunError if a worker is
    alive.
    """
    path = run.folder / layout.LOCK
    if lock_fault(path):
        if locks.held(path):
            raise _still_training(run)
        yield
        return
    active = read(run.folder).active
    try:  # processes that probe the lock or delete the run hold it for a moment
        lock = locks.hold(path, 0.5 if active else LOCK_SECONDS, duty="is using or deleting this run")
    except locks.Held as held:
        raise (
            _still_training(run) if active else RunError(f"Run {run.name} was not deleted. {held}")
        ) from held
    if operating_system.is_portable():  # Windows renames no folder with an open file, such as a worker's lock
        lock.release()
    try:
        yield
    finally:
        lock.release()


def _still_training(run: Run) -> RunError:
    return RunError(f"Run {run.name} is still training; stop it first, then delete it.")


def _checked_id(id: str) -> str:
    if not ID.fullmatch(id):
        raise RunError(f"{id[:60]!r} is not a run's id; ids look like 20260131-120000000-abcdefgh.")
    return id
