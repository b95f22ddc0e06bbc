"""Why this process could not start a queued run, and how one odd run leaves all others alone. Called by the launcher.

A run's events are the place for a reason. Where they cannot be written, the reason is kept in memory: whoever lists runs tries to
start those that wait, and so learns the reason anew. Run shows it, as a failed run.
"""

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from imdb_core.errors import UserError

if TYPE_CHECKING:
    from imdb_core.runs.run import Run

_reasons: dict[Path, str] = {}  # run's folder -> sentence


def reason(folder: Path) -> str | None:
    """Why the newest try to start the run was refused; None if it was not."""
    return _reasons.get(folder)


def forget(folder: Path) -> None:
    """The run can be started."""
    _reasons.pop(folder, None)


def keep_only(folders: Iterable[Path]) -> None:
    """Forget the reasons of runs that no longer wait."""
    for folder in set(_reasons) - set(folders):
        forget(folder)


@contextlib.contextmanager
def isolated(run: "Run | None" = None) -> Iterator[None]:
    """Whatever goes wrong with this run, the code after `with` goes on with the others. A run that waits keeps the reason.

    Without a run, for a step that concerns none in particular.

    Catches every Exception on purpose: anybody may put anything into the run's folder, which may also vanish at any moment,
    and the queue of all others must not depend on what this app foresaw. An error that neither the user nor the disk
    can cause is a bug, and its traceback goes to the log.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        if not isinstance(error, UserError | OSError | ValueError | psutil.Error):
            traceback.print_exc()
        with contextlib.suppress(Exception):
            if run and run.waits:
                advice = "Once that is mended, the run starts when somebody looks at it."
                _reasons[run.folder] = f"The run cannot be started: {sentence(error)} {advice}"


def those(runs: Iterable["Run"], wanted: Callable[["Run"], bool]) -> list["Run"]:
    """The runs for which `wanted` holds, without those that cannot be asked."""
    fitting = []
    for run in runs:
        with isolated(run):
            if wanted(run):
                fitting.append(run)
    return fitting


def sentence(error: Exception) -> str:
    """What went wrong, for the user."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or 'the disk'}."
    return f"{str(error)[:300]}."
