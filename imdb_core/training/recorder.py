"""Write a run's rows and phases while it is trained, and notice stop requests. Called by worker, course."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from imdb_core import background
from imdb_core.errors import ModelError
from imdb_core.files import NO_BOUND, open_regular
from imdb_core.runs import journal, layout, phases, store
from imdb_core.runs.rows import Row, rows
from imdb_core.sentences import Sentence
from imdb_core.training.extras import Extras
from imdb_core.training.fit import Stopped

EARLY_SECONDS = 5.0  # after the first row: so long rows are EARLY_ROW_SECONDS apart, to show that it learns
EARLY_ROW_SECONDS = 0.25
ROW_SECONDS = 1.0, 30.0  # between two later rows within an epoch: in the first hour, and at most
FULL_RATE_SECONDS = 3600.0  # after that long, rows become rarer
STOP_CHECK_SECONDS = 1.0  # between two searches for a stop request among the events
COMPARED_FIGURES = ("loss", "val_loss", "seconds")  # must be equal in a checkpoint and its row


def row_seconds(trained: float) -> float:
    """Seconds between two rows within an epoch, `trained` seconds after the first row.

    A run of a month has some 20 MB of rows.
    """
    if trained < EARLY_SECONDS:
        return EARLY_ROW_SECONDS
    shortest, longest = ROW_SECONDS
    return min(longest, max(shortest, shortest * trained / FULL_RATE_SECONDS))


class Rhythm:
    """When the next row within an epoch is due: the first at once, then row_seconds() apart, evenly."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._due = 0.0

    def is_due(self, now: float) -> bool:
        """Whether to write a row at `now`, in seconds of the monotonic clock; if so, it counts as written."""
        if self._first is None:
            self._first = self._due = now
        if now < self._due:
            return False
        apart = row_seconds(now - self._first)
        # Count from the time when this row was due, so that delays by long batches do not add up. After a
        # pause, count from now.
        self._due = self._due + apart if now - self._due < apart else now + apart
        return True


@dataclass
class RunRecorder:
    """Writes the reports of the training loop to the run's folder; see Rhythm for how often."""

    folder: Path
    stop_requested: bool = False
    rhythm: Rhythm = field(default_factory=Rhythm)
    last_stop_check: float = field(default_factory=time.monotonic)
    has_first_row: bool = False
    extras: Extras = field(init=False)

    def __post_init__(self) -> None:
        self.extras = Extras(self.folder)

    def batch(self, row: Row) -> None:
        """Called after each batch, with its figures. Raises Stopped if a stop was requested."""
        self.raise_if_stopped()
        if self.rhythm.is_due(time.monotonic()):
            self.write({"kind": "batch", **row, "memory": self.memory()})
            self._record_first_row()

    def _record_first_row(self) -> None:
        """Record, once, that the phase before the first row is over; see phases."""
        if not self.has_first_row:
            self.has_first_row = True
            store.record(self.folder, phases.FIRST_ROW)

    def raise_if_stopped(self) -> None:
        """Raise Stopped if a stop was requested."""
        if self.is_stop_requested():
            raise Stopped

    def until_stopped(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield `items`; raises Stopped before the next one if a stop was requested."""
        for item in items:
            self.raise_if_stopped()
            yield item

    def is_stop_requested(self) -> bool:
        """Whether SIGTERM was received, or "stop-requested" is among the events.

        The events are searched once a second: on Windows and from another machine no SIGTERM comes. The file
        is opened first: then a network disk asks its server for the file's size, which it else remembers for
        up to a minute.
        """
        if time.monotonic() - self.last_stop_check >= STOP_CHECK_SECONDS:
            self.last_stop_check = time.monotonic()
            with contextlib.suppress(OSError, ValueError):  # a damaged run goes on training
                open_regular(self.folder / layout.EVENTS, NO_BOUND).close()
                self.stop_requested |= store.Run(self.folder, None).stop_requested
        return self.stop_requested

    def phase(self, code: str, *notices: Sentence, **facts: Any) -> None:
        """Record the phase that begins, for instance "loading_texts", for the Watch page. Raises Stopped."""
        self.raise_if_stopped()
        fields = facts | ({"notices": [notice.fields for notice in notices]} if notices else {})
        store.record(self.folder, "phase", phase=code, **fields)
        self.log(Sentence(code), *notices)

    def log(self, *words: str) -> None:
        """Print a line to worker.log."""
        self.extras.attempt("output", lambda: print(*words, flush=True))

    def memory(self) -> int | None:
        """Bytes of memory that this process occupies; None if the system does not tell."""
        return self.extras.attempt("memory", lambda: int(psutil.Process().memory_info().rss))

    def write(self, row: Row, *, durable: bool = False) -> None:
        """Append a row to metrics.jsonl; if `durable`, wait until it is on the disk. Raises OSError."""
        journal.append(self.folder / layout.METRICS, row, durable=durable)
        self.extras.attempt("log", lambda: background.shorten_log(self.folder / layout.LOG))

    def resume(self, saved: list[Row]) -> None:
        """Record that a run which had begun goes on after its newest checkpoint.

        `saved` are the manifests of its checkpoints, oldest first. If the worker was killed between a
        checkpoint and its row, the row is written now. Rows of the unfinished epoch become void. Raises
        ModelError if rows and checkpoints do not belong together.
        """
        written = {row["epoch"]: row for row in store.read(self.folder).epochs}
        _require_matching(saved, written)
        for manifest in saved:
            if manifest["row"]["epoch"] not in written:
                self.write(manifest["row"], durable=True)
        if rows(self.folder / layout.METRICS):
            epoch = saved[-1]["progress"]["epoch"] if saved else 0
            self.write({"kind": "resumed", "epoch": epoch}, durable=True)
            store.record(self.folder, "resumed", epoch=epoch)


def _require_matching(saved: list[Row], written: dict[int, Row]) -> None:
    """Raise ModelError unless the checkpoints `saved` belong to the epochs of the rows `written`."""
    _require_checkpoints(saved, last=max(written, default=0))
    for manifest in saved:
        epoch = manifest["row"]["epoch"]
        row = written.get(epoch) or manifest["row"]
        if any(row.get(name) != manifest["row"].get(name) for name in COMPARED_FIGURES):
            raise ModelError(
                f"The checkpoint of epoch {epoch} has other figures than the run's row of this epoch, so it "
                "comes from another run. Put the run's own checkpoint back, or train a new run."
            )


def _require_checkpoints(saved: list[Row], *, last: int) -> None:
    """Raise ModelError unless the checkpoints of the best and of the `last` finished epoch are there.

    A checkpoint is written before its row, so the newest checkpoint may be of the epoch after `last`.
    """
    progress = saved[-1]["progress"] if saved else {"epoch": 0, "best_epoch": 0}
    epochs = {manifest["progress"]["epoch"] for manifest in saved}
    needed = {progress["epoch"], progress["best_epoch"]} - {0}
    if progress["epoch"] in (last, last + 1) and needed <= epochs:
        return
    present = ", ".join(map(str, sorted(epochs))) or "none"
    raise ModelError(
        f"The run has {last} finished epochs, but checkpoints of these epochs: {present}. It needs the "
        "checkpoints of its last and its best epoch. Put the missing checkpoints back, or train a new run."
    )
