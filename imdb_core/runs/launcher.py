"""Queue, start, stop and resume runs. Called by the pages, the command line, the workers and the keeper.

Any process may call these functions at any time: the queue's lock prevents races. The queue moves on when a
run is submitted, when a worker of this machine ends, and when a page, a command or the keeper lists the runs.
What differs between the places where runs are trained is behind one interface (runs.places).
"""

import contextlib
import time
from collections.abc import Iterable

from imdb_core import background, keras_settings, paths
from imdb_core.config import RunConfig, require_known_vocabulary
from imdb_core.data import batches, sources
from imdb_core.errors import ConfigError, RunError
from imdb_core.runs import (
    assignment,
    disk_space,
    layout,
    locks,
    movers,
    ownership,
    places,
    provenance,
    refusals,
    store,
    workers,
)
from imdb_core.sentences import Sentence
from imdb_core.sweeps import store as sweep_store

STOP_SECONDS = 10  # a worker that is asked to stop has at most this long before it is ended by force
MOST_STOP_SECONDS = 15  # from the request to the end by force; see Place.end_seconds
QUEUE_LOCK = ".dispatch.lock"  # in the folder of runs
QUEUE_DUTY = "moves the queue of runs on"  # what the holder of this lock does; used in sentences
QUEUE_SECONDS = 60  # how long to wait for another process that holds this lock
STOPPER = "imdb_core.runs.stopper"


def submit(config: RunConfig, id: str | None = None, **facts: object) -> store.Run:
    """Queue `config` as a run and start it if a slot is free. A second call with the same `id` makes no run.

    `facts` are further fields of the run's first event.

    Raises RunError if the disk is full, SettingError if Keras cannot train with the user's settings, and
    ConfigError if the place does not exist. Raises ModelError if the run cannot learn from its teacher or
    language model, and DataError if the reviews cannot be split by the validation_share.
    """
    id = id or store.new_id()
    if not store.exists(id):  # after a second click the run exists and needs no checks
        require_startable(config)
    return _try_to_start(store.create(config, id, **facts))


def require_startable(config: RunConfig) -> None:
    """Raise what submit() raises if `config` cannot be trained; nothing is queued."""
    places.get(config.place)
    keras_settings.check()
    disk_space.require_space(config)
    _require_split(config)
    if config.teacher:
        from imdb_core.scoring import teachers  # here: few runs have a teacher, and this loads ONNX Runtime

        teachers.require(config)
    if config.start_from:
        from imdb_core.scoring import language_models

        language_models.require(config)


def runs() -> list[store.Run]:
    """Move the queue on, which records the end of killed workers; returns all runs, newest first."""
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
    """Move the queue on: record how killed workers ended, and start queued runs where slots are free.

    An error of one run stops no other run. Returns False, without having done anything, if another process
    holds the queue's lock: with `wait` after QUEUE_SECONDS, else at once. With `propose`, a slot that stays
    free starts the process that makes the next runs of sweeps.
    """
    try:
        with _queue_lock(QUEUE_SECONDS if wait else 0):
            with refusals.isolated():
                store.remove_leftovers()
                sweep_store.remove_leftovers()
            _reconcile(store.unsettled())
            assignment.start_queued(store.unsettled())
            movers.start(propose=propose)
            return True
    except locks.Held:
        return False


def stop(run: store.Run) -> None:
    """Ask the run to end after the current batch. A helper process, see end(), kills a worker that does not.

    A second call does no harm. A worker that starts at this moment reads the request once it has recorded
    "started". The worker of an unreachable run reads it when it can read the run's folder again.
    Raises RunError if the request cannot be recorded; even then, a living worker is ended.
    """
    run = store.read(run.folder)  # the caller's `run` may be out of date
    try:
        if run.state == "queued":
            store.record(run.folder, "stopped", code="taken_from_queue")
        elif run.state in ("starting", "running", "unreachable"):
            store.record(run.folder, "stop-requested")
    finally:  # the worker is ended even if the request cannot be written
        if places.of(run).alive(run) is not False:
            log = run.folder / layout.LOG
            background.spawn(STOPPER, run.folder, log=log if background.can_log(log) else None)


