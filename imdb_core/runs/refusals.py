"""Keep an error of one run away from the other runs; remember why a queued run could not be started.

Normally the reason is an event of the run. If its events cannot be written, this process keeps the reason in
memory, and the run is shown as failed. Each process that lists runs tries to start them, so each process has
the reason. Called by the launcher, run and the command line.
"""

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from imdb_core import errors
from imdb_core.errors import UserError
from imdb_core.runs.places.place import PlaceError
from imdb_core.sentences import Sentence

if TYPE_CHECKING:
    from imdb_core.runs.run import Run

_reasons: dict[Path, Sentence] = {}  # by the run's folder
_delays: dict[Path, Sentence] = {}  # by the run's folder


def reason(folder: Path) -> Sentence | None:
    """Why the newest attempt to start the run failed, as a sentence; None if it did not fail."""
    return _reasons.get(folder)


def delay(folder: Path) -> Sentence | None:
    """Why the run stays queued (its place cannot be used, its teacher trains); None if it waits as usual."""
    return _delays.get(folder)


def delay_by(folder: Path, why: Sentence) -> None:
    """Remember why the run stays queued."""
    _delays[folder] = why


def forget(folder: Path) -> None:
    """Forget the reason: the run can be started."""
    _reasons.pop(folder, None)
    _delays.pop(folder, None)


def forget_delay(folder: Path) -> None:
    """Forget why the run stayed queued: it can be started."""
    _delays.pop(folder, None)


def keep_only(folders: Iterable[Path]) -> None:
    """Forget the reasons of runs that no longer wait."""
    for folder in {*_reasons, *_delays} - set(folders):
        forget(folder)


@contextlib.contextmanager
def isolated(run: "Run | None" = None) -> Iterator[None]:
    """A context for work on `run` that suppresses every Exception: the caller goes on with other runs.

    If the run is queued, the error becomes its reason; an error of its place does not make it fail. All
    exceptions are caught on purpose: a run's folder may hold anything and may vanish at any moment, and the
    queue must not stop because of it. An error that neither a user nor a disk can cause is a bug; its
    traceback is printed to standard error.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        if not isinstance(error, UserError | OSError | ValueError | psutil.Error):
            traceback.print_exc()
        with contextlib.suppress(Exception):
            if run and run.waits:
                reason = errors.reason(error)
                if isinstance(error, PlaceError):
                    _delays[run.folder] = Sentence("waits_for_place", reason=reason)
                else:
                    _reasons[run.folder] = Sentence("waits_for_correction", reason=reason)


def select(runs: Iterable["Run"], condition: Callable[["Run"], bool]) -> list["Run"]:
    """The runs for which `condition` holds; runs for which it raises are left out."""
    selected = []
    for run in runs:
        with isolated(run):
            if condition(run):
                selected.append(run)
    return selected
