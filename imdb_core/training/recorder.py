"""Write a run's rows and phases while it is trained, and notice requests to stop. Called by worker and
stages.
"""

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from imdb_core import background
from imdb_core.errors import ModelError
from imdb_core.runs import journal, layout, store
from imdb_core.runs.rows import rows
from imdb_core.training.extras import Extras

ROW_SECONDS = 1.0, 30.0  # between two rows inside an epoch: in the first hour, and at most
FULL_RATE_SECONDS = 3600.0
LOOK_SECONDS = 1.0  # between two searches for a stop request among the events


def row_seconds(trained: float) -> float:
    """Seconds between two rows inside an epoch, after `trained` seconds of training. A run of a month has
    some 20 MB of rows.
    """
    least, most = ROW_SECONDS
    return min(most, max(least, least * trained / FULL_RATE_SECONDS))


@dataclass
class Recorder:
    """Turns reports of the training loop into rows of metrics.jsonl, inside an epoch at most one per
    row_seconds().
    """

    folder: Path
    stop_requested: bool = False
    began: float = field(default_factory=time.monotonic)
    last_row: float = field(default_factory=time.monotonic)
    last_look: float = field(default_factory=time.monotonic)
    extras: Extras = field(init=False)

    def __post_init__(self):
        self.extras = Extras(self.folder)

    def batch(self, row: dict) -> None:
        """Called after each batch, with its figures; raises Stopped if a stop was requested."""
        self.obey()
        now = time.monotonic()
        if now - self.last_row >= row_seconds(now - self.began):
            self.write({"kind": "batch", **row, "memory": self.memory()})

    def obey(self) -> None:
        """Raise Stopped if a stop was requested."""
        from imdb_core.training.fit import Stopped

        if self.is_stop_requested():
            raise Stopped

    def is_stop_requested(self) -> bool:
        """Whether SIGTERM was received or "stop-requested" is among the events (read once a second, for
        Windows).
        """
        if time.monotonic() - self.last_look >= LOOK_SECONDS:
            self.last_look = time.monotonic()
            with contextlib.suppress(OSError, journal.UnsoundRow):  # a damaged run goes on training
                self.stop_requested |= store.Run(self.folder, None).stop_requested
        return self.stop_requested

    def phase(self, name: str, **details) -> None:
        """Record the phase that begins, such as "loading the reviews", for the live page; raises Stopped."""
        self.obey()
        store.record(self.folder, "phase", phase=name, **details)
        self.say(name, details.get("notice") or "")

    def say(self, *words: str) -> None:
        """Print a line to worker.log."""
        self.extras.attempt("output", lambda: print(*words, flush=True))

    def memory(self) -> int | None:
        """Bytes that this process occupies; None if the system does not tell."""
        return self.extras.attempt("memory", lambda: psutil.Process().memory_info().rss)

    def write(self, row: dict, *, durable: bool = False) -> None:
        """Append a row to metrics.jsonl; if `durable`, wait until it is on the disk. Raises OSError."""
        self.last_row = time.monotonic()
        journal.append(self.folder / layout.METRICS, row, durable=durable)
        self.extras.attempt("log", lambda: background.shorten_log(self.folder / layout.LOG))

    def resume(self, saved: list[dict]) -> None:
        """Record that the run goes on after the newest of its `saved` checkpoints (manifests, oldest first),
        if it had begun.

        If a kill came between a checkpoint and its row, the row is written now. Rows of the unfinished epoch
        become void. Raises ModelError if rows and checkpoints do not belong together.
        """
        written = {row["epoch"]: row for row in store.read(self.folder).epochs}
        _demand_whole(saved, written)
        for manifest in saved:
            if manifest["row"]["epoch"] not in written:
                self.write(manifest["row"], durable=True)
        if rows(self.folder / layout.METRICS):
            epoch = saved[-1]["progress"]["epoch"] if saved else 0
            self.write({"kind": "resumed", "epoch": epoch}, durable=True)
            store.record(self.folder, "resumed", epoch=epoch)


def _demand_whole(saved: list[dict], written: dict[int, dict]) -> None:
    """Raise ModelError unless the checkpoints `saved` belong to the epochs of the rows `written`.

    A checkpoint is written before its row. So the newest checkpoint belongs to the last row's epoch or to the
    next epoch.
    """
    progress = saved[-1]["progress"] if saved else {"epoch": 0, "best_epoch": 0}
    epochs = {manifest["progress"]["epoch"] for manifest in saved}
    last = max(written, default=0)
    if (
        progress["epoch"] not in (last, last + 1)
        or not {progress["epoch"], progress["best_epoch"]} - {0} <= epochs
    ):
        present = ", ".join(map(str, sorted(epochs))) or "none"
        raise ModelError(
            f"The run has {last} finished epochs, but has checkpoints of these: {present}. It needs the checkpoints of its "
            "last and its best epoch. Put the missing ones back, or train a new run."
        )
    for manifest in saved:
        row = written.get(manifest["row"]["epoch"], manifest["row"])
        if any(row.get(name) != manifest["row"].get(name) for name in ("loss", "val_loss", "seconds")):
            raise ModelError(
                f"The checkpoint of epoch {manifest['row']['epoch']} has other figures than the run's row of this epoch, so it "
                "comes from another run. Put the run's own checkpoint back, or train a new run."
            )
