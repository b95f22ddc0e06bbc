"""One run as its folder shows it: name, state, rows. States are computed from events and the lock, never
stored.

Made by `store`; read by every page, the command line, the launcher and the worker.
"""

import os
import re
import statistics
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.files import NO_BOUND, open_regular
from imdb_core.plain_text import one_line
from imdb_core.runs import journal, layout, locks, refusals
from imdb_core.runs.rows import epoch_rows, rows, valid_rows

ACTIVE = ("starting", "running", "stopping")
_UNREADABLE = (OSError, journal.UnsoundRow)
ENDED = ("finished", "stopped", "failed", "interrupted")
CAUSES = ("reviews", "disk", "memory", "diverged")  # causes of failures that the user can remove


@dataclass(frozen=True)
class Run:
    """One run as its folder shows it now; `damaged` is None or why the folder cannot be read."""

    folder: Path
    config: configs.RunConfig | None
    damaged: str | None = None

    @property
    def id(self) -> str:
        """The folder's name, with escapes such as \\x1b for harmful characters, so that it cannot look like
        another run's id.
        """
        name = self.folder.name
        return name if one_line(name) == name else ascii(name)[1:-1]

    @cached_property
    def events(self) -> list[dict]:
        """Rows of events.jsonl. If they cannot be read: none for a damaged run, else OSError or
        journal.UnsoundRow is raised.
        """
        try:
            return rows(self.folder / layout.EVENTS)
        except _UNREADABLE:
            if self.damaged:
                return []
            raise

    @cached_property
    def name(self) -> str:
        """The user's name for it, else the network's and the time of its id."""
        given = next(
            (event.get("name") for event in reversed(self.events) if event.get("event") == "renamed"), None
        )
        if given is None and self.config:
            given = self.config.name
        time = re.match(r"[0-9]{8}-([0-9]{2})([0-9]{2})([0-9]{2})", self.id)
        usual = f"{self.title} {':'.join(time.groups())} UTC" if time else self.id
        return one_line(str(given)).strip() or usual if given else usual

    @property
    def title(self) -> str:
        """The network's name for people."""
        return architectures.get(self.network).title if self.config else self.network

    @property
    def network(self) -> str:
        return self.config.network if self.config else "unknown"

    @cached_property
    def state(self) -> str:
        """queued, starting, running, stopping, finished, stopped, failed, interrupted or damaged."""
        if self.damaged:
            return "damaged"
        current = self._turn.get("event", "queued")
        if current in ENDED and current != "stopped":
            return current
        alive = locks.held(self.folder / layout.LOCK)
        if not alive and self._has_more_events():
            return Run(self.folder, self.config).state  # the worker began or ended after the events were read
        if current == "stopped":
            return "stopping" if alive else "stopped"
        if current == "queued":
            return "starting" if alive else "failed" if self._refusal else "queued"
        if not alive:
            return "interrupted"
        kinds = [event.get("event") for event in self.events]
        return "stopping" if "stop-requested" in kinds[_last(kinds, "started") :] else "running"

    @property
    def stop_requested(self) -> bool:
        """Whether a stop was requested since the run was last queued. A new worker checks this, as it may be
        older.
        """
        kinds = [event.get("event") for event in self.events]
        return not {"stop-requested", "stopped"}.isdisjoint(
            kinds[_last(kinds, "queued") :] if "queued" in kinds else kinds
        )

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def waits(self) -> bool:
        """Whether to start the run when a device is free; also after a start that failed, because the cause
        may be gone.
        """
        return self.state == "queued" or (self.state == "failed" and self._turn.get("event") == "queued")

    @property
    def can_resume(self) -> bool:
        """Whether it can go on. A finished run can if its export failed: it then exports again."""
        not_exported = any(event.get("extra") == "model" for event in self.events)
        without_model = self.state == "finished" and not_exported and not self.has_model
        return self.state in ("interrupted", "stopped", "failed") or without_model

    @property
    def cause(self) -> str | None:
        """Why the run failed, one of CAUSES; None if it did not fail or failed for another reason."""
        return self.ending.get("cause") if self.ending.get("cause") in CAUSES else None

    def event(self, kind: str) -> dict:
        """The newest event of that kind, or {}."""
        return next((event for event in reversed(self.events) if event.get("event") == kind), {})

    @cached_property
    def ending(self) -> dict:
        """The event that ended the run (finished, stopped, failed, interrupted); {} if it was queued or
        started since.

        If a queued run cannot be started because its events cannot be written, this is the event that is
        missing.
        """
        if self._turn.get("event") == "queued" and self.state == "failed":
            return {"event": "failed", "message": self._refusal}
        return self._turn if self._turn.get("event") in ENDED else {}

    @cached_property
    def metrics(self) -> list[dict]:
        """Valid rows of metrics.jsonl, without those of interrupted epochs that were trained again; none for
        a damaged run.

        If a row within an epoch is unsound, only the rows of whole epochs. A list of runs does not notice
        such a row.
        """
        try:
            return [] if self.damaged else valid_rows(rows(self.folder / layout.METRICS))
        except _UNREADABLE:
            return self.epochs

    @cached_property
    def epochs(self) -> list[dict]:
        """One row per finished epoch, in order; none for a damaged run."""
        try:
            return [] if self.damaged else epoch_rows(self.folder / layout.METRICS)
        except _UNREADABLE:
            return []

    @property
    def best(self) -> dict:
        """The row of the best epoch by validation loss, or {}."""
        measured = [row for row in self.epochs if isinstance(row.get("val_loss"), int | float)]
        return min(measured, key=lambda row: row["val_loss"]) if measured else {}

    @property
    def training_seconds(self) -> float:
        """Time of all finished epochs, validation included."""
        return sum(row["seconds"] + row["validation_seconds"] for row in self.epochs)

    @property
    def epoch_seconds(self) -> float | None:
        """A typical epoch (the median), validation included; None before the first is done."""
        spent = [row["seconds"] + row["validation_seconds"] for row in self.epochs]
        return statistics.median(spent) if spent else None

    @property
    def test_accuracy(self) -> float | None:
        return None if self.damaged else self.event("finished").get("test_accuracy")

    @property
    def has_model(self) -> bool:
        return os.path.isfile(
            self.folder / layout.MODEL_FACTS
        )  # Path.is_file raises for a folder that may not be read

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of worker.log."""
        try:
            with open_regular(self.folder / layout.LOG, NO_BOUND) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 200 * lines))
                text = file.read(200 * lines).decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            return "" if isinstance(error, FileNotFoundError) else f"The log cannot be read: {error}."
        return "\n".join(one_line(line) for line in text.splitlines()[-lines:])

    def summary(self) -> dict:
        """What `runs --json` and the tables show: plain values only."""
        return {
            "id": self.id,
            "name": self.name,
            "network": self.network,
            "state": self.state,
            "epochs": self.epochs,
            "best_epoch": self.best.get("epoch"),
            "val_accuracy": self.best.get("val_accuracy"),
            "test_accuracy": self.test_accuracy,
            "message": self.damaged or self.ending.get("message"),
        }

    def _has_more_events(self) -> bool:
        try:
            return len(rows(self.folder / layout.EVENTS)) > len(self.events)
        except _UNREADABLE:  # which whoever reads the run next will notice
            return False

    @cached_property
    def _refusal(self) -> str | None:
        return refusals.reason(self.folder)

    @cached_property
    def _turn(self) -> dict:
        """The newest event that decides the state, or {}."""
        deciding = ("queued", "started", *ENDED)
        return next((event for event in reversed(self.events) if event.get("event") in deciding), {})


def _last(kinds: list, kind: str) -> int:
    return len(kinds) - 1 - kinds[::-1].index(kind)
