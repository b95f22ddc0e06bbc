"""The folder of runs: find, list, create, rename and delete them, and append events.

Called by every page, the command line, the launcher and the worker.
"""

import json
import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock
import psutil

from imdb_core import config as configs
from imdb_core import operating_system, paths
from imdb_core.errors import ConfigError, RunError
from imdb_core.files import checksum, read_bounded, write_json
from imdb_core.runs import journal, locks
from imdb_core.runs.run import ACTIVE, ENDED, Run, epoch_rows, rows

__all__ = ["ACTIVE", "ENDED", "Run", "create", "delete", "exists", "find", "new_id", "read", "record", "rename", "runs", "sweep"]

FORMAT = 1  # of config.json
LARGEST_CONFIG = 2**20  # bytes
_ID = re.compile(r"[0-9]{8}-[0-9]{9}-[a-z2-7]{8}")


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


def read(folder: Path, *, thorough: bool = True) -> Run:
    """The run in `folder`, or a Run that says why it is damaged; never raises for what a folder holds.

    Unless `thorough`, the rows of metrics.jsonl between the epochs are not looked at.
    """
    try:
        return Run(folder, _config(folder / "config.json"), _damage(folder, thorough))
    except _Foreign as error:
        return Run(folder, None, str(error))
    except FileNotFoundError:
        return Run(folder, None, "config.json is missing.")
    except OSError as error:
        return Run(folder, None, f"config.json cannot be read: {error.strerror}.")
    except (ValueError, RecursionError):
        return Run(folder, None, "config.json is not JSON text.")
    except ConfigError as error:
        return Run(folder, None, f"config.json: {error}")


def runs() -> list[Run]:
    """All runs, newest first, damaged ones included; not read thoroughly, for there may be thousands."""
    root = paths.runs_folder()
    if not root.is_dir():
        return []
    folders = [entry for entry in os.scandir(root) if not entry.name.startswith(".") and _is_folder(entry)]
    return [read(Path(entry.path), thorough=False) for entry in sorted(folders, key=lambda entry: entry.name, reverse=True)]


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
    if _lock_fault(path):
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


def _is_folder(entry: os.DirEntry) -> bool:
    """Whether a name beside the runs is to be listed: also a link that leads nowhere, with its reason."""
    try:
        return entry.is_dir()
    except OSError:
        return True


class _Foreign(Exception):
    """config.json is JSON, but not ours."""


def _config(path: Path) -> configs.RunConfig:
    """The config in a config.json, which never changes once it is written, so it is parsed once."""
    about = path.stat()
    stamp = (about.st_ino, about.st_size, about.st_mtime_ns)
    if _configs.get(path, (None,))[0] != stamp:
        document = json.loads(read_bounded(path, LARGEST_CONFIG).decode("utf-8"))
        format = document.get("format") if isinstance(document, dict) else None
        if isinstance(format, int) and format > FORMAT:
            raise _Foreign(
                f"config.json is of format {format}, written by a newer version of this app, which knows formats up to {FORMAT}. "
                "Nothing was changed; update the app to open the run."
            )
        if format != FORMAT:
            raise _Foreign(f"config.json is not a run's config of format {FORMAT}.")
        config = configs.read(json.dumps(document.get("config")))
        if document.get("checksum") not in (None, checksum(document["config"])):  # a hand-written one has none
            raise _Foreign("config.json is damaged: its checksum differs.")
        _configs[path] = (stamp, config)
    return _configs[path][1]


_configs: dict[Path, tuple[tuple, configs.RunConfig]] = {}


def _damage(folder: Path, thorough: bool) -> str | None:
    events = folder / "events.jsonl"
    try:
        if not rows(events):
            return "events.jsonl is missing or holds no event."
        (rows if thorough else epoch_rows)(folder / "metrics.jsonl")
        return _lock_fault(folder / "run.lock")
    except journal.UnsoundRow as error:
        return f"{error}."
    except OSError as error:
        return f"{Path(error.filename or events).name} cannot be read: {error.strerror}."


def _lock_fault(path: Path) -> str | None:
    """Why nobody can tell whether a worker holds the lock, or None."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"run.lock cannot be read: {error.strerror}."
    if not stat.S_ISREG(about.st_mode):
        return "run.lock is no file."
    return None if os.access(path, os.R_OK) else "run.lock cannot be read: Permission denied."


def _checked_id(id: str) -> str:
    if not _ID.fullmatch(id):
        raise RunError(f"{id[:60]!r} is not a run's id; ids look like 20260131-120000000-abcdefgh.")
    return id
