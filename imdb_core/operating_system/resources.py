"""Open files, heap and processor of this machine. Called by ui and bench."""

import contextlib
import ctypes
import os
import platform
import re
import signal
import sys
from pathlib import Path

from imdb_core.operating_system import is_portable

if os.name != "nt":
    import resource

WANTED_OPEN_FILES = 4096
UNLIMITED_OPEN_FILES = 8192  # the most that Windows' C library allows; Windows has no limit per process
# The numbers of glibc's mallopt options (malloc.h).
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8


def open_files_limit() -> int:
    """How many files, sockets included, this process may have open at once."""
    if is_portable():
        return UNLIMITED_OPEN_FILES
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return UNLIMITED_OPEN_FILES if soft == resource.RLIM_INFINITY else soft


def allow_open_files() -> None:
    """Raise the limit of open files towards WANTED_OPEN_FILES, as far as the system permits.

    The default of macOS is 256.
    """
    if is_portable() or open_files_limit() >= WANTED_OPEN_FILES:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = WANTED_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_OPEN_FILES)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def keep_small_heap(largest_kept: int) -> None:
    """On Linux, let glibc return freed blocks over `largest_kept` bytes at once, and use one heap.

    By default glibc has many heaps and may keep up to 64 MB of freed memory in each.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(MMAP_THRESHOLD, largest_kept)
        set_option(TRIM_THRESHOLD, 4 * largest_kept)
        set_option(ARENA_MAX, 1)


def yield_to_others(niceness: int) -> None:
    """Lower the priority of this process by `niceness`, 1 to 19, where the system can; Windows cannot."""
    if not is_portable():
        os.nice(niceness)


def processor_name() -> str:
    """The model name of the machine's processor."""
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text("utf-8")
        if match := re.search(r"^model name\s*: (.+)$", text, re.MULTILINE):
            return match[1]
    return platform.processor() or platform.machine()


def limit_this_process(*, memory: int, cpu_seconds: int, file_bytes: int) -> None:
    """Let this process fail beyond these limits: bytes of address space, seconds, bytes of a written file.

    Memory beyond the limit is a MemoryError, a larger file an OSError, and the kernel ends a process that
    computes for longer. Windows has no such limits.
    """
    if is_portable():
        return
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in wanted.items():
        _, hard = resource.getrlimit(kind)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(kind, (limit, hard))
    if hasattr(signal, "SIGXFSZ"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with EFBIG
