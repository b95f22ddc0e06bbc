"""What differs between operating systems: how processes are started and ended, locks, open files, the heap.

Linux and macOS have signals, process groups and shared locks. Windows has none of these, so the functions
below also have a portable way: psutil for processes, exclusive locks, and retries for files that are open.
`IMDB_PORTABLE=1` takes the portable way on Linux, for the tests. No other module may use functions that
Windows lacks; tests/test_operating_systems.py searches the whole program for them.
"""

import contextlib
import ctypes
import errno
import os
import platform
import random
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import psutil

if os.name == "nt":
    import msvcrt
else:
    import fcntl
    import resource

# For os.open: if the path is a pipe, do not wait for its writer; do not change line ends.
READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # for os.open: fail if the path is a symbolic link
# For os.open: make the file if it is missing; if the path is a pipe, do not wait for its reader.
APPEND_FLAGS = os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
LOCKED_BYTE = 2**30  # beyond the end of any file, because on Windows no other process can read a locked byte
# Tries of is_locked() to take a lock. Another is_locked() holds it for under a millisecond, on a busy machine
# for longer.
PROBES = 10
WANTED_OPEN_FILES = 4096
UNLIMITED_OPEN_FILES = 8192  # what Windows' C library allows at most; it has no limit for a process
OPEN_SECONDS = 5  # how long a rename on Windows waits for readers to close their files
# The numbers of glibc's mallopt options (malloc.h).
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8


def is_portable() -> bool:
    """Whether to take the way that needs neither signals nor process groups nor shared locks."""
    return os.name == "nt" or os.environ.get("IMDB_PORTABLE") == "1"


def spawn_options() -> dict[str, Any]:
    """Arguments of subprocess.Popen for a process that outlives the terminal and its Ctrl-C."""
    if is_portable():  # on Windows: its own console, without a window; elsewhere these flags do not exist
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")
        return {"creationflags": sum(getattr(subprocess, flag, 0) for flag in flags)}
    return {"start_new_session": True}


def ask_to_end(process: psutil.Process) -> bool:
    """Send SIGTERM to the process group that `process` leads; False on Windows, where SIGTERM would kill.

    Raises ProcessLookupError if `process` is gone, PermissionError if it belongs to another user.
    """
    if is_portable():
        return False
    os.killpg(process.pid, signal.SIGTERM)
    return True


def end_by_force(process: psutil.Process) -> None:
    """Kill `process` and its process group; on Windows, kill `process` and its descendants.

    Raises ProcessLookupError if `process` is gone, PermissionError if it belongs to another user.
    """
    if not is_portable():
        os.killpg(process.pid, signal.SIGKILL)
        return
    try:
        for member in _suspended_family(process):
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)) from error
    except psutil.AccessDenied as error:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM)) from error


def _suspended_family(process: psutil.Process) -> list[psutil.Process]:
    """`process` and its descendants, suspended so that they start no new processes; raises psutil.Error."""
    process.suspend()
    family = [process]
    while new := [child for child in process.children(recursive=True) if child not in family]:
        for child in new:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.suspend()
        family += new
    return family


def ticks_after_boot(pid: int) -> int | None:
    """When the process started, in ticks after boot (man proc, stat, field 22); None if this is not Linux."""
    if is_portable():
        return None
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19])
    except OSError:
        return None


def reap_adopted(pid: int) -> None:
    """Reap `pid` if it has ended and this is a container's first process, which inherits orphans."""
    if os.getpid() == 1 and pid > 1 and not is_portable():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def was_killed(exit_code: int | None) -> bool:
    """Whether SIGKILL ended a process; Linux sends it when memory runs out. Always False on Windows."""
    return exit_code == -9


def ended_by(exit_code: int | None) -> str | None:
    """The signal, or on Windows the status, that ended a process, in words; None if it ended by itself."""
    if exit_code is None or 0 <= exit_code < 0xC0000000:
        return None
    if exit_code > 0:
        return f"Windows with status 0x{exit_code:08X}"
    return f"signal {-exit_code} ({signal.strsignal(-exit_code)})"


