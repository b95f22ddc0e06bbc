"""Start a run's worker process, and explain how a worker ended that did not record its end.

Called by the launcher, which decides when a run is started, and by the command line.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from imdb_core import background, errors
from imdb_core.config import memory_hyperparameters
from imdb_core.operating_system import processes
from imdb_core.runs import layout, locks, refusals, standby, store
from imdb_core.sentences import Sentence

WORKER = os.environ.get("IMDB_WORKER_MODULE", "imdb_core.training.worker")  # tests put a stub here
START_SECONDS = 30  # how long start() waits for the "started" event of a worker
MOST_STARTS = 2  # after so many starts without a "started" event of the worker, a run has failed

_children: dict[Path, subprocess.Popen[bytes]] = {}  # the workers that this process started, by run folder


def start(run: store.Run, device: str, *, threads: int) -> bool:
    """Start the run's worker and wait until it holds its lock; returns whether a process was started.

    A "launching" event is written first. After MOST_STARTS of these events without a "started" event, the run
    has failed and is not started. Raises RunError if an event cannot be written; then nothing is started.
    """
    starts = starts_since_queued(run)
    if starts >= MOST_STARTS:
        _record_failure(run, Sentence("never_recorded", starts=starts))
        return False
    store.record(run.folder, "launching", attempt=starts + 1)
    refusals.forget(run.folder)
    token = standby.hand_over(run, device, threads=threads, attempt=starts + 1)
    if token:
        return _taken(run, token) or start(store.read(run.folder), device, threads=threads)
    options = ("--device", device, "--threads", threads)
    try:
        worker = background.spawn(WORKER, run.folder, *options, log=run.folder / layout.LOG)
    except (OSError, ValueError) as error:
        _record_failure(run, Sentence("not_started", reason=errors.reason(error)))
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


def starts_since_queued(run: store.Run) -> int:
    """How often the run was started since it was last queued."""
    kinds = [event["event"] for event in run.events]
    since_queued = len(kinds) - kinds[::-1].index("queued") if "queued" in kinds else 0
    return kinds[since_queued:].count("launching")


def _wait_for_start(run: store.Run, worker: subprocess.Popen[bytes]) -> None:
    """Wait until the worker holds its lock, has ended, or START_SECONDS are over; record a failed start."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        if store.read(run.folder).state not in ("starting", "queued"):
            return
        time.sleep(0.02)
    if worker.poll() is not None and store.read(run.folder).state == "queued":
        _record_failure(run, Sentence("exited_at_start", exit_code=worker.returncode))


def _record_failure(run: store.Run, failure: Sentence) -> None:
    store.record(run.folder, "failed", **failure.fields)


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
            if not run.active:
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
