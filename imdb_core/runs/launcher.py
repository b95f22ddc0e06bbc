"""Queue, start, stop and resume runs. Any process may call this at any time: a lock prevents races.

The queue moves on when a run is submitted, when a worker ends, and when a page or command lists runs.
"""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from imdb_core import background, keras_settings, paths
from imdb_core.config import RunConfig, require_known_vocabulary
from imdb_core.data import batches, sources
from imdb_core.errors import ConfigError, RunError
from imdb_core.runs import (
    devices,
    disk_space,
    layout,
    locks,
    ownership,
    provenance,
    refusals,
    signals,
    store,
    workers,
)
from imdb_core.sweeps import store as sweep_store

STOP_SECONDS = 10  # a worker that is asked to stop has this long before it is ended by force
KILL_SECONDS = 5  # how long to wait for the end of a worker that was ended by force
QUEUE_LOCK = ".dispatch.lock"  # in the folder of runs
QUEUE_DUTY = "moves the queue of runs on"  # what the holder of this lock does; used in sentences
QUEUE_SECONDS = 60  # how long to wait for another process that holds this lock
STOPPER = "imdb_core.runs.stopper"
PROPOSER = "imdb_core.sweeps.proposer"
PROPOSER_SECONDS = 60


def submit(config: RunConfig, id: str | None = None) -> store.Run:
    """Queue `config` as a run and start it if a slot is free. The same `id` twice is one run.

    Raises RunError on a full disk, SettingError if Keras cannot train with the user's settings, and DataError
    if the reviews cannot be split by the validation_share.
    """
    id = id or store.new_id()
    if not store.exists(id):  # after a second click the run exists and needs no checks
        require_startable(config)
    return _try_to_start(store.create(config, id))


def require_startable(config: RunConfig) -> None:
    """Raise RunError, SettingError, DataError or ConfigError, as submit(), if `config` cannot be trained."""
    keras_settings.check()
    disk_space.require_space(config)
    _require_split(config)


def runs() -> list[store.Run]:
    """All runs, newest first, after moving the queue on and recording the end of workers that were killed."""
    background.reap()
    listed = store.runs()
    workers.reap_adopted(listed)
    # A full or read-only disk must not hide the runs; their states do not depend on the events it refuses.
    with contextlib.suppress(OSError, RunError):
        attention = refusals.select(listed, _needs_attention) or sweep_store.unfinished()
        if attention and dispatch(wait=False):
            return store.runs()
    return listed


def dispatch(*, wait: bool = True, propose: bool = True) -> bool:
    """Reconcile, then start queued runs, oldest first, while slots are free.

    After an error in one run, the other runs are still started. Returns False if another process holds the
    queue's lock: at once, or with `wait` after QUEUE_SECONDS. With `propose`, a free slot also starts the
    process that makes the next runs of sweeps.
    """
    try:
        with _queue_lock(QUEUE_SECONDS if wait else 0):
            with refusals.isolated():
                store.sweep()
            _reconcile(store.unsettled())
            _start_queued(store.unsettled())
            if propose:
                _continue_sweeps()
            return True
    except locks.Held:
        return False


def stop(run: store.Run) -> None:
    """Ask the run to end after the current batch; a helper process kills the worker if it does not end.

    May be called twice. A worker that is still starting looks for the request after recording "started".
    Raises RunError if the request cannot be recorded; even then, a living worker is ended.
    """
    run = store.read(run.folder)  # the caller's `run` may be out of date
    try:
        if run.state == "queued":
            store.record(run.folder, "stopped", code="taken_from_queue")
        elif run.state in ("starting", "running"):
            store.record(run.folder, "stop-requested")
    finally:  # the worker is ended even if the request cannot be written
        if locks.held(run.folder / layout.LOCK):
            log = run.folder / layout.LOG
            background.spawn(STOPPER, run.folder, log=log if background.can_log(log) else None)


def resume(run: store.Run) -> store.Run:
    """Queue an ended, unfinished run again; it goes on after its last finished epoch. Raises as submit()."""
    run = store.read(run.folder)  # after a first click, the caller's `run` is out of date
    if not run.can_resume:
        allowed = "only interrupted, stopped or failed runs can be resumed"
        raise RunError(f"Run {run.name} is {run.state}; {allowed}.")
    provenance.require_data_set(run)
    keras_settings.check()
    store.record(run.folder, "queued", resumed=True)
    return _try_to_start(run)


def process(run: store.Run) -> psutil.Process | None:
    """The run's worker if it is alive; None if it is not, or if its pid belongs to another process now."""
    started = run.event("started")
    if not started or not locks.held(run.folder / layout.LOCK):
        return None
    try:
        return background.process(started)
    except psutil.Error:
        return None


