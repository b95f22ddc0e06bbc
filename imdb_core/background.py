"""Start processes that outlive the app (trainings, the stop helper, the download), recognise them, reap them,
bound their logs.

Called by the launcher, the worker, the export, the download and the baseline.
"""

import atexit
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import psutil

from imdb_core import files, import_path, operating_system, paths

LARGEST_LOG = 4 * 2**20  # bytes
# Variables with which Python leaves out docstrings and asserts, makes errors of warnings, or asks for input
# at the end.
CHANGES_PYTHON = ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT")
_living: set[subprocess.Popen] = set()  # child processes that reap() has not reaped yet


def spawn(module: str, *arguments, log: Path | None) -> subprocess.Popen:
    """`python -m module arguments` in a session of its own. Its output goes to `log`, or nowhere if that is
    None.

    Raises OSError if it cannot be started, ValueError if the log is a pipe, folder, device or link.
    A new interpreter, because TensorFlow hangs after a fork. No pipe, because somebody would have to read it.
    """
    reap()
    with _opened(log) if log else open(os.devnull, "wb") as output:
        child = subprocess.Popen(
            command("-m", module, *arguments),
            cwd=paths.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            **operating_system.spawn_options(),
        )
    _living.add(child)
    return child


def _opened(log: Path) -> io.FileIO:
    """Open the log for appending. If it is a hard link, this name is removed and a new file is created: the
    other name may be somebody's own file.
    """
    file = files.open_appending(log)
    if os.fstat(file.fileno()).st_nlink == 1:
        return file
    file.close()
    log.unlink()
    return files.open_appending(log)


def can_log(path: Path) -> bool:
    """Whether spawn() can append to a log at `path`."""
    try:
        files.open_appending(path).close()
    except (OSError, ValueError):
        return False
    return True


def command(*arguments) -> list[str]:
    """The command line of this Python with `arguments`, for every process of the app. Use it with
    environment().

    -P: the folder in which the app was started is not searched for modules.
    """
    return [sys.executable, "-P", *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment variables with absolute paths, for a process that runs in the app's folder."""
    ours = {**os.environ, **paths.absolute_variables()}
    ours["PYTHONPATH"] = import_path.for_child()
    ours["PYTHONSAFEPATH"] = "1"  # as -P, for the processes that libraries start
    ours |= dict.fromkeys(CHANGES_PYTHON, "")
    ours["PYTHONIOENCODING"] = "utf-8:backslashreplace"  # Windows' default encoding lacks most letters
    return ours | changes


def identity() -> dict:
    """The process id and start time of this process, for its "started" event; process() recognises it by
    them.
    """
    me, ticks = psutil.Process(), operating_system.ticks_after_boot(os.getpid())
    started = {"process_started": me.create_time(), "ticks_after_boot": ticks}
    return {"pid": me.pid, "parent_pid": os.getppid(), **started}


def process(recorded: dict) -> psutil.Process | None:
    """The living process whose identity() is `recorded`; None if another process has its id now.

    Raises psutil.Error, for instance if no process has this id. The kernel reuses process ids, so the start
    time is compared as well: on Linux in ticks after boot, on other systems and for older runs in seconds of
    the clock. If the clock was set meanwhile, the process may not be recognised. Then it gets no signal, but
    it still reads a "stop-requested" event.
    """
    if not 0 < recorded["pid"] < 2**31:  # a number that no system assigns
        raise psutil.NoSuchProcess(recorded["pid"])
    candidate = psutil.Process(recorded["pid"])
    if recorded.get("ticks_after_boot") is not None:
        same = operating_system.ticks_after_boot(candidate.pid) == recorded["ticks_after_boot"]
    else:
        same = abs(candidate.create_time() - recorded["process_started"]) < 1
    return candidate if same else None


def reap() -> None:
    """Reap child processes that have ended, so that they do not stay as zombies."""
    for child in list(_living):
        if child.poll() is not None:
            _living.discard(child)


@atexit.register
def _leave_them_alone() -> None:
    """Python warns of children that live on when it ends (-X dev, -W error); these do so on purpose."""
    for child in _living:
        child.returncode = child.poll() or 0


def shorten_log(path: Path) -> None:
    """Keep only the end of a log larger than LARGEST_LOG bytes. Called by the process that writes the log.

    On Windows the process's output would continue at the old position, so this moves it to the new end.
    """
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1 or about.st_size <= LARGEST_LOG:
            return
        with open(path, "rb+") as file:
            file.seek(-LARGEST_LOG // 4, os.SEEK_END)
            kept = file.read().partition(b"\n")[2]
            file.seek(0)
            file.truncate()
            file.write(b"(earlier lines were dropped)\n" + kept)
            file.flush()
            for output in (1, 2):
                if os.path.samestat(os.fstat(output), os.fstat(file.fileno())):
                    os.lseek(output, 0, os.SEEK_END)
    except OSError:  # for instance a full disk: a long log is no reason to fail
        return
