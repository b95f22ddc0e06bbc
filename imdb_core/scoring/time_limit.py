"""How long scoring may take, and how it ends when nobody waits any more. Called by predictor and its callers.

A run of a network is one call into ONNX Runtime, which no Python exception interrupts. ONNX Runtime itself ends it
at the network's next operator once its `terminate` flag is set. A thread sets the flag when the time is over.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from imdb_core.errors import ModelError

SCORE_SECONDS = 10  # one review, once; the slowest network that the config allows needs about one
EXPLAIN_SECONDS = 30  # many variants of one review, or many short reviews
BATCH_SECONDS = 60  # a batch of many.LARGEST_BATCH positions, four times as many as the longest review


class TimeLimit:
    """For runs that together may take so many seconds. Made by `at_most`."""

    def __init__(self, seconds: float, pause: Callable[[], object]):
        import onnxruntime

        self._seconds, self._until, self._pause = seconds, time.monotonic() + seconds, pause
        self._options = onnxruntime.RunOptions()

    def check(self) -> None:
        """Raises ModelError when the time is over, and whatever `pause` raises when nobody waits any more."""
        self._pause()
        if self.is_over():
            raise ModelError(
                f"Scoring was ended after {self._seconds:g} seconds: this network is too slow for it here. Choose "
                "a shorter review, or another network."
            )

    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def run(self, session, feeds: dict) -> list:
        """The outputs of an ONNX Runtime session, whose own errors pass on. Raises as check() does."""
        self.check()
        try:
            return session.run(None, feeds, self._options)
        except Exception:  # ONNX Runtime has its own, undocumented exceptions; one says that it was ended
            self.check()
            raise

    def end(self) -> None:
        """End the run that goes on now, and all later ones."""
        self._options.terminate = True


def nothing() -> None:
    """The `pause` of who waits for the end anyway."""


@contextmanager
def at_most(seconds: float, pause: Callable[[], object] = nothing) -> Iterator[TimeLimit]:
    """All that is scored within may take so many seconds.

    `pause` is called between two runs and may raise an exception, which then ends the scoring.
    """
    limit = TimeLimit(seconds, pause)
    _running[id(limit)] = limit
    if not _somebody_runs.is_set():
        _watch_from_now_on()
    try:
        yield limit
    finally:
        del _running[id(limit)]


def within(limit: TimeLimit | None, seconds: float) -> AbstractContextManager[TimeLimit]:
    """`limit`, or a new one of so many seconds."""
    return nullcontext(limit) if limit else at_most(seconds)


# One thread looks after the time of all runs: a timer for each would cost more than scoring a short review.
_LOOK_SECONDS = 0.1
_running: dict[int, TimeLimit] = {}
_somebody_runs = threading.Event()
_starting = threading.Lock()
_watcher: threading.Thread | None = None


def _watch_from_now_on() -> None:
    global _watcher
    with _starting:
        if _watcher is None:
            _watcher = threading.Thread(target=_watch, name="time limits of scoring", daemon=True)
            _watcher.start()
    _somebody_runs.set()


def _watch() -> None:
    """End runs whose time is over, for ever; sleeps while nothing runs."""
    while _somebody_runs.wait():
        time.sleep(_LOOK_SECONDS)
        for limit in list(_running.values()):
            if limit.is_over():
                limit.end()
        _somebody_runs.clear()
        if _running:  # after clearing, so that a run that begins meanwhile is not overlooked
            _somebody_runs.set()
