"""What differs between operating systems, in one place: ends of processes, locks, open files, the C library's heap.

Linux and macOS have signals, process groups and shared locks. Windows has none of them, so the functions below also have
a portable way: psutil for processes, exclusive locks alone, and patience with files that somebody has open.
`IMDB_PORTABLE=1` takes the portable way on Linux, which is how it is tested. No other module names what Windows lacks:
tests/test_operating_systems.py watches over that.
"""

import contextlib
import ctypes
import errno
import os
import platform
import random
import re
import signal
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

# How to open a file that might be a pipe without waiting for its writer, and without Windows' change of line ends.
READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
LOCKED_BYTE = 2**30  # behind the end of every file: on Windows nobody else can read the byte that is locked
PROBES = 3  # of an exclusive lock: another prober keeps it for less than a millisecond
OPEN_SECONDS = 5  # how long a rename on Windows waits for readers to close their files
# Of glibc's mallopt (malloc.h).
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8


def is_portable() -> bool:
    """Whether to take the way that needs neither signals nor process groups nor shared locks."""
    return os.name == "nt" or os.environ.get("IMDB_PORTABLE") == "1"


def spawn_options() -> dict[str, Any]:
    """Arguments of subprocess.Popen for a process that outlives the terminal and its Ctrl-C."""
    if is_portable():  # a console of its own, without a window; both are 0, which is nothing, where they are unknown
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    return {"start_new_session": True}


def ask_to_end(process: psutil.Process) -> None:
    """SIGTERM to the process group that `process` leads. On Windows nothing: there SIGTERM would kill at once.

    Raises ProcessLookupError if it is gone, PermissionError if it belongs to another user.
    """
    if not is_portable():
        os.killpg(process.pid, signal.SIGTERM)


def end_by_force(process: psutil.Process) -> None:
    """End `process` and all processes below it at once.

    Raises ProcessLookupError if it is gone, PermissionError if it belongs to another user.
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
    """`process` and all processes below it, suspended so that none of them starts another; raises psutil.Error."""
    process.suspend()
    family = [process]
    while new := [child for child in process.children(recursive=True) if child not in family]:
        for child in new:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.suspend()
        family += new
    return family


def ticks_after_boot(pid: int) -> int | None:
    """When the process started, in the kernel's ticks after boot (man proc, stat, field 22); None where there is no such file."""
    if is_portable():
        return None
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19])
    except OSError:
        return None


def reap_adopted(pid: int) -> None:
    """A container's first process inherits the children of ended processes: take note of the end of `pid`, if it has ended."""
    if os.getpid() == 1 and pid > 1 and not is_portable():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def was_killed(exit_code: int | None) -> bool:
    """Whether a process was ended by SIGKILL, as the system does it when memory runs out. Never known on Windows."""
    return exit_code == -9


def ended_by(exit_code: int | None) -> str | None:
    """What ended a process from outside, in words: a signal, or on Windows a status such as 0xC0000005; None for its own end."""
    if exit_code is None or 0 <= exit_code < 0xC0000000:
        return None
    if exit_code > 0:
        return f"Windows with status 0x{exit_code:08X}"
    return f"signal {-exit_code} ({signal.strsignal(-exit_code)})"


def lock(file: IO) -> bool:
    """Lock the open `file` until unlock(), or until the process ends; False if somebody else has it locked. Never waits.

    A lock belongs to one opening of the file: a second opening in the same process does not have it.
    """
    return _lock(file, shared=False)


def unlock(file: IO) -> None:
    """Undo lock(). Closing the file does it as well, on Windows a moment later."""
    if os.name == "nt":
        _windows_locking(file, msvcrt.LK_UNLCK)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def is_locked(file: IO) -> bool:
    """Whether another opening of `file` is locked. Probing never disturbs the holder, and one prober is not taken for a holder.

    The portable probe locks the file for a moment. Who wants to lock it has to try again; who only probes does so here.
    """
    if not is_portable():
        return not _lock(file, shared=True)
    for _ in range(PROBES):
        if _lock(file, shared=False):
            unlock(file)
            return False
        time.sleep(random.uniform(0.001, 0.003))
    return True


def _lock(file: IO, *, shared: bool) -> bool:
    if os.name == "nt":
        return _windows_locking(file, msvcrt.LK_NBLCK)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _windows_locking(file: IO, how: int) -> bool:
    """Whether msvcrt.locking did `how` with the byte that stands for the file."""
    os.lseek(file.fileno(), LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(file.fileno(), how, 1)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def appending_alone(file: IO, seconds: float = 10) -> Iterator[None]:
    """Within, no other process appends to `file`: Windows looks for the end and writes in two steps. Raises TimeoutError."""
    if not is_portable():  # O_APPEND is one step
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


def remove_file(file: Path) -> None:
    """Remove `file`. Raises OSError."""
    _patiently(os.unlink, file)


def _patiently(act: Callable[..., None], *places: Path) -> None:
    """`act(*places)`, tried again for a while where the system refuses it because a reader or a virus scanner has a file open."""
    deadline = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return act(*places)
        except PermissionError:
            if not is_portable() or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk: a rename alone may be lost when the power fails. Windows opens no folder."""
    if is_portable():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_small_heap(largest_kept: int) -> None:
    """Have glibc give blocks over `largest_kept` bytes back to the system at once, and all threads share one heap; else nothing.

    It would keep up to 64 MB of freed memory in each of many heaps.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(MMAP_THRESHOLD, largest_kept)
        set_option(TRIM_THRESHOLD, 4 * largest_kept)
        set_option(ARENA_MAX, 1)


def processor_name() -> str:
    """The machine's processor in words, as well as the system tells it."""
    with contextlib.suppress(OSError):
        if named := re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE):
            return named[1]
    return platform.processor() or platform.machine()
