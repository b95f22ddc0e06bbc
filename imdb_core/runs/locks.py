"""Alive means: the worker holds an operating-system lock on run.lock. The system frees it however the process ends."""

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
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def hold(path: Path, seconds: float = 5) -> filelock.BaseFileLock:
    """Take the lock for the life of this process (keep the returned object); raises filelock.Timeout.

    Waits a moment because a prober may be holding its shared lock just now.
    """
    lock = filelock.FileLock(path)
    lock.acquire(timeout=seconds, poll_interval=0.01)
    return lock


def _held_by_trying(path: Path) -> bool:
    try:
        with filelock.FileLock(path, blocking=False):
            return False
    except filelock.Timeout:
        return True
