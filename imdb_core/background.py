"""Start processes that outlive the app, recognise and reap them, and bound their logs.

These processes are trainings, the stop helper, the export, the download and the jobs of background_job.
Called by the launcher, the worker, the export, the download and background_job.
"""

import atexit
import io
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from imdb_core import files, import_path, paths
from imdb_core.operating_system import machine, processes

LARGEST_LOG = 4 * 2**20  # bytes
# These variables remove docstrings and asserts, turn warnings into errors, or open a prompt at the end.
CHANGES_PYTHON = ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT")
# What every process of the app gets, on this and on other machines.
FIXED_VARIABLES = {
    **dict.fromkeys(CHANGES_PYTHON, ""),
    "PYTHONSAFEPATH": "1",  # as -P, for the processes that libraries start
    "PYTHONIOENCODING": "utf-8:backslashreplace",  # Windows' default encoding lacks most letters
}
_living: set[subprocess.Popen[bytes]] = set()  # child processes that reap() has not reaped yet


def spawn(module: str, *arguments: object, log: Path | None) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments` in a session of its own; its output goes to `log`, if not None.

    Raises OSError if the process cannot be started, ValueError if the log is a pipe, folder, device or link.
    This starts a new interpreter, because TensorFlow hangs after a fork. The output does not go to a pipe,
    because some process would have to read the pipe.
    """
    reap()
    with opened_log(log) if log else open(os.devnull, "wb") as output:
        child = subprocess.Popen(
            command("-m", module, *arguments),
            cwd=paths.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            **processes.spawn_options(),
        )
    _living.add(child)
    return child


def opened_log(path: Path) -> io.FileIO:
    """Open a log for appending. Raises OSError, or ValueError for a pipe, folder, device or link.

    A hard link is removed first, because under its other name the file may be the user's own.
    """
    file = files.open_appending(path)
    if os.fstat(file.fileno()).st_nlink == 1:
        return file
    file.close()
    path.unlink()
    return files.open_appending(path)


def redirect_output(log: io.FileIO) -> None:
    """Send all further output of this process and of its libraries to an opened log, and close `log`."""
    with log:
        for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
            stream.flush()
            os.dup2(log.fileno(), descriptor)


def can_log(path: Path) -> bool:
    """Whether spawn() can append to a log at `path`."""
    try:
        files.open_appending(path).close()
    except (OSError, ValueError):
        return False
    return True


def command(*arguments: object) -> list[str]:
    """The command line of this Python with `arguments`. Every process of the app uses it with environment().

    -P: Python does not search the folder in which the app was started for modules.
    """
    return [sys.executable, "-P", *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment variables, with absolute paths, for a process in the app's folder."""
    variables = {**os.environ, **paths.absolute_variables()}
    variables["PYTHONPATH"] = import_path.for_child()
    return variables | FIXED_VARIABLES | changes


def identity() -> dict[str, Any]:
    """The machine, process ids and start time of this process, for its "started" event. See process()."""
    this_process = psutil.Process()
    return {
        **machine.identity(),
        "pid": this_process.pid,
        "parent_pid": os.getppid(),
        "process_started": this_process.create_time(),
        "ticks_after_boot": processes.ticks_after_boot(this_process.pid),
    }


def process(recorded: Mapping[str, Any]) -> psutil.Process | None:
    """The living process whose identity() is `recorded`; None if another process has its id now.

    None as well if it belongs to a machine or container of another name: process ids count there anew.

    Raises psutil.Error, for instance if no process has this id. The kernel reuses process ids, so the start
    time is compared as well: on Linux in ticks after boot, on other systems and for older runs in seconds of
    the clock. If the clock was set meanwhile, the process may not be recognised. Then it gets no signal, but
    it still reads a "stop-requested" event.
    """
    if recorded.get("host") not in (None, machine.name()):
        return None
    if not 0 < recorded["pid"] < 2**31:  # an operating system assigns only ids in this range
        raise psutil.NoSuchProcess(recorded["pid"])
    candidate = psutil.Process(recorded["pid"])
    if recorded.get("ticks_after_boot") is not None:
        same = processes.ticks_after_boot(candidate.pid) == recorded["ticks_after_boot"]
    else:
        same = abs(candidate.create_time() - recorded["process_started"]) < 1
    return candidate if same else None


def last_line(log: Path) -> str:
    """The last line of a process's log, at most 300 characters; says so if there is none. Raises OSError."""
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "no reason was given"


def reap() -> None:
    """Reap child processes that have ended, so that they do not stay as zombies."""
    for child in list(_living):
        if child.poll() is not None:
            _living.discard(child)


@atexit.register
def _prevent_warnings() -> None:
    """Silence Python's warning (-X dev, -W error) that child processes outlive it, as they should."""
    for child in _living:
        child.returncode = child.poll() or 0


def shorten_log(path: Path) -> None:
    """Keep only the end of a log larger than LARGEST_LOG bytes. Called by the process that writes the log.

    On Windows the process's output would continue at the old position, so this moves it to the new end.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1 or status.st_size <= LARGEST_LOG:
            return
        with open(path, "rb+") as file:
            file.seek(-LARGEST_LOG // 4, os.SEEK_END)
            end = file.read().partition(b"\n")[2]
            file.seek(0)
            file.truncate()
            file.write(b"(earlier lines were dropped)\n" + end)
            file.flush()
            for output in (1, 2):
                if os.path.samestat(os.fstat(output), os.fstat(file.fileno())):
                    os.lseek(output, 0, os.SEEK_END)
    except OSError:  # for instance a full disk: a long log is no reason to fail
        return
