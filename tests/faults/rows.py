"""What a row of the scorecard is: a fault, its bound, and the check that injects it. Used by the modules
beside this one.

A check gets an empty folder; IMDB_RUNS_DIR and IMDB_CACHE_DIR point into it already. It injects the fault,
counts, and returns what it found. A check that can be run on a deliberately broken variant of the app names
these variants in `breaks` and gets one of them as `broken`: then the row must miss its bound, which shows
that the check can fail.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest


@dataclass(frozen=True)
class Outcome:
    """`figure` as the scorecard prints it, such as "0 of 300 lost"; `held`: whether it keeps the bound."""

    figure: str
    held: bool


@dataclass(frozen=True)
class Row:
    """One line of the scorecard; `tensorflow` marks rows that train with the real worker, `alone` those that measure times
    and therefore want the machine for themselves."""

    id: str
    fault: str
    bound: str
    check: Callable[..., Outcome]
    tensorflow: bool
    alone: bool
    breaks: tuple[str, ...]


ROWS: dict[str, Row] = {}


def row(
    id: str,
    fault: str,
    bound: str,
    *,
    tensorflow: bool = False,
    alone: bool = False,
    breaks: tuple[str, ...] = (),
):
    """Register the decorated check(place, patch), or check(place, patch, broken) if it `breaks`, as the row
    `id`.
    """

    def register(check):
        if id in ROWS:
            raise ValueError(f"There are two rows {id}.")
        ROWS[id] = Row(id, fault, bound, check, tensorflow, alone, breaks)
        return check

    return register


@contextmanager
def sandbox() -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
    """(an empty folder, a patch that is undone at the end); runs and cache are in the folder, and no process
    outlives it.
    """
    with tempfile.TemporaryDirectory(prefix="faults-") as name, pytest.MonkeyPatch.context() as patch:
        place = Path(name)
        patch.setenv("IMDB_RUNS_DIR", str(place / "runs"))
        patch.setenv("IMDB_CACHE_DIR", str(place / "cache"))
        try:
            yield place, patch
        finally:
            end_processes_of(place)


def checked_row(one: Row, broken: str | None = None) -> Outcome:
    """Run one row's check in a world of its own."""
    with sandbox() as (place, patch):
        return one.check(place, patch, broken) if one.breaks else one.check(place, patch)


def wait_until(condition: Callable, seconds: float = 60):
    """The first true value of condition(); raises TimeoutError when none comes."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain")
        time.sleep(0.02)
    return value


def in_thread(function: Callable, *arguments):
    """function(*arguments) in a thread of its own, for a browser test of the same process may have an event
    loop running.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()


def run_coroutine(coroutine):
    """The result of a coroutine."""
    return in_thread(asyncio.run, coroutine)


def processes_of(place: Path) -> list[psutil.Process]:
    """Living processes whose command line names something in `place`: workers, helpers and servers of one
    world.
    """
    mine = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(place) in part for part in command):
            mine.append(process)
    return [process for process in mine if process.pid != os.getpid()]


def end_processes_of(place: Path) -> None:
    """Kill them until none starts another."""
    while alive := processes_of(place):
        for process in alive:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(alive, timeout=10)
