"""Queue, start, stop and resume runs. Any process may call this at any time: a lock prevents races.

The queue moves on when a run is submitted, when a worker ends, and whenever a page or the command line lists runs.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import psutil

from imdb_core import background, files, keras_settings, operating_system, paths
from imdb_core.config import RunConfig, memory_knobs
from imdb_core.data import batches, imdb
from imdb_core.errors import RunError
from imdb_core.runs import devices, locks, room, store

STOP_SECONDS = 10  # a worker that is asked to stop has this long before it is ended by force
START_SECONDS = 30
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
    run = store.create(config, id)
    dispatch()
    return store.read(run.folder)


def runs() -> list[store.Run]:
    """All runs, newest first, after writing down what became of workers that ended without notice and moving the queue on."""
    background.reap()
    listed = store.runs()
    _reap_adopted(listed)
    try:
        if any(_needs_attention(run) for run in listed) and dispatch(wait=False):
            return store.runs()
    except (OSError, RunError):
        pass  # a full or read-only disk must not hide the runs; their states do not hang on what could not be written
    return listed


def dispatch(*, wait: bool = True) -> bool:
    """Reconcile, then start queued runs, oldest first, while slots are free. False if another process is doing it just now."""
    try:
        with _alone(60 if wait else 0):
            store.sweep()
            _reconcile(store.runs())
            _start_queued(store.runs())
            return True
    except filelock.Timeout:
        return False


def stop(run: store.Run) -> None:
    """Ask the run to end after the current batch; a helper process makes sure that it does. Doing it twice does no harm.

    A worker that is just being started obeys as well: it looks for a stop among the events after it has written "started".
    """
    run = store.read(run.folder)  # the page's look at it may be old
    if run.state == "queued":
        store.record(run.folder, "stopped", message="Taken from the queue before it started.")
    elif run.state in ("starting", "running"):
        store.record(run.folder, "stop-requested")
    if locks.held(run.folder / "run.lock"):
        background.spawn("imdb_core.runs.stopper", run.folder, log=run.folder / "worker.log")


def resume(run: store.Run) -> store.Run:
    """Queue an ended, unfinished run again; it goes on after its last finished epoch. Raises as submit()."""
    run = store.read(run.folder)  # after a first click, the caller's `run` is out of date
    if not run.can_resume:
        raise RunError(f"Run {run.name} is {run.state}; only interrupted, stopped or failed runs can be resumed.")
    keras_settings.check()
    store.record(run.folder, "queued", resumed=True)
    dispatch()
    return store.read(run.folder)


def process(run: store.Run) -> psutil.Process | None:
    """The worker of a run that is alive; None if the process with that pid is somebody else's by now."""
    started = run.event("started")
    if not started or not locks.held(run.folder / "run.lock"):
        return None
    try:
        return background.process(started)
    except psutil.Error:
        return None


def end(run: store.Run) -> None:
    """Ask the worker to end, wait, end it and its children by force if need be, and record it. Up to 11 s."""
    for act, seconds in ((_ask_to_end, STOP_SECONDS), (_end_by_force, 5)):
        worker = process(run)
        if worker is None:
            break
        with contextlib.suppress(ProcessLookupError):  # the worker has just ended by itself
            act(run, worker)
        _wait_until_free(run.folder, seconds)
    # With the lock, no process that reconciles at the same time writes "interrupted" after "stopped".
    with contextlib.suppress(filelock.Timeout), _alone(60):
        if store.read(run.folder).state == "interrupted":
            store.record(run.folder, "stopped", message="Ended by force; the last saved epoch is kept.")
    dispatch()


def _demand_split(config: RunConfig) -> None:
    """Raise the DataError that the worker would raise later; nothing if the reviews are not here yet."""
    # The demo reviews can be split by any share.
    labels = imdb.training_labels() if config.dataset == "imdb" else None
    if labels is not None:
        batches.demand_both_labels(labels, config.validation_share)


def _alone(seconds: float) -> filelock.BaseFileLock:
    """The lock for starting runs and for recording how workers ended, for `with`. Raises filelock.Timeout."""
    root = paths.runs_folder()
    root.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(root / ".dispatch.lock", timeout=seconds, poll_interval=0.01)


def _needs_attention(run: store.Run) -> bool:
    return run.state == "queued" or (run.state == "interrupted" and run.ending.get("event") != "interrupted")


