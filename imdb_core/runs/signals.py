"""Ask a run's worker to end, or kill it. Called by places.here."""

import contextlib
from collections.abc import Iterator

import psutil

from imdb_core.errors import RunError
from imdb_core.operating_system import processes
from imdb_core.runs import store


def ask_to_end(run: store.Run, worker: psutil.Process) -> None:
    """Send SIGTERM; on Windows record a "stop-requested" event, which a worker reads about once a second.

    Raises ProcessLookupError if the worker is gone, RunError if it belongs to another user.
    """
    with _same_user(run, worker):
        signalled = processes.ask_to_end(worker)
    if not signalled and not store.read(run.folder).stop_requested:
        with contextlib.suppress(RunError):  # on a full disk the worker will be ended by force
            store.record(run.folder, "stop-requested")


def end_by_force(run: store.Run, worker: psutil.Process) -> None:
    """Kill the worker and its child processes. Raises as ask_to_end()."""
    with _same_user(run, worker):
        processes.end_by_force(worker)


@contextlib.contextmanager
def _same_user(run: store.Run, worker: psutil.Process) -> Iterator[None]:
    """Replace a PermissionError by a RunError: the worker belongs to another user."""
    try:
        yield
    except PermissionError as error:
        owner = f"process {worker.pid} of another user; only that user can stop it"
        raise RunError(f"Run {run.name} is trained by {owner}.") from error
