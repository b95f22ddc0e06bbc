"""Queue, start, stop and resume runs. Any process may call this at any time: a lock prevents races.

The queue moves on when a run is submitted, when a worker ends, and whenever a page or the command line lists
runs.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from imdb_core import background, errors, keras_settings, operating_system, paths
from imdb_core.config import RunConfig, memory_knobs
from imdb_core.data import batches, imdb
from imdb_core.errors import RunError
from imdb_core.runs import devices, layout, locks, ownership, refusals, room, signals, store
from imdb_core.sentences import Sentence

STOP_SECONDS = 10  # a worker that is asked to stop has this long before it is ended by force
START_SECONDS = 30
MOST_STARTS = 2  # after so many starts without a "started" event of the worker, a run has failed
QUEUE_LOCK = ".dispatch.lock"  # in the folder of runs
DUTY = "moves the queue of runs on"  # what the holder of this lock does; used in sentences
QUEUE_SECONDS = 60  # how long to wait for another process that holds this lock
WORKER = os.environ.get("IMDB_WORKER_MODULE", "imdb_core.training.worker")  # tests put a stub here

_workers: dict[Path, subprocess.Popen] = {}  # the workers that this process has started, by run folder


def submit(config: RunConfig, id: str | None = None) -> store.Run:
    """Queue `config` as a run and start it if a slot is free. The same `id` twice is one run.

    Raises RunError on a full disk, SettingError if Keras cannot train with the user's settings, and DataError
    if the reviews cannot be split by the validation_share.
    """
    id = id or store.new_id()
    if not store.exists(id):  # a second click finds the run and needs no checks
        keras_settings.check()
        room.demand(config)
        _demand_split(config)
    return _started(store.create(config, id))


def runs() -> list[store.Run]:
    """All runs, newest first, after moving the queue on and recording the end of workers that were killed."""
    background.reap()
    listed = store.runs()
    _reap_adopted(listed)
    try:
        if refusals.select(listed, _needs_attention) and dispatch(wait=False):
            return store.runs()
    except (OSError, RunError):
        pass  # a full or read-only disk must not hide the runs; their states do not depend on what could not be written
    return listed


def dispatch(*, wait: bool = True) -> bool:
    """Reconcile, then start queued runs, oldest first, while slots are free. After an error in one run, go on
    with the others.

    Returns False if another process is doing this: at once, or with `wait` after QUEUE_SECONDS.
    """
    try:
        with _alone(QUEUE_SECONDS if wait else 0):
            with refusals.isolated():
                store.sweep()
            _reconcile(store.unsettled())
            _start_queued(store.unsettled())
            return True
    except locks.Held:
        return False


def stop(run: store.Run) -> None:
    """Ask the run to end after the current batch; a helper process kills it if it does not. A second call
    does no harm.

    This also stops a worker that is still starting: it looks for a stop request once it has recorded
    "started". Raises RunError if the request cannot be recorded; a worker that is alive is ended all the
    same.
    """
    run = store.read(run.folder)  # the caller's `run` may be out of date
    try:
        if run.state == "queued":
            store.record(run.folder, "stopped", code="taken_from_queue")
        elif run.state in ("starting", "running"):
            store.record(run.folder, "stop-requested")
    finally:  # also if that cannot be written
        if locks.held(run.folder / layout.LOCK):
            log = run.folder / layout.LOG
            background.spawn(
                "imdb_core.runs.stopper", run.folder, log=log if background.can_log(log) else None
            )


def resume(run: store.Run) -> store.Run:
    """Queue an ended, unfinished run again; it goes on after its last finished epoch. Raises as submit()."""
    run = store.read(run.folder)  # after a first click, the caller's `run` is out of date
    if not run.can_resume:
        raise RunError(
            f"Run {run.name} is {run.state}; only interrupted, stopped or failed runs can be resumed."
        )
    keras_settings.check()
    store.record(run.folder, "queued", resumed=True)
    return _started(run)


def process(run: store.Run) -> psutil.Process | None:
    """The worker of the run if it is alive; None if it is not, or if its pid belongs to another process now."""
    started = run.event("started")
    if not started or not locks.held(run.folder / layout.LOCK):
        return None
    try:
        return background.process(started)
    except psutil.Error:
        return None


def end(run: store.Run) -> None:
    """Ask the worker to end; after STOP_SECONDS kill it and its children; record the end, and move the queue
    on.
    """
    for act, seconds in ((signals.ask_to_end, STOP_SECONDS), (signals.end_by_force, 5)):
        worker = process(run)
        if worker is None:
            break
        with contextlib.suppress(ProcessLookupError):  # the worker has just ended by itself
            act(run, worker)
        signals.wait_until_free(run.folder, seconds)
    # With the lock, no process that reconciles at the same time writes "interrupted" after "stopped".
    with _alone(QUEUE_SECONDS):
        if store.read(run.folder).state == "interrupted":
            store.record(run.folder, "stopped", code="ended_by_force")
    dispatch()


def _started(run: store.Run) -> store.Run:
    """Move the queue on and return the run as it is then; raises RunError if another process held the lock
    all the time.
    """
    if dispatch() is False:
        blocker = locks.holder(paths.runs_folder() / QUEUE_LOCK, DUTY)
        raise RunError(
            f"Run {run.name} is queued, but was not started within {QUEUE_SECONDS} s: {blocker}. {locks.ADVICE} "
            "The run starts then."
        )
    return store.read(run.folder)


def _demand_split(config: RunConfig) -> None:
    """Raise the DataError that the worker would raise later; skipped if the reviews are not on this machine
    yet.
    """
    # The demo reviews can be split by any share.
    labels = imdb.training_labels() if config.dataset == "imdb" else None
    if labels is not None:
        batches.demand_both_labels(labels, config.validation_share)


def _alone(seconds: float) -> locks.Lock:
    """The lock for starting runs and for recording how workers ended, for `with`. Raises locks.Held."""
    root = paths.runs_folder()
    root.mkdir(parents=True, exist_ok=True)
    return locks.hold(root / QUEUE_LOCK, seconds, duty=DUTY)


def _needs_attention(run: store.Run) -> bool:
    return run.waits or (run.state == "interrupted" and run.ending.get("event") != "interrupted")


def _reconcile(listed: list[store.Run]) -> None:
    for run in listed:
        with refusals.isolated(run):
            if run.state == "interrupted" and _needs_attention(run):
                ownership.sweep_run(run.folder)
                store.record(run.folder, "interrupted", **_how_it_ended(run).fields)


def _how_it_ended(run: store.Run) -> Sentence:
    """A sentence on a worker that ended without recording why. Only its parent knows its exit code."""
    worker, code, started = _workers.pop(run.folder, None), None, run.event("started")
    if worker and worker.pid in (started.get("pid"), started.get("parent_pid")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = worker.wait(1)  # a worker's lock is free a moment before the worker has ended
    if operating_system.was_killed(code):
        sizes = {name: getattr(run.config, name) for name in memory_knobs(run.network)}
        return Sentence("killed", settings=", ".join(f"{name} {value}" for name, value in sizes.items()))
    if cause := operating_system.ended_by(code):
        return Sentence("ended_by", cause=cause)
    return Sentence("ended_silently")


def _reap_adopted(listed: list[store.Run]) -> None:
    """Reap ended workers whose parent has ended; the first process of a container inherits these workers."""
    for run in listed if os.getpid() == 1 else []:
        with refusals.isolated(run):
            if not run.active:
                operating_system.reap_adopted(run.event("started").get("pid", 0))


def _start_queued(listed: list[store.Run]) -> None:
    """First in, first out per kind of device: a run that waits for a GPU does not delay a run for the CPU."""
    waiting = sorted(
        refusals.select(listed, lambda run: run.waits), key=lambda run: run.event("queued").get("time") or ""
    )
    refusals.keep_only(run.folder for run in waiting)
    busy = [
        run.event("started").get("device", "cpu") for run in refusals.select(listed, lambda run: run.active)
    ]
    likely = [run for run in waiting if not refusals.reason(run.folder)]
    for run in waiting:
        with refusals.isolated(run):
            device = devices.choose(run.config.device, busy)
            threads = 1 if busy or len(likely) > 1 else devices.cpu_cores()
            if device is not None and _start(run, device, threads):
                busy.append(device)


def _start(run: store.Run, device: str, threads: int) -> bool:
    """Spawn the worker and wait until it holds its lock, so that it is not started twice. Returns whether it
    was spawned.

    A "launching" event is written before the spawn. A run with MOST_STARTS of these since it was queued, and
    no "started" event, has failed. Raises RunError if an event cannot be written; then nothing is started.
    """
    starts = _starts(run)
    if starts >= MOST_STARTS:
        store.record(run.folder, "failed", **Sentence("never_recorded", starts=starts).fields)
        return False
    store.record(run.folder, "launching", attempt=starts + 1)
    refusals.forget(run.folder)
    log = run.folder / layout.LOG
    try:
        worker = background.spawn(WORKER, run.folder, "--device", device, "--threads", str(threads), log=log)
    except (OSError, ValueError) as error:
        store.record(run.folder, "failed", **Sentence("not_started", reason=errors.reason(error)).fields)
        return False
    _workers[run.folder] = worker
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        now = store.read(run.folder)
        if now.state != "starting" and now.state != "queued":
            return True
        time.sleep(0.02)
    if worker.poll() is not None and store.read(run.folder).state == "queued":
        store.record(run.folder, "failed", **Sentence("exited_at_start", exit_code=worker.returncode).fields)
    return True


def _starts(run: store.Run) -> int:
    """How often the run was started since it was last queued."""
    kinds = [event["event"] for event in run.events]
    since = len(kinds) - kinds[::-1].index("queued") if "queued" in kinds else 0
    return kinds[since:].count("launching")


def training_here() -> list[str]:
    """The ids of runs that this process has started and that are training."""
    return [
        folder.name
        for folder, worker in _workers.items()
        if worker.poll() is None and locks.held(folder / layout.LOCK)
    ]


@atexit.register
def _say_what_goes_on() -> None:
    """Tell a user who ends this process, by Ctrl-C for instance, that its trainings go on."""
    if alive := training_here():
        names = ", ".join(alive)
        print(
            f"Training goes on without this process: {names}. python -m imdb_core stop RUN ends it.",
            file=sys.stderr,
        )
