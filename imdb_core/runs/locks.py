"""Alive means: the worker holds an operating-system lock on run.lock. The system frees it however the process ends."""

import contextlib
import errno
import os
import time
from pathlib import Path

import filelock

try:
    import fcntl
except ImportError:  # Windows has no shared probe; there a probe briefly takes the lock
    fcntl = None


def held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`; probing never disturbs the holder or another prober."""
    if not path.exists():
        return False
    if fcntl is None:
        return _held_by_trying(path)
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # the run was deleted a moment ago
        return False
    return False


class Lock:
    """An open file that the system keeps locked until release(), or until this process ends."""

    def __init__(self, file):
        self._file = file

    def release(self) -> None:
        self._file.close()


def hold(path: Path, seconds: float = 5) -> "Lock | filelock.BaseFileLock":
    """Take the lock for the life of this process (keep the returned object); raises filelock.Timeout.

    Waits a moment because a prober may be holding its shared lock just now. Never makes a folder: raises FileNotFoundError if the
    run's folder is gone, also when it is deleted while this waits.
    """
    if fcntl is None:
        lock = filelock.FileLock(path)
        lock.acquire(timeout=seconds, poll_interval=0.01)
        return lock
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as unless_held:
        file = unless_held.enter_context(open(path, "ab"))
        while not _taken(file):
            if time.monotonic() > deadline:
                raise filelock.Timeout(str(path))
            time.sleep(0.01)
        if not os.path.samestat(os.fstat(file.fileno()), path.stat()):  # who deletes a run holds its lock meanwhile
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        unless_held.pop_all()
    return Lock(file)


def _taken(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held_by_trying(path: Path) -> bool:
    try:
        with filelock.FileLock(path, blocking=False):
            return False
    except filelock.Timeout:
        return True
