"""What a worker writes down while it trains, and where it goes on after an interruption. Called by the worker."""

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from imdb_core import background
from imdb_core.runs import journal, store

ROW_SECONDS = 1.0
LOOK_SECONDS = 1.0  # between two looks for a stop among the events


@dataclass
class Recorder:
    """Turns what the loop reports into rows of metrics.jsonl, at most one a second inside an epoch; obeys a wish to stop."""

    folder: Path
    stop_requested: bool = False
    last_row: float = field(default_factory=time.monotonic)
    last_look: float = field(default_factory=time.monotonic)

    def batch(self, row: dict) -> None:
        """After each batch; raises Stopped."""
        self.obey()
        if time.monotonic() - self.last_row >= ROW_SECONDS:
            self.write({"kind": "batch", **row, "memory": psutil.Process().memory_info().rss})

    def obey(self) -> None:
        """Raises Stopped once a stop was asked for."""
        from imdb_core.training.fit import Stopped

        if self.stop_is_wished():
            raise Stopped

    def stop_is_wished(self) -> bool:
        """Whether SIGTERM came or a stop is among the events (looked up once a second, for Windows)."""
        if time.monotonic() - self.last_look >= LOOK_SECONDS:
            self.last_look = time.monotonic()
            with contextlib.suppress(OSError, journal.UnsoundRow):  # a damaged run goes on training
                self.stop_requested |= store.Run(self.folder, None).stop_wished
        return self.stop_requested

    def phase(self, what: str, **details) -> None:
        """What the worker does between epochs, for the live page."""
        self.obey()
        store.record(self.folder, "phase", phase=what, **details)
        print(what, details.get("notice") or "", flush=True)

    def write(self, row: dict, *, durable: bool = False) -> None:
        """One row, now."""
        self.last_row = time.monotonic()
        journal.append(self.folder / "metrics.jsonl", row, durable=durable)
        background.shorten_log(self.folder / "worker.log")

    def resume(self, saved: list[dict]) -> None:
        """Note that the run goes on after the newest of its `saved` checkpoints (manifests, oldest first), if it had begun.

        A kill between checkpoint and row loses no epoch; rows of the unfinished epoch are void.
        """
        for manifest in saved:
            if manifest["row"]["epoch"] not in {row["epoch"] for row in store.read(self.folder).epochs}:
                self.write(manifest["row"], durable=True)
        if journal.rows(self.folder / "metrics.jsonl"):
            epoch = saved[-1]["progress"]["epoch"] if saved else 0
            self.write({"kind": "resumed", "epoch": epoch}, durable=True)
            store.record(self.folder, "resumed", epoch=epoch)
