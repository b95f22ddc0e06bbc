"""Extras: work that may fail without ending the run, such as the model of each epoch.

Called by course and recorder. An epoch counts as finished when its checkpoint and its row are written. Its
extras come after that.
"""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from imdb_core import errors
from imdb_core.errors import UserError
from imdb_core.runs import store
from imdb_core.training.fit import Stopped

Result = TypeVar("Result")


class Extras:
    """Attempts the extras of the run in `folder`; the first failure of each becomes an "extra-failed" event.

    fit.Stopped is raised again. All other errors are recorded, also a full disk and a lack of memory: if the
    cause lasts, the next batch or checkpoint fails too and ends the run with its own message.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recorded: set[str] = set()

    def attempt(self, extra: str, work: Callable[[], Result], *, epoch: int | None = None) -> Result | None:
        """The result of `work()`, or None if it failed. `extra` is one of notes.EXTRAS."""
        try:
            return work()
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an extra raises, the run goes on
            self._record(extra, error, epoch)
            return None

    def _record(self, extra: str, error: Exception, epoch: int | None) -> None:
        """Record the first failure of `extra`; the traceback of an unexpected error goes to worker.log."""
        if extra in self._recorded:
            return
        self._recorded.add(extra)
        try:
            if not isinstance(error, UserError | OSError):
                traceback.print_exception(error)
            store.record(
                self._folder, "extra-failed", extra=extra, epoch=epoch, **errors.reason(error).fields
            )
        except (UserError, OSError):  # a full disk: the next failure is recorded instead
            self._recorded.discard(extra)