def end(run: store.Run) -> None:
    """Ask the worker to end, kill it after STOP_SECONDS, record the end, and move the queue on."""
    for act, seconds in ((signals.ask_to_end, STOP_SECONDS), (signals.end_by_force, KILL_SECONDS)):
        worker = process(run)
        if worker is None:
            break
        with contextlib.suppress(ProcessLookupError):  # the worker has just ended by itself
            act(run, worker)
        signals.wait_until_free(run.folder, seconds)
    # With the lock, no process that reconciles at the same time writes "interrupted" after "stopped".
    with _queue_lock(QUEUE_SECONDS):
        if store.read(run.folder).state == "interrupted":
            store.record(run.folder, "stopped", code="ended_by_force")
    dispatch()


def _try_to_start(run: store.Run) -> store.Run:
    """Move the queue on; returns the run, started or still queued. Raises RunError if the queue is locked."""
    if dispatch() is False:
        holder = locks.holder(paths.runs_folder() / QUEUE_LOCK, QUEUE_DUTY)
        waited = f"Run {run.name} is queued, but was not started within {QUEUE_SECONDS} s"
        raise RunError(f"{waited}: {holder}. {locks.ADVICE} The run starts then.")
    return store.read(run.folder)


def _require_split(config: RunConfig) -> None:
    """Raise DataError or ConfigError if the source does not fit the config, as far as that is known now."""
    source = sources.get(config.dataset)
    if config.classes != source.classes:
        raise ConfigError(
            f"The run expects the classes {', '.join(config.classes)}, but {source.noun} have the classes "
            f"{', '.join(source.classes)}. Open the form again, which reads the classes anew."
        )
    if config.tokenizer not in source.tokenizers:
        raise ConfigError(
            f"tokenizer is {config.tokenizer!r}; for {source.noun} it must be one of "
            f"{', '.join(source.tokenizers)}."
        )
    require_known_vocabulary(config)
    labels = source.training_labels()
    if labels is not None:
        batches.require_all_classes(labels, config.validation_share, config.classes)


def asking() -> locks.Lock:
    """The lock under which sweeps make their next runs, for `with`. Raises locks.Held."""
    return _queue_lock(QUEUE_SECONDS)


def _queue_lock(seconds: float) -> locks.Lock:
    """The lock for starting runs and for recording how workers ended, for `with`. Raises locks.Held."""
    root = paths.runs_folder()
    root.mkdir(parents=True, exist_ok=True)
    return locks.hold(root / QUEUE_LOCK, seconds, duty=QUEUE_DUTY)


def _needs_attention(run: store.Run) -> bool:
    """Whether the run waits for its start, or its interruption is not recorded yet."""
    return run.waits or (run.state == "interrupted" and run.ending.get("event") != "interrupted")


def _reconcile(listed: Iterable[store.Run]) -> None:
    """Record the end of each worker that ended without recording it."""
    for run in listed:
        with refusals.isolated(run):
            if run.state == "interrupted" and _needs_attention(run):
                ownership.sweep_run(run.folder)
                store.record(run.folder, "interrupted", **workers.end_message(run).fields)


def _continue_sweeps() -> None:
    """Start the process that makes the next runs of sweeps, if a slot is free.

    It is not started again for the same runs and sweeps within PROPOSER_SECONDS, in which it may find nothing
    to do or be killed.
    """
    waiting = [(sweep.id, sweep.events) for sweep in sweep_store.unfinished()]
    listed = store.unsettled() if waiting else []  # read again, as runs have just been started
    open_runs = tuple(run.id for run in refusals.select(listed, lambda run: run.waits or run.active))
    if not waiting or len(open_runs) >= devices.slots():
        _proposed.pop(paths.runs_folder(), None)
        return
    now, (before, since) = time.monotonic(), _proposed.get(paths.runs_folder(), (None, 0.0))
    if before != (open_runs, waiting) or now - since > PROPOSER_SECONDS:
        _proposed[paths.runs_folder()] = ((open_runs, waiting), now)
        background.spawn(PROPOSER, log=sweep_store.root() / sweep_store.LOG)


# Folder of runs -> (open runs and sweeps, time) when this process last started a proposer.
_proposed: dict[Path, tuple[object, float]] = {}


def _start_queued(listed: list[store.Run]) -> None:
    """First in, first out per kind of device: a run that waits for a GPU does not delay a run for the CPU."""
    waiting = refusals.select(listed, lambda run: run.waits)
    waiting.sort(key=lambda run: run.event("queued").get("time") or "")
    refusals.keep_only(run.folder for run in waiting)
    active = refusals.select(listed, lambda run: run.active)
    busy = [run.event("started").get("device", "cpu") for run in active]
    startable = [run for run in waiting if not refusals.reason(run.folder)]
    for run in waiting:
        with refusals.isolated(run):
            assert run.config is not None  # a run without a config is damaged and does not wait
            device = devices.choose(run.config.device, busy)
            threads = 1 if busy or len(startable) > 1 else devices.cpu_cores()
            if device is not None and workers.start(run, device, threads=threads):
                busy.append(device)
