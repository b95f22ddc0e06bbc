"""Limit how long scoring may take, and end it when the visitor has left. Called by scoring and pages.

A run of a network is one call into ONNX Runtime, which no Python exception can interrupt. If the run's
`terminate` flag is set, ONNX Runtime ends the run at the network's next operator. A thread sets the flag when
the time is over.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from imdb_core.errors import ModelError

SCORE_SECONDS = 10  # one review; the slowest network that the config allows needs about 1 s
EXPLAIN_SECONDS = 30  # many variants of one review, or many short reviews
BATCH_SECONDS = 60  # a batch of many.LARGEST_BATCH positions, four times as many as the longest review


class TimeLimit:
    """The time that several runs may take together; created by `at_most`."""

    def __init__(self, seconds: float, pause: Callable[[], object]):
        import onnxruntime

        self._seconds, self._until, self._pause = seconds, time.monotonic() + seconds, pause
        self._options = onnxruntime.RunOptions()

    def check(self) -> None:
        """Raise ModelError if the time is over, or what `pause` raises if the visitor has left."""
        self._pause()
        if self.is_over():
            raise ModelError(
                f"Scoring was ended after {self._seconds:g} seconds: this network is too slow here. "
                "Choose a shorter text, or another network."
            )

    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def run(self, session: Any, feeds: dict[str, Any]) -> list[Any]:
        """The outputs of an ONNX Runtime session. Raises as check() does, and ONNX Runtime's own errors."""
        self.check()
        try:
            outputs: list[Any] = session.run(None, feeds, self._options)
            return outputs
        except Exception:  # undocumented: ONNX Runtime's exceptions, also for a run that was ended
            self.check()
            raise

    def end(self) -> None:
        """End the current run and all later ones."""
        self._options.terminate = True


def nothing() -> None:
    """A `pause` for callers that always wait for the result."""


@contextmanager
def at_most(seconds: float, pause: Callable[[], object] = nothing) -> Iterator[TimeLimit]:
    """A context in which all runs together may take `seconds`.

    `pause` is called before each run and may raise an exception, which ends the scoring.
    """
    limit = TimeLimit(seconds, pause)
    _running[id(limit)] = limit
    if not _has_limits.is_set():
        _start_watching()
    try:
        yield limit
    finally:
        del _running[id(limit)]


def within(limit: TimeLimit | None, seconds: float) -> AbstractContextManager[TimeLimit]:
    """A context with `limit` or, if that is None, a new limit of `seconds`."""
    return nullcontext(limit) if limit else at_most(seconds)


# One thread watches all limits: a timer for each limit would cost more than scoring a short review.
_LOOK_SECONDS = 0.1
_running: dict[int, TimeLimit] = {}
_has_limits = threading.Event()
_starting = threading.Lock()
_watcher: threading.Thread | None = None


def _start_watching() -> None:
    global _watcher
    with _starting:
        if _watcher is None:
            _watcher = threading.Thread(target=_watch, name="time limits of scoring", daemon=True)
            _watcher.start()
    _has_limits.set()


def _watch() -> None:
    """The watching thread: end runs whose time is over; sleep while nothing runs."""
    while _has_limits.wait():
        time.sleep(_LOOK_SECONDS)
        for limit in list(_running.values()):
            if limit.is_over():
                limit.end()
        _has_limits.clear()
        if _running:  # checked after clear(), because a limit may have been added just before clear()
            _has_limits.set()
