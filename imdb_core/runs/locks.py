"""Lock files. A worker is alive while it holds an operating-system lock on run.lock.

The system frees the lock when the process ends. The queue, the download and each job of background_job have
lock files of their own. A process that waits for a lock names the process that holds it. Called by the
launcher, store, run, the worker, the download and background_job.
"""

import contextlib
import errno
import io
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

import psutil

from imdb_core import files
from imdb_core.errors import RunError
from imdb_core.operating_system import file_locks

SILENT_SECONDS = 2  # after this long a waiting process names the holder of the lock
ADVICE = "If that process is suspended, let it go on or end it."


class Held(RunError):
    """Another process kept the lock for as long as this process was ready to wait."""


def held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`; this disturbs neither the holder nor other callers.

    Never waits or raises. False for a pipe, folder or link, which hold() refuses. If the file may not be
    opened, the system's table of locks decides; systems other than Linux have none.
    """
    try:
        with files.open_regular(path, files.NO_BOUND) as file:
            return file_locks.is_locked(file)
    except PermissionError:
        return bool(file_locks.lock_holders(path))
    except (OSError, ValueError):  # not created yet, just deleted, or not a lock file
        return False


class Lock:
    """An open file that stays locked until release(), the end of `with`, or the end of this process."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Free the lock; a second call does nothing."""
        if not self._file.closed:
            file_locks.unlock(self._file)
            self._file.close()


def hold(path: Path, seconds: float = 5, *, duty: str | None = None) -> Lock:
    """Take the lock for the life of this process (keep the returned object).

    After SILENT_SECONDS of waiting, announces which process holds the lock (see announcing()); after
    `seconds` raises Held. `duty` is what a holder of this lock does, for that sentence: "moves the queue on".
    Never creates a folder: raises FileNotFoundError if the folder is missing or is deleted while this waits.
    Raises RunError at once for a pipe, device, folder or link, and OSError if the file cannot be opened.
    """
    began, announced = time.monotonic(), False
    with contextlib.ExitStack() as unless_held:
        file = unless_held.enter_context(_opened(path))
        while not file_locks.lock(file):
            waited = time.monotonic() - began
            if waited > seconds:
                who = holder(path, duty) if waited > SILENT_SECONDS else f"Another process holds {path.name}"
                raise Held(f"{who}; waited {waited:.0f} s for it. {ADVICE}")
            if waited > SILENT_SECONDS and not announced:
                announced = True
                limit = "" if math.isinf(seconds) else f" for at most {seconds:.0f} s"
                _announce.get()(f"{holder(path, duty)}; waiting for it{limit}. {ADVICE}")
            time.sleep(0.01)
        if not _is_still_at(path, file):  # the holder may have deleted the run
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        unless_held.pop_all()
    return Lock(file)


def holder(path: Path, duty: str | None = None) -> str:
    """The beginning of a sentence: which process holds the lock at `path`, and what that process does."""
    names = []
    for pid in file_locks.lock_holders(path):
        with contextlib.suppress(psutil.Error):
            names.append(f"process {pid} ({psutil.Process(pid).name()})")
    does = f", which {duty}," if duty else ""
    subject = " and ".join(names[:3]) or "another process"
    return f"{subject[0].upper()}{subject[1:]}{does} holds {path.name}"


@contextlib.contextmanager
def announcing(say: Callable[[str], None]) -> Iterator[None]:
    """A context in which hold() passes its sentence on a long wait to `say`, not to standard error."""
    token = _announce.set(say)
    try:
        yield
    finally:
        _announce.reset(token)


def _to_standard_error(sentence: str) -> None:
    with contextlib.suppress(OSError, AttributeError):  # standard error is closed, or there is none
        print(sentence, file=sys.stderr, flush=True)


_announce: ContextVar[Callable[[str], None]] = ContextVar("announce", default=_to_standard_error)


def _opened(path: Path) -> io.FileIO:
    """The lock file, created if it is missing."""
    try:
        try:
            return files.open_appending(path, readable=True)
        except PermissionError as denied:  # most systems can lock a file that this user can only read
            try:
                return files.open_regular(path, files.NO_BOUND)
            except FileNotFoundError:
                raise denied from None
    except ValueError as error:
        raise RunError(
            f"{error}, so it cannot be a lock ({path}). Move it elsewhere, then try again."
        ) from error


def _is_still_at(path: Path, file: io.FileIO) -> bool:
    return os.path.samestat(os.fstat(file.fileno()), path.lstat())
