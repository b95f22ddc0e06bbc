"""The folder of runs: find, list, create, rename and delete them, and append events.

Called by every page, the command line, the launcher and the worker.
"""

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from imdb_core import config as configs
from imdb_core import paths, temporary
from imdb_core.errors import RunError, RunMissing
from imdb_core.files import checksum, leftovers, names, write_json
from imdb_core.operating_system import file_access, is_portable
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
    "remove_leftovers",
    "rename",
    "runs",
    "unsettled",
    "unwritable",
]

LOCK_SECONDS = 5  # how long a deletion waits for a process that holds run.lock and is not a worker
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


def new_id() -> str:
    """An id that sorts by time. Two ids of the same millisecond differ in eight random characters."""
    random = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(8))
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S%f")[:18] + "-" + random


def create(config: configs.RunConfig, id: str, **facts: object) -> Run:
    """A new run, queued; if `id` exists already (a double click), the existing run, unchanged.

    `facts` are further fields of its first event.

    Raises RunError if the run cannot be written.
    """
    folder = paths.runs_folder() / _checked_id(id)
    building = temporary.beside(folder)
    try:
        building.mkdir(parents=True)
        ownership.mark(building)
        values = config.model_dump()
        document = {"format": FORMAT, "config": values, "checksum": checksum(values)}
        write_json(building / layout.CONFIG, document)
        record(building, "queued", **facts)
        file_access.sync_folder(building)
        file_access.move_folder(building, folder)
        file_access.sync_folder(folder.parent)
    except (OSError, RunError) as error:
        ownership.remove(building)
        if not (folder / layout.CONFIG).exists():
            cause = error.__cause__ or error  # the message of record() already has advice, its cause has none
            reason = getattr(cause, "strerror", None) or error
            advice = "Make room or set IMDB_RUNS_DIR."
            raise RunError(f"The run could not be written to {folder.parent}: {reason}. {advice}") from error
    return read(folder)


def record(folder: Path, event: str, **details: object) -> None:
    """Append an event with its UTC time and `details`; it is on the disk when this returns.

    Raises RunError if the event cannot be written.
    """
    row = {"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **details}
    try:
        journal.append(folder / layout.EVENTS, row, durable=True)
    except (OSError, ValueError) as error:
        raise RunError(unwritable(folder / layout.EVENTS, error)) from error


def unwritable(path: Path, error: Exception) -> str:
    """A sentence on a file that cannot be written because of `error`."""
    full = getattr(error, "errno", None) in FULL_DISK
    remedy = "Make room" if full else "Make it a file that can be written"
    return f"{path} cannot be written: {getattr(error, 'strerror', None) or error}. {remedy}, then try again."


def exists(id: str) -> bool:
    """Whether a run or a link has this id. Raises RunMissing if `id` does not have the form of an id."""
    try:
        (paths.runs_folder() / _checked_id(id)).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def find(id: str) -> Run:
    """The run with this id; raises RunMissing if there is none. Ids are names, never paths."""
    folder = paths.runs_folder() / _checked_id(id)
    if not folder.is_dir() and not folder.is_symlink():
        raise RunMissing(f"There is no run {id}; the page of all runs lists the ids.")
    return read(folder)


def rename(run: Run, name: str) -> Run:
    """Give the run another name of at most 80 characters.

    Raises ConfigError for a name that is too long or no text, RunError if the name cannot be recorded.
    """
    if run.config is None:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}) and cannot be renamed, only deleted.")
    run.config.changed(name=name)
    record(run.folder, "renamed", name=name)
    return read(run.folder)


def delete(run: Run) -> None:
    """Remove the run's folder, or only the link if the folder is a link.

    The folder is renamed first, so that it leaves the list at once. Raises RunError while a worker is alive,
    and if the folder holds a file that this app did not create.
    """
    trash = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    try:
        if run.folder.is_symlink():
            _unlink(run)
            return
        ownership.require_own_folder(run.folder, run.name)
        now = read(run.folder)
        if now.state == "unreachable":
            raise RunError(f"Run {run.name} was not deleted, as its worker may live. {now.unreachable or ''}")
        if now.active and not locks.held(run.folder / layout.LOCK):  # on another machine
            raise _still_training(run)
        with _without_worker(run):
            file_access.move_folder(run.folder, trash)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"Run {run.name} could not be deleted: {error.strerror} ({run.folder}).") from error
    ownership.remove(trash)


def remove_leftovers() -> None:
    """Remove folders that killed processes left while they created or deleted a run.

    Call it while holding the launcher's lock.
    """
    root = paths.runs_folder()
    trash = names(root, rf"\.trash-{ownership.ID}-[0-9a-f]{{8}}")
    # Earlier versions made a run in a folder with such a name. It does not say which machine made it.
    earlier = names(root, rf"\.new-{ownership.ID}-[0-9]{{1,10}}-[0-9a-f]{{8}}")
    old = [name for name in earlier if temporary.is_old(root / name)]
    for path in (*leftovers(root, ownership.ID), *(root / name for name in (*trash, *old))):
        ownership.remove(path)


def _unlink(run: Run) -> None:
    """Remove a link to a run's folder; nothing is written to its target."""
    _checked_id(run.id)
    if locks.held(run.folder / layout.LOCK):
        raise _still_training(run)
    run.folder.unlink()


@contextmanager
def _without_worker(run: Run) -> Iterator[None]:
    """A context in which the run has no worker and none can start; raises RunError if a worker is alive."""
    path = run.folder / layout.LOCK
    if lock_fault(path):
        if locks.held(path):
            raise _still_training(run)
        yield
        return
    lock = _worker_lock(run, path)
    if is_portable():  # Windows renames no folder with an open file, such as a worker's lock
        lock.release()
    try:
        yield
    finally:
        lock.release()


def _worker_lock(run: Run, path: Path) -> locks.Lock:
    """The lock at `path`, taken; raises RunError if another process keeps it.

    Processes that probe the lock or delete the run hold it for a moment, so a run without a worker waits.
    """
    active = read(run.folder).active
    try:
        return locks.hold(path, 0.5 if active else LOCK_SECONDS, duty="is using or deleting this run")
    except locks.Held as held:
        refusal = RunError(f"Run {run.name} was not deleted. {held}")
        raise (_still_training(run) if active else refusal) from held


def _still_training(run: Run) -> RunError:
    return RunError(f"Run {run.name} is still training; stop it first, then delete it.")


def _checked_id(id: str) -> str:
    """`id`, if it has the form of an id; else raises RunMissing: there can be no run."""
    if not ID.fullmatch(id):
        raise RunMissing(f"{id[:60]!r} is not a run's id; ids look like 20260131-120000000-abcdefgh.")
    return id