def lock(file: IO) -> bool:
    """Lock the open `file` until unlock() or the end of the process; False if it is locked. Never waits.

    The lock belongs to this file object; a second one of the same path does not have it.
    """
    return _lock(file, shared=False)


def unlock(file: IO) -> None:
    """Undo lock(). Closing the file does it as well, on Windows a moment later."""
    if os.name == "nt":
        _windows_locking(file, msvcrt.LK_UNLCK)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def is_locked(file: IO) -> bool:
    """Whether another file object holds the lock() of `file`.

    On Windows this takes the lock for a moment, so a lock() at the same time fails and must be tried again.
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
    """Ids of the processes that hold a lock on the file at `path`, as far as Linux's table of locks tells;
    else [].

    A table of locks names the file by device and inode (man proc_locks).
    """
    if sys.platform != "linux":
        return []
    try:
        about, table = os.lstat(path), Path("/proc/locks").read_text("ascii", "replace")
    except OSError:
        return []
    name = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    rows = [
        line.split() for line in table.splitlines() if "->" not in line
    ]  # an arrow marks a process that waits
    return sorted({int(row[4]) for row in rows if len(row) > 5 and row[5] == name and int(row[4]) > 0})


def _lock(file: IO, *, shared: bool) -> bool:
    if os.name == "nt":
        return _windows_locking(file, msvcrt.LK_NBLCK)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _windows_locking(file: IO, how: int) -> bool:
    """Whether msvcrt.locking could do `how` (lock or unlock) with the byte at LOCKED_BYTE."""
    os.lseek(file.fileno(), LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(file.fileno(), how, 1)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def appending_alone(file: IO, seconds: float = 10) -> Iterator[None]:
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


def move_folder(folder: Path, target: Path) -> None:
    """Give `folder` another name, which must be free. Raises OSError."""
    _patiently(os.rename, folder, target)


def replace_file(file: Path, target: Path) -> None:
    """Put `file` in the place of `target`. Raises OSError."""
    _patiently(os.replace, file, target)


def belongs_to_me_alone(about: os.stat_result) -> bool:
    """Whether this user owns a file or folder and no other user may write to it. On Windows always True."""
    if os.name == "nt":
        return True
    return about.st_uid == os.geteuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def remove_file(file: Path) -> None:
    """Remove `file`. Raises OSError."""
    _patiently(os.unlink, file)


def _patiently(act: Callable[..., None], *places: Path) -> None:
    """Call `act(*places)`; on Windows try again while a reader or a virus scanner has a file open."""
    deadline = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return act(*places)
        except PermissionError:
            if not is_portable() or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def open_files_limit() -> int:
    """How many files, sockets included, this process may have open at once."""
    if is_portable():
        return UNLIMITED_OPEN_FILES
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return UNLIMITED_OPEN_FILES if soft == resource.RLIM_INFINITY else soft


def allow_open_files() -> None:
    """Raise the limit of open files towards WANTED_OPEN_FILES, as far as the system lets us: macOS begins
    with 256.
    """
    if is_portable() or open_files_limit() >= WANTED_OPEN_FILES:
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = WANTED_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_OPEN_FILES)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def sync_folder(folder: Path) -> None:
    """Write the names in `folder` to the disk, so that a power failure undoes no rename. Not on Windows."""
    if is_portable():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_small_heap(largest_kept: int) -> None:
    """On Linux, let glibc return freed blocks over `largest_kept` bytes at once, and use one heap.

    By default glibc has many heaps and may keep up to 64 MB of freed memory in each.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(MMAP_THRESHOLD, largest_kept)
        set_option(TRIM_THRESHOLD, 4 * largest_kept)
        set_option(ARENA_MAX, 1)


def processor_name() -> str:
    """The model name of the machine's processor."""
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text("utf-8")
        if match := re.search(r"^model name\s*: (.+)$", text, re.MULTILINE):
            return match[1]
    return platform.processor() or platform.machine()
