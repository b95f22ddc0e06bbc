"""Read run folders without trusting them. Each folder becomes a Run, if need be a damaged Run with a reason.

An editor, another version of the app or a failing disk may have changed a folder; another program may have
created it. An error in one folder affects neither other runs nor the pages that list them. Called by store.
"""

import functools
import gc
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import ConfigError
from imdb_core.files import checksum, open_regular, read_bounded
from imdb_core.runs import journal, layout, ownership
from imdb_core.runs.rows import MOST_EVENT_BYTES, epoch_rows, rows
from imdb_core.runs.run import NAMING_EVENTS, Run

FORMAT = 1  # of config.json
ID = re.compile(ownership.ID)
NO_ID = "The folder's name is no run's id; ids look like 20260131-120000000-abcdefgh."
LAST_BYTES = 4096  # of the events; the event that ended a run is among them


def read(folder: Path, *, thorough: bool = True) -> Run:
    """The run in `folder`, or a Run whose `damaged` says why the folder cannot be read.

    Never raises because of a folder's content. Unless `thorough`, the rows within epochs are not checked.
    """
    try:
        run = Run(folder, _config(folder / layout.CONFIG))
    except _Foreign as error:
        return Run(folder, None, str(error))
    except FileNotFoundError:
        return Run(folder, None, f"{layout.CONFIG} is missing.")
    except OSError as error:
        return Run(folder, None, f"{layout.CONFIG} cannot be read: {error.strerror}.")
    except (ValueError, RecursionError):
        return Run(folder, None, f"{layout.CONFIG} is not JSON text.")
    except ConfigError as error:
        return Run(folder, None, f"{layout.CONFIG}: {error}")
    damage = _damage(run, thorough)
    return Run(folder, run.config, damage) if damage else run


def runs() -> list[Run]:
    """All runs, newest first, damaged runs included. Not read thoroughly, because there may be thousands.

    State, name and epochs, which lists show, are read here: no later change of a folder can make a page fail.
    """
    with _without_garbage_collection():
        return [_listed(folder) for folder in _folders()]


def unsettled() -> list[Run]:
    """The runs that have not ended, newest first: they may have to be started, reconciled or counted.

    Only the last lines of an ended run are read, because there may be ten thousand ended runs.
    """
    return [_listed(folder) for folder in _folders() if not _has_ended(folder)]


def _folders() -> list[Path]:
    """All folders in the folder of runs except hidden ones, newest first."""
    root = paths.runs_folder()
    if not root.is_dir():
        return []
    with os.scandir(root) as entries:
        folders = [entry.path for entry in entries if not entry.name.startswith(".") and _is_folder(entry)]
    return [Path(path) for path in sorted(folders, reverse=True)]


def _has_ended(folder: Path) -> bool:
    """Whether the last lines of the events say that the run has ended; False if that is not certain."""
    try:
        with open_regular(folder / layout.EVENTS, MOST_EVENT_BYTES) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LAST_BYTES))
            last = file.read(LAST_BYTES)
    except (OSError, ValueError):
        return False
    for line in reversed(last.split(b"\n")[1:]):
        try:
            event = json.loads(line)["event"] if line else None
        except (ValueError, LookupError, TypeError, RecursionError):
            return False
        if event in ("finished", "failed", "interrupted"):
            return True
        if event not in (None, *NAMING_EVENTS):
            return False
    return False


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A context without the garbage collector, which would examine thousands of new rows several times."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _listed(folder: Path) -> Run:
    if not ID.fullmatch(folder.name):
        return Run(folder, None, NO_ID)
    try:
        run = read(folder, thorough=False)
        _ = run.state, run.name, run.epochs
        return run
    except Exception as error:  # noqa: BLE001 - no error in this folder may hide the other runs
        return Run(folder, None, f"It cannot be read: {type(error).__name__}, {str(error)[:200]}.")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether to list an entry of the folder of runs. A link to itself is listed, as a damaged run."""
    try:
        return entry.is_dir()
    except OSError:
        return True


class _Foreign(Exception):
    """This version cannot have written the config; the message is the reason."""


def _config(path: Path) -> configs.RunConfig:
    try:
        content = read_bounded(path, ownership.LARGEST_CONFIG)
    except ValueError as error:
        raise _Foreign(f"{error}.") from error
    return _parsed_config(content)


@functools.lru_cache(20_000)  # a page that polls reads every run's config every few seconds
def _parsed_config(content: bytes) -> configs.RunConfig:
    """The config in a file's content. Raises _Foreign, ValueError, RecursionError or ConfigError."""
    document = json.loads(content.decode("utf-8"))
    format = document.get("format") if isinstance(document, dict) else None
    if isinstance(format, int) and format > FORMAT:
        raise _Foreign(
            f"{layout.CONFIG} is of format {str(format)[:20]}, written by a newer version of this app. This "
            f"version knows formats up to {FORMAT}. Nothing was changed; update the app to open the run."
        )
    if format != FORMAT:
        raise _Foreign(f"{layout.CONFIG} is not a run's config of format {FORMAT}.")
    config = configs.checked(document.get("config"))
    if document.get("checksum") not in (None, checksum(document["config"])):  # a hand-written config has none
        raise _Foreign(f"{layout.CONFIG} is damaged: its checksum differs.")
    return config


def _damage(run: Run, thorough: bool) -> str | None:
    """Why the rows cannot be read, or None."""
    try:
        if not run.events:
            return f"{layout.EVENTS} is missing or holds no event."
        read_metrics = rows if thorough else epoch_rows
        read_metrics(run.folder / layout.METRICS)
        return lock_fault(run.folder / layout.LOCK)
    except journal.UnsoundRow as error:
        return f"{error}."
    except OSError as error:
        return f"{Path(error.filename or run.folder).name} cannot be read: {error.strerror}."


def lock_fault(path: Path) -> str | None:
    """Why the lock file cannot tell whether a worker is alive, as a sentence; None if it can."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{layout.LOCK} cannot be read: {error.strerror}."
    if not stat.S_ISREG(status.st_mode):
        return f"{layout.LOCK} is not a file."
    return None if os.access(path, os.R_OK) else f"{layout.LOCK} cannot be read: Permission denied."
