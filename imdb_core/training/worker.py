"""Train one run in a process of its own: python -m imdb_core.training.worker RUN_FOLDER [--device cpu]
[--threads 2]

Holds run.lock until it ends and appends events and metrics to the run's folder. Needs no page or server.
Started by the launcher; its output goes to worker.log.
"""

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path

from imdb_core import background
from imdb_core.config import memory_knobs
from imdb_core.errors import DataError, UserError
from imdb_core.runs import layout, locks, store
from imdb_core.runs.cores import cpu_cores
from imdb_core.training import compiled_caches, stages
from imdb_core.training import device as devices
from imdb_core.training.fit import Diverged, Stopped
from imdb_core.training.recorder import Recorder
from imdb_core.version import VERSION


def main(arguments=None) -> int:
    """Train the run; returns 0 unless it failed. Every way to end leaves an ending event, except being
    killed.
    """
    options = _options(arguments)
    folder = options.folder.absolute()
    try:
        lock = locks.hold(folder / layout.LOCK)
    except locks.Held:
        print("This run is being trained by another process already.")
        return 0
    environment = dict(os.environ)
    try:
        recorder = Recorder(folder)
        signal.signal(signal.SIGTERM, lambda *_: setattr(recorder, "stop_requested", True))
        return _run(store.read(folder), options, recorder)
    finally:
        lock.release()
        _start_next(environment)


def _run(run: store.Run, options, recorder: Recorder) -> int:
    store.record(
        run.folder,
        "started",
        **background.identity(),
        device=options.device,
        threads=options.threads,
        app_version=VERSION,
    )
    recorder.stop_requested |= store.read(run.folder).stop_requested
    try:
        if run.damaged:
            raise UserError(f"The run's folder is damaged: {run.damaged}")
        devices.prepare(options.device, options.threads)
        with compiled_caches.scratch(run.folder):
            figures = stages.train(run, options, recorder)
        store.record(run.folder, "finished", **figures)
    except Stopped:
        kept = "no epoch was finished"
        if store.read(run.folder).best:
            kept = "the epoch with the lowest validation loss so far is kept"
        store.record(run.folder, "stopped", message=f"Stopped by the user; {kept}.")
    except DataError as error:
        return _failed(run.folder, str(error), cause="reviews")
    except Diverged as error:
        return _failed(run.folder, str(error), cause="diverged")
    except UserError as error:
        return _failed(run.folder, str(error))
    except OSError as error:
        problem = f"{error.strerror or error}: {error.filename or run.folder}"
        sentence = f"{problem}. Free disk space or correct the cause, then resume the run."
        return _failed(run.folder, sentence, cause="disk")
    except Exception as error:
        if _is_out_of_memory(error):
            sentence = f"Out of memory. Make {' or '.join(memory_knobs(run.network))} smaller."
            return _failed(run.folder, sentence, cause="memory")
        _failed(
            run.folder, f"Unexpected {type(error).__name__}: {str(error)[:300]} (worker.log has the details)."
        )
        raise
    return 0


def _is_out_of_memory(error) -> bool:
    """Whether memory ran out; Python, TensorFlow, PyTorch and JAX each raise another exception."""
    kind = type(error).__name__
    return (
        isinstance(error, MemoryError)
        or "ResourceExhausted" in kind
        or "OutOfMemory" in kind
        or "RESOURCE_EXHAUSTED" in str(error)
    )


def _failed(folder: Path, message: str, **cause) -> int:
    """Record the failure with its sentence and, if known, its cause (run.CAUSES); returns the exit code."""
    problems = [message]
    try:
        store.record(folder, "failed", message=message, **cause)
    except UserError as error:  # the disk is full: the run's state will be "interrupted"
        problems.append(str(error))
    with contextlib.suppress(OSError):  # the log cannot be written either
        print(*problems, sep="\n", file=sys.stderr, flush=True)
    return 1


def _start_next(environment: dict) -> None:
    """Move the queue on, as no page may be open; in the `environment` from before device.prepare."""
    from imdb_core.runs import launcher

    os.environ.clear()  # otherwise the next run would see only this run's device
    os.environ.update(environment)
    launcher.dispatch()


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=cpu_cores())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