def resume(run: store.Run) -> store.Run:
    """Queue a run that ended too early again; it goes on after its last epoch. Raises as submit()."""
    run = store.read(run.folder)  # after a first click, the caller's `run` is out of date
    if not run.can_resume:
        allowed = "only interrupted, stopped or failed runs can be resumed"
        raise RunError(f"Run {run.name} is {run.state}; {allowed}.")
    places.get(run.place)
    provenance.require_data_set(run)
    keras_settings.check()
    store.record(run.folder, "queued", resumed=True)
    return _try_to_start(run)


def give_up(run: store.Run) -> store.Run:
    """Record that an unreachable run has ended. Only its user can know that its machine is gone.

    If its worker lives after all, the worker stops when it reads the request. Raises RunError unless the run
    is unreachable.
    """
    run = store.read(run.folder)
    if run.state != "unreachable":
        raise RunError(f"Run {run.name} is {run.state}; only an unreachable run can be given up.")
    store.record(run.folder, "stop-requested")
    host = run.host or str(run.machine.get("host") or run.place)
    store.record(run.folder, "interrupted", **Sentence("given_up", host=host).fields)
    return store.read(run.folder)


def end(run: store.Run) -> None:
    """See to it that the run ends within MOST_STOP_SECONDS: first its worker is asked, then ended by force.

    Records the end if the worker has not, and moves the queue on. Called by the stop helper. Raises RunError.
    """
    place = places.of(run)
    polite = min(STOP_SECONDS, MOST_STOP_SECONDS - place.end_seconds)
    for force, seconds in ((False, polite), (True, place.end_seconds)):
        is_asked, run = True, store.read(run.folder)  # its worker may have started meanwhile
        with contextlib.suppress(ProcessLookupError):  # the worker has just ended by itself
            is_asked = place.alive(run) is not False and place.stop(run, force=force)
        if not is_asked:
            break
        wait_until_ended(run, seconds)
    # With the lock, no process that reconciles at the same time writes "interrupted" after "stopped".
    with _queue_lock(QUEUE_SECONDS):
        ended = store.read(run.folder)
        if ended.state == "interrupted":  # also if its request could not be recorded, and a list saw its end
            store.record(run.folder, "stopped", code="ended_by_force")
        elif ended.waits and ended.stop_requested:  # its worker ended before it recorded its start
            store.record(run.folder, "stopped", code="taken_from_queue")
    dispatch()


def wait_until_ended(run: store.Run, seconds: float) -> None:
    """Wait until the run has no worker, for at most `seconds`."""
    place, deadline = places.of(run), time.monotonic() + seconds
    while place.alive(run) is not False and time.monotonic() < deadline:
        time.sleep(0.05)


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
    return run.waits or _needs_end(run)


def _needs_end(run: store.Run) -> bool:
    """Whether the worker ended without recording the end of the run, and nobody has recorded it yet."""
    return run.state == "interrupted" and run.ending.get("event") != "interrupted"


def _reconcile(listed: Iterable[store.Run]) -> None:
    """Record the end of workers that ended without recording it, and remove what they left.

    Some places go on with the run at once.
    """
    for run in listed:
        with refusals.isolated(run):
            if run.waits and (run.folder / layout.LOCK).exists():  # a worker was killed while it started
                ownership.sweep_run(run.folder, {})
            if not _needs_end(run):
                continue
            ownership.sweep_run(run.folder, run.event("started"))
            if run.stop_requested:
                store.record(run.folder, "stopped", code="ended_by_force")
                continue
            place = places.of(run)
            store.record(run.folder, "interrupted", **place.how_it_ended(run).fields)
            if place.goes_on_by_itself(run):
                store.record(run.folder, "queued", resumed=True)
