"""Start, end and recognise processes. Called by background, runs and the baseline."""

import contextlib
import errno
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil

from imdb_core.operating_system import is_portable


def spawn_options() -> dict[str, Any]:
    """Arguments of subprocess.Popen for a process that outlives the terminal and its Ctrl-C."""
    if is_portable():  # on Windows: its own console, without a window; other systems lack these flags
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
