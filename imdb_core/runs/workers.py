"""Start a run's worker process on this machine, find it, and explain how it ended without recording its end.

Called by places.here, the launcher and the command line.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from imdb_core import background, errors
from imdb_core.config import memory_hyperparameters
from imdb_core.operating_system import machine, processes
from imdb_core.runs import layout, locks, refusals, standby, starts, store
from imdb_core.sentences import Sentence

WORKER = os.environ.get("IMDB_WORKER_MODULE", "imdb_core.training.worker")  # tests put a stub here
START_SECONDS = 30  # how long start() waits for the "started" event of a worker

_children: dict[Path, subprocess.Popen[bytes]] = {}  # the workers that this process started, by run folder


def start(run: store.Run, device: str, *, threads: int) -> bool:
    """Start the run's worker and wait until it holds its lock; returns whether a process was started.

    A "launching" event is written first (starts.begin). If another machine has written one before, the run is
    left to that machine. Raises RunError if the event cannot be written; then nothing is started.
    """
    attempt = starts.begin(run)
    run = store.read(run.folder)
    if attempt is None or not machine.is_this(run.machine):
        return False
    token = standby.hand_over(run, device, threads=threads, attempt=attempt)
    if token:
        return _taken(run, token) or start(store.read(run.folder), device, threads=threads)
    options = ("--device", device, "--threads", threads)
    try:
        worker = background.spawn(WORKER, run.folder, *options, log=run.folder / layout.LOG)
    except (OSError, ValueError) as error:
        starts.record_failure(run, Sentence("not_started", reason=errors.reason(error)))
        return False
    _children[run.folder] = worker
    _wait_for_start(run, worker)
    return True


def _taken(run: store.Run, token: str) -> bool:
    """Whether the standby that took the run has started it; False if it ended before, as if killed."""
    if not standby.wait_for_start(run, token):
        return False
    if child := standby.child(store.read(run.folder).event("started").get("pid")):
        _children[run.folder] = child
    return True


def _wait_for_start(run: store.Run, worker: subprocess.Popen[bytes]) -> None:
    """Wait until the worker holds its lock, has ended, or START_SECONDS are over; record a failed start.

    A run whose worker was killed meanwhile stays queued and is started again.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        if store.read(run.folder).state not in ("starting", "queued"):
            return
        time.sleep(0.02)
    if worker.poll() is None or processes.was_killed(worker.returncode):
        return
    if store.read(run.folder).state == "queued":
        starts.record_failure(run, Sentence("exited_at_start", exit_code=worker.returncode))


def process(run: store.Run) -> psutil.Process | None:
    """The run's worker if it is alive; None if it is not, or if its pid belongs to another process now.

    None as well if the worker is on another machine.
    """
    started = run.event("started")
    if not started or not locks.held(run.folder / layout.LOCK):
        return None
    try:
        return background.process(started)
    except psutil.Error:
        return None


def end_message(run: store.Run) -> Sentence:
    """A sentence on how the worker of an interrupted run ended."""
    code = _exit_code(run)
    if processes.was_killed(code):
        sizes = [f"{name} {getattr(run.config, name)}" for name in memory_hyperparameters(run.network)]
        return Sentence("killed", settings=", ".join(sizes))
    if cause := processes.ended_by(code):
        return Sentence("ended_by", cause=cause)
    return Sentence("ended_silently")


def _exit_code(run: store.Run) -> int | None:
    """The exit code of the run's worker; None if this process is not its parent, which alone knows it."""
    started = run.event("started")
    if not machine.is_this(started):
        return None
    worker = _children.pop(run.folder, None) or standby.child(started.get("pid"))
    if worker is None or worker.pid not in (started.get("pid"), started.get("parent_pid")):
        return None
    with contextlib.suppress(subprocess.TimeoutExpired):
        return worker.wait(1)  # the system frees a worker's lock a moment before the worker has ended
    return None


def reap_adopted(listed: list[store.Run]) -> None:
    """Reap ended workers whose parent has ended; the first process of a container inherits these workers."""
    for run in listed if os.getpid() == 1 else []:
        with refusals.isolated(run):
            if not run.active and machine.is_this(run.event("started")):
                processes.reap_adopted(run.event("started").get("pid", 0))


def training_children() -> list[str]:
    """The ids of runs whose workers this process has started and that are training."""
    return [
        folder.name
        for folder, worker in _children.items()
        if worker.poll() is None and locks.held(folder / layout.LOCK)
    ]


@atexit.register
def _announce_living_workers() -> None:
    """Tell a user who ends this process, by Ctrl-C for instance, that its trainings go on."""
    if ids := ", ".join(training_children()):
        sentence = f"Training goes on without this process: {ids}. python -m imdb_core stop RUN ends it."
        print(sentence, file=sys.stderr)