def _reconcile(listed: list[store.Run]) -> None:
    for run in listed:
        if run.state == "interrupted" and _needs_attention(run):
            files.sweep(run.folder)
            store.record(run.folder, "interrupted", message=_how_it_ended(run))


def _how_it_ended(run: store.Run) -> str:
    """A sentence on a worker that ended without recording why. Only its parent knows its exit code."""
    worker, code, started = _workers.pop(run.folder, None), None, run.event("started")
    if worker and worker.pid in (started.get("pid"), started.get("parent_pid")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = worker.wait(1)  # a worker's lock is free a moment before the worker has ended
    if operating_system.was_killed(code):
        sizes = {name: getattr(run.config, name) for name in memory_knobs(run.network)}
        return (
            "The training process was killed by signal 9 (SIGKILL), often because memory ran out "
            f"({', '.join(f'{name} {value}' for name, value in sizes.items())}). Resume it from its last epoch, or train "
            "again with smaller values."
        )
    if cause := operating_system.ended_by(code):
        sentence = f"The training process was ended by {cause}; its log may say why."
        return f"{sentence} Resume it from its last epoch."
    return "The training process ended without notice; resume it from its last epoch."


def _reap_adopted(listed: list[store.Run]) -> None:
    """Reap ended workers whose parent has ended; the first process of a container inherits these workers."""
    for run in listed if os.getpid() == 1 else []:
        if not run.active:
            operating_system.reap_adopted(run.event("started").get("pid", 0))


def _start_queued(listed: list[store.Run]) -> None:
    """First in, first out per kind of device: a run that waits for a GPU does not delay a run for the CPU."""
    queued = sorted((run for run in listed if run.state == "queued"), key=lambda run: run.event("queued").get("time", ""))
    busy = [run.event("started").get("device", "cpu") for run in listed if run.active]
    threads = 1 if busy or len(queued) > 1 else devices.cpu_cores()
    for run in queued:
        device = devices.choose(run.config.device, busy)
        if device is not None:
            _start(run, device, threads)
            busy.append(device)


def _start(run: store.Run, device: str, threads: int) -> None:
    """Spawn the worker and wait until it holds its lock, so that the run is not started a second time."""
    log = run.folder / "worker.log"
    worker = background.spawn(WORKER, run.folder, "--device", device, "--threads", str(threads), log=log)
    _workers[run.folder] = worker
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        now = store.read(run.folder)
        if now.state != "starting" and now.state != "queued":
            return
        time.sleep(0.02)
    if worker.poll() is not None and store.read(run.folder).state == "queued":
        message = f"The training process failed to start (exit code {worker.returncode}); its log says why."
        store.record(run.folder, "failed", message=message)


def training_here() -> list[str]:
    """The ids of runs that this process has started and that are training."""
    return [folder.name for folder, worker in _workers.items() if worker.poll() is None and locks.held(folder / "run.lock")]


@atexit.register
def _say_what_goes_on() -> None:
    """Tell a user who ends this process, by Ctrl-C for instance, that its trainings go on."""
    if alive := training_here():
        names = ", ".join(alive)
        print(f"Training goes on without this process: {names}. python -m imdb_core stop RUN ends it.", file=sys.stderr)


def _ask_to_end(run: store.Run, worker: psutil.Process) -> None:
    """Send a signal; on Windows record a "stop-requested" event, which a worker reads about once a second."""
    with _same_user(run, worker):
        signalled = operating_system.ask_to_end(worker)
    if not signalled and not store.read(run.folder).stop_wished:
        with contextlib.suppress(RunError):  # on a full disk the worker will be ended by force
            store.record(run.folder, "stop-requested")


def _end_by_force(run: store.Run, worker: psutil.Process) -> None:
    with _same_user(run, worker):
        operating_system.end_by_force(worker)


@contextlib.contextmanager
def _same_user(run: store.Run, worker: psutil.Process) -> Iterator[None]:
    """Turn a PermissionError into a RunError that says that the worker belongs to another user."""
    try:
        yield
    except PermissionError as error:
        owner = f"process {worker.pid} of another user; only that user can stop it"
        raise RunError(f"Run {run.name} is trained by {owner}.") from error


def _wait_until_free(folder: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while locks.held(folder / "run.lock") and time.monotonic() < deadline:
        time.sleep(0.05)
