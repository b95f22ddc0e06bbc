"""Lock an open file and see who has locked it. Called by runs/locks.py and runs/journal.py."""

import contextlib
import errno
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from imdb_core.operating_system import is_portable

# A test of sys.platform itself, so that mypy checks only the branch of the system on which it runs.
if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCKED_BYTE = 2**30  # beyond the end of any file, because on Windows no other process can read a locked byte
# How often is_locked() tries to take the lock. Another process in is_locked() holds the lock for less than a
# millisecond, on a busy machine for longer.
PROBES = 10


def lock(file: IO[Any]) -> bool:
    """Lock the open `file` until unlock() or the end of the process; False if it is locked. Never waits.

    The lock belongs to this file object; a second file object of the same path does not have the lock.
    """
    return _lock(file, shared=False)


def unlock(file: IO[Any]) -> None:
    """Undo lock(). Closing the file does it as well, on Windows a moment later."""
    if sys.platform == "win32":
        _windows_locking(file, msvcrt.LK_UNLCK)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def is_locked(file: IO[Any]) -> bool:
    """Whether another file object holds the lock() of `file`.

    On Windows this takes the lock for a moment: a lock() at the same moment fails and must be tried again.
    """
    if not is_portable():
        return not _lock(file, shared=True)
    for _ in range(PROBES):
        if _lock(file, shared=False):
            unlock(file)
            return False
        time.sleep(random.uniform(0.001, 0.005))
    return True


def lock_holders(path: Path) -> list[int]:
    """Ids of the processes that hold a lock on the file at `path`; [] on systems other than Linux.

    Linux has a table of locks, which names the file by device and inode (man proc_locks).
    """
    if sys.platform != "linux":
        return []
    try:
        status, table = os.lstat(path), Path("/proc/locks").read_text("ascii", "replace")
    except OSError:
        return []
    name = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    # An arrow marks a process that waits.
    rows = [line.split() for line in table.splitlines() if "->" not in line]
    return sorted({int(row[4]) for row in rows if len(row) > 5 and row[5] == name and int(row[4]) > 0})


@contextlib.contextmanager
def appending_alone(file: IO[Any], seconds: float = 10) -> Iterator[None]:
    """A context in which no other process appends to `file`; raises TimeoutError after `seconds`.

    Windows appends in two steps, seek and write, so two processes could write to the same place.
    """
    if not is_portable():  # the kernel appends in one step (O_APPEND)
        yield
        return
    deadline = time.monotonic() + seconds
    while not lock(file):
        if time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), str(file.name))
        time.sleep(0.001)
    try:
        yield
    finally:
        unlock(file)


def _lock(file: IO[Any], *, shared: bool) -> bool:
    if sys.platform == "win32":
        return _windows_locking(file, msvcrt.LK_NBLCK)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if sys.platform == "win32":

    def _windows_locking(file: IO[Any], mode: int) -> bool:
        """Lock or unlock, as `mode` of msvcrt.locking says, the byte at LOCKED_BYTE; False if that fails."""
        os.lseek(file.fileno(), LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file.fileno(), mode, 1)
        except OSError:
            return False
        return True
