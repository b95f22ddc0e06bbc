"""Train one run: python -m imdb_core.training.worker RUN_FOLDER [--device cpu] [--threads 2]

Holds run.lock until it ends and appends events and metrics to the run's folder. Needs no page or server.
Started at a place (runs.places) as a process of its own; its output goes to worker.log. A standby that takes
a run calls the same functions: begin(), then complete(). A worker on another machine than the queue has the
option --elsewhere: at its end it starts no queued run.
"""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from imdb_core import architectures, background
from imdb_core.config import memory_hyperparameters
from imdb_core.errors import LONGEST_REASON, DataError, UserError
from imdb_core.runs import heartbeat, launcher, layout, locks, starts, store
from imdb_core.runs.cores import cpu_cores
from imdb_core.sentences import Sentence
from imdb_core.training import compiled_caches, device_setup
from imdb_core.training.course import Course
from imdb_core.training.fit import Diverged, Stopped
from imdb_core.training.recorder import RunRecorder
from imdb_core.training.word_course import WordCourse
from imdb_core.version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the run; returns 0 unless it failed. Unless it is killed, it records how the run ended.

    If another worker trains the run, it returns starts.ALREADY_TRAINED, or 0 for a worker of this machine,
    unless it was started with --elsewhere.
    """
    options = _options(arguments)
    folder = options.folder.absolute()
    try:
        lock = locks.hold(folder / layout.LOCK)
    except locks.Held:
        print("This run is being trained by another process already.")
        return starts.ALREADY_TRAINED if options.elsewhere else 0
    if heartbeat.beats_elsewhere(folder):
        print("This run is being trained on another machine already.")
        return starts.ALREADY_TRAINED
    if options.elsewhere:
        _log_to(folder)
    with ending(lock, None if options.elsewhere else dict(os.environ)):
        chosen = Chosen(device_setup.assigned(options.device), options.threads)
        recorder = RunRecorder(folder)
        signal.signal(signal.SIGTERM, lambda *_: setattr(recorder, "stop_requested", True))
        run = store.read(folder)
        begin(run, recorder, chosen)
        return complete(run, recorder, chosen, lambda: device_setup.prepare(*chosen))


def _log_to(folder: Path) -> None:
    """Send this process's output to the run's log, as the launcher does for workers of its machine."""
    with contextlib.suppress(OSError, ValueError):  # else the place's own log shows it
        background.redirect_output(background.opened_log(folder / layout.LOG))


class Chosen(NamedTuple):
    """The device, "cpu" or "gpu:N", and the number of cores that a run uses."""

    device: str
    threads: int


@contextlib.contextmanager
def ending(lock: locks.Lock, environment: dict[str, str] | None) -> Iterator[None]:
    """A context for the training; at its end the run's lock is freed and the next run is started.

    `environment` holds the environment variables as they were before device_setup.prepare(); None: the next
    run is not started from here.
    """
    try:
        yield
    finally:
        heartbeat.end()
        lock.release()
        if environment is not None:
            _start_next(environment)


def begin(run: store.Run, recorder: RunRecorder, chosen: Chosen, *, standby: bool = False) -> None:
    """Record that this process, once a standby or not, trains the run; show from now on that it lives.

    Raises RunError.
    """
    heartbeat.begin(run.folder)
    fields = {**background.identity(), **chosen._asdict(), "app_version": VERSION, "standby": standby}
    store.record(run.folder, "started", **fields)
    recorder.stop_requested |= store.read(run.folder).stop_requested


def complete(
    run: store.Run, recorder: RunRecorder, chosen: Chosen, prepare_device: Callable[[], object]
) -> int:
    """Train the run and record how it ended; returns the exit code."""
    if run.damaged:
        _record_failure(run.folder, Sentence("folder_damaged", text=run.damaged))
        return 1
    try:
        prepare_device()
        with compiled_caches.scratch(run.folder):
            course = WordCourse if architectures.predicts_words(run.network) else Course
            figures = course(run, recorder, **chosen._asdict()).complete()
        store.record(run.folder, "finished", **figures)
    except Stopped as stop:
        code = "stopped_with_epoch" if store.read(run.folder).best else "stopped_without_epoch"
        store.record(run.folder, "stopped", **(stop.sentence or Sentence(code)).fields)
    except Exception as error:
        failure = _failure(error, run)
        _record_failure(run.folder, failure)
        if failure.code == "unexpected":
            raise
        return 1
    return 0


def _failure(error: Exception, run: store.Run) -> Sentence:
    """Why the run failed, for the event "failed"."""
    if isinstance(error, DataError):
        return Sentence("reviews_unusable", text=str(error))
    if isinstance(error, Diverged):
        return error.sentence
    if isinstance(error, UserError):
        return Sentence("user_error", text=str(error))
    if isinstance(error, OSError):
        problem, path = error.strerror or str(error), str(error.filename or run.folder)
        return Sentence("disk_failed", problem=problem, path=path)
    if _is_out_of_memory(error):
        return Sentence("out_of_memory", settings=list(memory_hyperparameters(run.network)))
    return Sentence("unexpected", kind=type(error).__name__, text=str(error)[:LONGEST_REASON])


def _is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out; Python, TensorFlow, PyTorch and JAX each raise another exception."""
    kind = type(error).__name__
    return (
        isinstance(error, MemoryError)
        or "ResourceExhausted" in kind
        or "OutOfMemory" in kind
        or "RESOURCE_EXHAUSTED" in str(error)
    )


def _record_failure(folder: Path, failure: Sentence) -> None:
    problems: list[str] = [failure]
    try:
        store.record(folder, "failed", **failure.fields)
    except UserError as error:  # the disk is full: the run's state will be "interrupted"
        problems.append(str(error))
    with contextlib.suppress(OSError):  # the log cannot be written either
        print(*problems, sep="\n", file=sys.stderr, flush=True)


def _start_next(environment: dict[str, str]) -> None:
    """Start queued runs, as no page may be open."""
    os.environ.clear()  # otherwise the next run would see only this run's device
    os.environ.update(environment)
    launcher.dispatch()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=cpu_cores())
    parser.add_argument("--elsewhere", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
