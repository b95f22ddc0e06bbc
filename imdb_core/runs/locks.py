"""Alive means: the worker holds an operating-system lock on run.lock. The system frees it however the process ends."""

import contextlib
import errno
import os
import time
from pathlib import Path

import filelock

from imdb_core import operating_system


def held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`; probing never disturbs the holder or another prober."""
    try:
        with open(path, "rb") as file:
            return operating_system.is_locked(file)
    except (FileNotFoundError, NotADirectoryError):  # no worker has made it yet, or the run was just deleted
        return False


class Lock:
    """An open file that stays locked until release(), the end of `with`, or the end of this process."""

    def __init__(self, file):
        self._file = file

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_) -> None:
        self.release()

    def release(self) -> None:
        """Doing it twice does no harm."""
        if not self._file.closed:
            operating_system.unlock(self._file)
            self._file.close()


def hold(path: Path, seconds: float = 5) -> Lock:
    """Take the lock for the life of this process (keep the returned object); raises filelock.Timeout.

    Waits a moment because a prober may be holding it just now. Never makes a folder: raises FileNotFoundError
    if the run's folder is gone, also when it is deleted while this waits.
    """
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as unless_held:
        file = unless_held.enter_context(open(path, "ab"))
        while not operating_system.lock(file):
            if time.monotonic() > deadline:
                raise filelock.Timeout(str(path))
            time.sleep(0.01)
        if not os.path.samestat(os.fstat(file.fileno()), path.stat()):  # who deletes a run holds its lock meanwhile
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        unless_held.pop_all()
    return Lock(file)
