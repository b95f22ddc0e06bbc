"""Keep a worker ready that has imported Keras, and hand the next run over to it.

A standby is a fresh interpreter like each worker (training.standby). There is at most one for a folder of
runs, and only while memory is free and nothing trains. If it does not fit a run, or does not answer, the run
is started in the ordinary way. Called by the Train page (keep_ready) and by workers (hand_over).
"""

import contextlib
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from imdb_core import background
from imdb_core.config import RunConfig
from imdb_core.errors import UserError
from imdb_core.operating_system import processes
from imdb_core.runs import available_memory, devices, layout, locks, places, refusals, standby_folder, store
from imdb_core.runs.ahead import OFF

MODULE = os.environ.get("IMDB_STANDBY", "imdb_core.training.standby")
NEEDED_BYTES = 2 * 2**30  # of memory: a standby takes 0.6 GiB, and a training in it about as much again
LOOK_SECONDS = 2.0  # between two looks whether a standby is needed: a page asks at each rerun
WANTED_SECONDS = 10.0  # between two signs to the standby that a page is still shown
BEGIN_SECONDS = 20.0  # a process without the lock is not replaced before this time after its start
FAILED_SECONDS = 120.0  # after a standby has failed, none is started for this long
CLAIM_SECONDS = 8.0  # how long a standby may take to notice its assignment: an import may hold its thread up
START_SECONDS = 30.0  # how long it may then take to record that the run has started
POLL_SECONDS = 0.01


@dataclass
class StartedHere:
    """The standbys that this process started, and when it looks again."""

    children: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)  # by process id
    started: float = -FAILED_SECONDS
    next_look: float = 0.0
    next_sign: float = 0.0


started_here = StartedHere()


def keep_ready(config: RunConfig) -> None:
    """Start a standby for runs like `config`, unless there is one or none may be started; returns at once.

    Never raises. The standby ends by itself some minutes after the last call.
    """
    if MODULE == OFF:
        return
    with refusals.isolated():
        now = time.monotonic()
        if now >= started_here.next_sign:
            started_here.next_sign = now + WANTED_SECONDS
            with contextlib.suppress(FileNotFoundError):
                os.utime(standby_folder.folder() / standby_folder.WANTED)
        if now >= started_here.next_look:
            started_here.next_look = now + LOOK_SECONDS
            if not locks.held(standby_folder.folder() / standby_folder.LOCK) and _may_start(now):
                _start(config)


def hand_over(run: store.Run, device: str, *, threads: int, attempt: int) -> str | None:
    """Assign the run to the standby if there is one for this device, thread count and surroundings.

    Returns the token of the standby that has taken the run, for wait_for_start(); None if the run must be
    started in the ordinary way. A standby that does not fit or does not answer is ended. Call it while
    holding the launcher's lock.
    """
    place = standby_folder.folder()
    ready = standby_folder.ready(place) if MODULE != OFF and _has_standby(place) else None
    if ready is None:
        return None
    token: str = ready["token"]
    with contextlib.suppress(OSError, UserError, ValueError):  # for instance a full disk
        if _fits(ready, device, threads) and background.can_log(run.folder / layout.LOG):
            standby_folder.assign(place, token, run=run.folder.name, attempt=attempt)
            _wait_for_claim(place)
            if not standby_folder.remove_assignment(place):
                return token
    _end(ready)
    return None


def wait_for_start(run: store.Run, token: str) -> bool:
    """Whether the standby that took the run has started it; False if it ended before.

    True also if it has not ended after START_SECONDS.
    """
    place, deadline = standby_folder.folder(), time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        is_alive = _is_at_work(place, token)  # first: the lock is freed after the start is recorded
        if store.read(run.folder).state not in ("starting", "queued"):
            return True
        if not is_alive:
            return False
        time.sleep(POLL_SECONDS)
    return True


def child(pid: int | None) -> subprocess.Popen[bytes] | None:
    """The process with this id if it was started here as a standby: only its parent learns its exit code."""
    return started_here.children.get(pid or 0)


def is_free() -> bool:
    """Whether no run is trained or waits here, so that the cores may be used ahead of the next run."""
    here = places.get(places.HERE)
    own = [run for run in store.unsettled() if run.place == here.name]
    return not any(run.waits or (run.active and here.occupies(run)) for run in own)


def _may_start(now: float) -> bool:
    """Whether a standby may be started now; a process that has not taken the lock yet counts as one."""
    newest = next(reversed(started_here.children.values()), None)
    if newest and newest.poll() is None and now - started_here.started < BEGIN_SECONDS:
        return False
    if newest and newest.poll() and now - started_here.started < FAILED_SECONDS:
        return False
    return available_memory.available_bytes() >= NEEDED_BYTES and is_free()


def _start(config: RunConfig) -> None:
    place = standby_folder.own_folder()
    device = devices.choose(config.device, [])
    if place is None or device is None:
        return
    log = place / standby_folder.LOG
    for name in (standby_folder.LOG, standby_folder.READY):  # of a standby that was killed
        (place / name).unlink(missing_ok=True)
    options = {
        "device": device,
        "threads": devices.cpu_cores(),
        "network": config.network,
        "dataset": config.dataset,
        "surroundings": standby_folder.surroundings(),
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    process = background.spawn(MODULE, place, *arguments, log=log)
    started_here.started = time.monotonic()
    started_here.children[process.pid] = process
    for pid in list(started_here.children)[:-16]:  # older ones have ended or train for days: forget them
        del started_here.children[pid]


def _fits(ready: dict[str, Any], device: str, threads: int) -> bool:
    """Whether the standby was prepared for this device and thread count, in the same surroundings."""
    prepared = ready["device"], ready["threads"], ready["surroundings"]
    return prepared[:2] == (device, threads) and prepared[2] == standby_folder.surroundings()


def _has_standby(place: Path) -> bool:
    return locks.held(place / standby_folder.LOCK)


def _is_at_work(place: Path, token: str) -> bool:
    """Whether the standby with this token, which has taken a run, still lives."""
    successor = standby_folder.ready(place)
    return _has_standby(place) and (successor is None or successor["token"] == token)


def _wait_for_claim(place: Path) -> None:
    """Wait until the standby has removed its assignment, has ended, or CLAIM_SECONDS are over."""
    deadline = time.monotonic() + CLAIM_SECONDS
    while time.monotonic() < deadline and _has_standby(place):
        if not (place / standby_folder.ASSIGNMENT).exists():
            return
        time.sleep(POLL_SECONDS)


def _end(ready: dict[str, Any]) -> None:
    """Kill an idle standby: it has nothing to lose."""
    with contextlib.suppress(psutil.Error, OSError, KeyError, TypeError):
        if process := background.process(ready):
            processes.end_by_force(process)
