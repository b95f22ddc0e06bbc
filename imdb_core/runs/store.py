"""The folder of runs: find, list, create, rename and delete them, and append events.

Called by every page, the command line, the launcher and the worker.
"""

import json
import os
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import ConfigError, RunError
from imdb_core.files import write_json
from imdb_core.runs import journal, locks
from imdb_core.runs.run import ACTIVE, ENDED, Run, epoch_rows, rows

__all__ = ["ACTIVE", "ENDED", "Run", "create", "delete", "find", "new_id", "read", "record", "rename", "runs"]

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
        write_json(building / "config.json", {"format": 1, "config": config.model_dump()})
        record(building, "queued")
        building.rename(folder)
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
    folders = [entry for entry in os.scandir(root) if not entry.name.startswith(".") and entry.is_dir()]
    return [read(Path(entry.path), thorough=False) for entry in sorted(folders, key=lambda entry: entry.name, reverse=True)]


def rename(run: Run, name: str):
    """Give the run another name of at most 80 characters; raises ConfigError."""
    if run.config is None:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}) and cannot be renamed; it can be deleted.")
    run.config.changed(name=name)
    record(run.folder, "renamed", name=name)


def delete(run: Run):
    """Remove the run's folder; raises RunError while a worker is alive. The folder leaves the list at once, then its files go."""
    if locks.held(run.folder / "run.lock"):
        raise RunError(f"Run {run.name} is still training; stop it first, then delete it.")
    trash = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    try:
        run.folder.rename(trash)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"Run {run.name} could not be deleted: {error.strerror} ({run.folder}).") from error
    shutil.rmtree(trash, ignore_errors=True)


class _Foreign(Exception):
    """config.json is JSON, but not ours."""


def _config(path: Path) -> configs.RunConfig:
    """The config in a config.json, which never changes once it is written, so it is parsed once."""
    stat = path.stat()
    stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    if _configs.get(path, (None,))[0] != stamp:
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document, dict) or document.get("format") != 1:
            raise _Foreign("config.json is not a run's config of format 1.")
        _configs[path] = (stamp, configs.read(json.dumps(document.get("config"))))
    return _configs[path][1]


_configs: dict[Path, tuple[tuple, configs.RunConfig]] = {}


def _damage(folder: Path, thorough: bool) -> str | None:
    events = folder / "events.jsonl"
    try:
        if not rows(events):
            return "events.jsonl is missing or holds no event."
        (rows if thorough else epoch_rows)(folder / "metrics.jsonl")
    except journal.UnsoundRow as error:
        return f"{error}."
    except OSError as error:
        return f"{Path(error.filename or events).name} cannot be read: {error.strerror}."
    return None


def _checked_id(id: str) -> str:
    if not _ID.fullmatch(id):
        raise RunError(f"{id[:60]!r} is not a run's id; ids look like 20260131-120000000-abcdefgh.")
    return id
