"""Finds and ends the processes that a row has started."""

import os
from pathlib import Path

import psutil


def processes_of(place: Path) -> list[psutil.Process]:
    """Living processes whose command line names a path in `place`: the workers and servers of one row."""
    matches = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(place) in part for part in command):
            matches.append(process)
    return [process for process in matches if process.pid != os.getpid()]


def end_processes_of(place: Path) -> None:
    """Kill the processes of `place` until none of them has started another process."""
    while alive := processes_of(place):
        for process in alive:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(alive, timeout=10)
