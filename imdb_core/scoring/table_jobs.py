"""Score a table in a process of its own, from a page: look, start, follow, stop, fetch, delete.

A job is a folder <cache folder>/scored/<id>/, see table_folder.py. Its id cannot be guessed: whoever knows it
may read the result. The folder is removed by a click or after a day; nothing of the texts is kept elsewhere.
"""

import contextlib
import json
import os
import re
import secrets
import subprocess
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from imdb_core import background, files, paths
from imdb_core.errors import DataError
from imdb_core.operating_system import processes
from imdb_core.runs import locks
from imdb_core.scoring.table_folder import (
    FAILED,
    ID,
    LOCK,
    LOG,
    OWN,
    REQUEST,
    STARTING,
    STATUS,
    STOP,
    STOPPED,
    TABLE,
    Job,
    Order,
    folder_of,
    root,
)
from imdb_core.scoring.table_limits import LOOK_SECONDS

MOST_JOBS = 50  # folders at once
MOST_RUNNING = 2
KEPT_SECONDS = 24 * 3600
START_SECONDS = 30  # from the request until the process holds its lock
LARGEST_STATUS = 2**22  # bytes
_MODULE = "imdb_core.scoring.table_job"


def look(order: Order) -> dict[str, Any]:
    """What the table was understood to be, from a process of its own; nothing is kept.

    Keys: columns, samples (column -> cells), text, label, rows, layout. Raises DataError.
    """
    try:
        done = subprocess.run(
            background.command("-m", _MODULE, "look"),
            input=json.dumps(asdict(order)).encode(),
            cwd=paths.PROJECT,
            capture_output=True,
            timeout=LOOK_SECONDS,
            env=background.environment(),
            **processes.spawn_options(),
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(
            f"Reading {order.name} took longer than {LOOK_SECONDS / 60:.0f} minutes. Split the file."
        ) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout[:LARGEST_STATUS])
    except ValueError as error:
        cause = processes.ended_by(done.returncode) or "an error"
        detail = done.stderr[-300:].decode("utf-8", "replace").strip().splitlines()[-1:]
        raise DataError(
            f"The process that reads {order.name} was ended by {cause}. {''.join(detail)} The file may be "
            "damaged, or memory ran out."
        ) from error
    if "error" in answer:
        raise DataError(answer["error"])
    return answer


def start(order: Order, *, is_upload: bool = False) -> str:
    """Start to score a table; returns the id of the job. Raises DataError, and OSError for a full disk.

    An uploaded table may be removed as soon as this returns.
    """
    remove_old()
    jobs = [status(id) for id in _ids()]
    running = sum(job is not None and not job.has_ended for job in jobs)
    if running >= MOST_RUNNING or len(jobs) >= MOST_JOBS:
        raise DataError(
            f"{running} tables are being scored and {len(jobs)} jobs are kept; at most {MOST_RUNNING} and "
            f"{MOST_JOBS} are allowed. Wait for one to end, or delete a result."
        )
    id = secrets.token_hex(16)
    folder = folder_of(id)
    folder.mkdir(0o700, parents=True)
    if is_upload:
        order = replace(order, source=str(_linked(Path(order.source), folder)))
    files.write_json(folder / REQUEST, asdict(order))
    _spawned[id] = background.spawn(_MODULE, folder, log=folder / LOG)
    return id


def _linked(source: Path, folder: Path) -> Path:
    """The table under a second name in the folder of its job; the same path if the disk has no links."""
    target = folder / TABLE / source.name
    target.parent.mkdir()
    try:
        os.link(source, target)
    except OSError:
        return source
    return target


def status(id: str) -> Job | None:
    """The job with this id; None if there is none (any more)."""
    folder = folder_of(id) if re.fullmatch(ID, id) else None
    try:
        order = Order(**json.loads(files.read_bounded(folder / REQUEST, LARGEST_STATUS))) if folder else None
    except (OSError, ValueError, TypeError):
        return None
    if folder is None or order is None:
        return None
    is_running = locks.held(folder / LOCK) or _is_spawned(id)  # before the status is read
    facts = _status(folder)
    is_stopping = (folder / STOP).exists()
    job = Job(id, order, **{"phase": STARTING} | facts, is_stopping=is_stopping)
    if job.has_ended or is_running or _is_new(folder):
        return job
    if is_stopping:
        return Job(id, order, STOPPED)
    return Job(id, order, FAILED, error=_why(id, folder))


def stop(id: str) -> None:
    """Ask the job to end; it does within a few seconds, and leaves no result."""
    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
        (folder_of(id) / STOP).touch()


def delete(id: str) -> None:
    """Remove a job that has ended and its result. Raises DataError while it runs."""
    job = status(id)
    if job and not job.has_ended:
        raise DataError("The table is still being scored. Stop that first, then delete it.")
    files.remove_own(folder_of(id), OWN, last=REQUEST)
    _spawned.pop(id, None)


def remove_old() -> None:
    """Remove the jobs that ended a day ago or earlier."""
    for id in _ids():
        with contextlib.suppress(OSError, DataError):  # another server removes as well, or it runs
            if time.time() - (folder_of(id) / REQUEST).stat().st_mtime > KEPT_SECONDS:
                delete(id)


# Job -> its process, if this process has started it.
_spawned: dict[str, subprocess.Popen[bytes]] = {}


def _is_spawned(id: str) -> bool:
    return id in _spawned and _spawned[id].poll() is None


def _is_new(folder: Path) -> bool:
    """Whether the process may not have taken its lock yet."""
    try:
        is_recent = time.time() - (folder / REQUEST).stat().st_mtime < START_SECONDS
    except OSError:
        return False
    return is_recent and not (folder / LOCK).exists() and folder.name not in _spawned


def _ids() -> list[str]:
    return files.names(root(), ID)


def _status(folder: Path) -> dict[str, Any]:
    """The fields of a Job that the process has written."""
    try:
        facts = json.loads(files.read_bounded(folder / STATUS, LARGEST_STATUS))
    except (OSError, ValueError):
        return {}
    wanted = ("phase", "done", "total", "seconds", "error", "figures")
    return {name: facts[name] for name in wanted if name in facts}


def _why(id: str, folder: Path) -> str:
    """Why a process has ended without a word."""
    cause = processes.ended_by(_spawned[id].poll()) if id in _spawned else None
    try:
        lines = (folder / LOG).read_text("utf-8", "replace")[-2000:].strip().splitlines()
    except OSError:
        lines = []
    detail = f" Its last line: {lines[-1][:300]}." if lines else ""
    return f"The process was ended{f' by {cause}' if cause else ''}; there is no result.{detail} Start again."
