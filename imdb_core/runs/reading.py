"""What run folders hold, read without trusting them: every folder is a run, or says why it is damaged.

Called through `store`. A folder may have been changed by an editor, another version, a failing disk, or be none of ours; what
is wrong with one run must never reach another one, or the page that lists them.
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
from imdb_core.runs import journal, ownership
from imdb_core.runs.rows import MOST_EVENT_BYTES, epoch_rows, rows
from imdb_core.runs.run import Run

FORMAT = 1  # of config.json
ID = re.compile(ownership.ID)
NO_ID = "The folder's name is no run's id; ids look like 20260131-120000000-abcdefgh."
LAST_BYTES = 4096  # of events.jsonl, which hold the event that ended a run


def read(folder: Path, *, thorough: bool = True) -> Run:
    """The run in `folder`, or a Run that says why it is damaged; never raises for what a folder holds.

    Unless `thorough`, the rows of metrics.jsonl between the epochs are not looked at.
    """
    try:
        run = Run(folder, _config(folder / "config.json"))
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
    damage = _damage(run, thorough)
    return Run(folder, run.config, damage) if damage else run


def runs() -> list[Run]:
    """All runs, newest first, damaged ones included; not read thoroughly, for there may be thousands.

    What lists show (state, name, epochs) is read already, so that a folder that changes meanwhile cannot stop a page.
    """
    with _no_garbage():
        return [_listed(folder) for folder in _folders()]


def unsettled() -> list[Run]:
    """The runs that may need to be started, reconciled or counted, newest first: all but those that have ended for good.

    Of a run that has ended only the last lines are read, so that a start need not wait for a list of ten thousand.
    """
    return [_listed(folder) for folder in _folders() if not _has_ended(folder)]


def _folders() -> list[Path]:
    """What lies beside the runs as a folder, newest first, but for hidden ones."""
    root = paths.runs_folder()
    if not root.is_dir():
        return []
    with os.scandir(root) as entries:
        listed = [entry.path for entry in entries if not entry.name.startswith(".") and _is_folder(entry)]
    return [Path(path) for path in sorted(listed, reverse=True)]


def _has_ended(folder: Path) -> bool:
    """Whether the last lines of the events say so; False wherever that is not certain."""
    try:
        with open_regular(folder / "events.jsonl", MOST_EVENT_BYTES) as file:
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
        if event not in (None, "renamed"):
            return False
    return False


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Python does not look for garbage meanwhile: of thousands of rows, which are kept, it would look at each several times."""
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
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not hide the other runs
        return Run(folder, None, f"It cannot be read: {type(error).__name__}, {str(error)[:200]}.")


def _is_folder(entry: os.DirEntry) -> bool:
    """Whether a name beside the runs is to be listed: also a link that leads nowhere, with its reason."""
    try:
        return entry.is_dir()
    except OSError:
        return True


class _Foreign(Exception):
    """config.json is JSON, but not ours."""


def _config(path: Path) -> configs.RunConfig:
    try:
        content = read_bounded(path, ownership.LARGEST_CONFIG)
    except ValueError as error:
        raise _Foreign(f"{error}.") from error
    return _parsed_config(content)


@functools.lru_cache(20_000)  # a page that polls reads it every few seconds, of every run
def _parsed_config(content: bytes) -> configs.RunConfig:
    """The config in the content of a config.json. Raises _Foreign, ValueError, RecursionError or ConfigError."""
    document = json.loads(content.decode("utf-8"))
    format = document.get("format") if isinstance(document, dict) else None
    if isinstance(format, int) and format > FORMAT:
        raise _Foreign(
            f"config.json is of format {str(format)[:20]}, written by a newer version of this app, which knows formats up "
            f"to {FORMAT}. Nothing was changed; update the app to open the run."
        )
    if format != FORMAT:
        raise _Foreign(f"config.json is not a run's config of format {FORMAT}.")
    config = configs.checked(document.get("config"))
    if document.get("checksum") not in (None, checksum(document["config"])):  # a hand-written one has none
        raise _Foreign("config.json is damaged: its checksum differs.")
    return config


def _damage(run: Run, thorough: bool) -> str | None:
    """Why the rows cannot be read, or None."""
    try:
        if not run.events:
            return "events.jsonl is missing or holds no event."
        (rows if thorough else epoch_rows)(run.folder / "metrics.jsonl")
        return lock_fault(run.folder / "run.lock")
    except journal.UnsoundRow as error:
        return f"{error}."
    except OSError as error:
        return f"{Path(error.filename or run.folder).name} cannot be read: {error.strerror}."


def lock_fault(path: Path) -> str | None:
    """Why nobody can tell whether a worker holds the lock, or None."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"run.lock cannot be read: {error.strerror}."
    if not stat.S_ISREG(about.st_mode):
        return "run.lock is no file."
    return None if os.access(path, os.R_OK) else "run.lock cannot be read: Permission denied."
