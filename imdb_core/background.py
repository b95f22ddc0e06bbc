"""Processes that outlive whoever starts them (trainings, the stop helper, the download), and what they leave: ends and logs."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from imdb_core import paths

LARGEST_LOG = 4 * 2**20  # bytes
_living: set[subprocess.Popen] = set()  # what this process has started: the system keeps their ends until it asks


def spawn(module: str, *arguments, log: Path) -> subprocess.Popen:
    """`python -m module arguments` as a fresh interpreter in a session of its own; output goes to the end of `log`.

    Never a fork (TensorFlow hangs after one), never a pipe (somebody would have to read it).
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(paths.PROJECT), os.environ.get("PYTHONPATH", "")])}
    reap()
    with open(log, "ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    _living.add(child)
    return child


def identity() -> dict:
    """What an event keeps of this process, so that `process` knows it again: its number alone may be another's later."""
    me = psutil.Process()
    return {"pid": me.pid, "process_started": me.create_time(), "ticks_after_boot": _ticks_after_boot(me.pid)}


def process(told: dict) -> psutil.Process | None:
    """The living process that `identity` told of; None if it is gone and its number another's. Raises psutil.Error.

    Its start is compared as the kernel counts it from boot; the time of day (older runs, other systems) moves with the clock.
    """
    found = psutil.Process(told["pid"])
    if told.get("ticks_after_boot") is not None:
        same = _ticks_after_boot(found.pid) == told["ticks_after_boot"]
    else:
        same = abs(found.create_time() - told["process_started"]) < 1
    return found if same else None


def _ticks_after_boot(pid: int) -> int | None:
    """When the process started, in the kernel's ticks after boot (man proc, stat, field 22); None where there is no such file."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return None


def reap() -> None:
    """Take note of those that have ended; else they would stay in the system's table of processes as zombies."""
    for child in list(_living):
        if child.poll() is not None:
            _living.discard(child)


def shorten_log(path: Path) -> None:
    """Keep only the end of a log that has grown over LARGEST_LOG; its writers append, so they need not know."""
    try:
        if path.stat().st_size <= LARGEST_LOG:
            return
        with open(path, "rb+") as file:
            file.seek(-LARGEST_LOG // 4, os.SEEK_END)
            kept = file.read().partition(b"\n")[2]
            file.seek(0)
            file.truncate()
            file.write(b"(earlier lines were dropped)\n" + kept)
    except OSError:  # a full disk; the log is the last thing to fail for
        return
