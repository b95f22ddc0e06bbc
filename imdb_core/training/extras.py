"""Extras: work that a run can do without, such as a model of each epoch. If an extra fails, the run records
that and goes on.

An epoch counts as finished when its checkpoint and its row are written; extras come after that. Called by
stages and recorder.
"""

import traceback
from collections.abc import Callable
from typing import Any

from imdb_core.errors import UserError
from imdb_core.runs import store
from imdb_core.training.fit import Stopped

LONGEST_REASON = 300  # characters


class Extras:
    """Does the extras of the run in `folder`; the first failure of each extra becomes an "extra-failed"
    event.

    fit.Stopped passes on. All other errors are recorded, including a full disk and a lack of memory: if they
    last, the next batch or checkpoint fails as well and ends the run with its own message.
    """

    def __init__(self, folder):
        self._folder = folder
        self._noted: set[str] = set()

    def attempt(self, extra: str, work: Callable[[], Any], *, epoch: int | None = None) -> Any:
        """The result of `work()`, or None if it failed; `extra` is a key of notes.EXTRAS."""
        try:
            return work()
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an extra raises, the run goes on
            self._note(extra, error, epoch)
            return None

    def _note(self, extra: str, error: Exception, epoch: int | None) -> None:
        """Record the first failure of `extra`; its traceback goes to worker.log."""
        if extra in self._noted:
            return
        self._noted.add(extra)
        try:
            if not isinstance(error, UserError | OSError):
                traceback.print_exception(error)
            store.record(self._folder, "extra-failed", extra=extra, epoch=epoch, reason=_reason(error))
        except (UserError, OSError):  # a full disk: the next failure tries again
            self._noted.discard(extra)


def _reason(error: Exception) -> str:
    """The error as a sentence, without a full stop."""
    if isinstance(error, UserError):
        text = str(error)
    elif isinstance(error, MemoryError):
        text = "out of memory"
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    else:
        text = f"{type(error).__name__}: {error}"
    return text[:LONGEST_REASON].strip().removesuffix(".")
