"""One run as its folder shows it: name, state, rows.

States are computed from events and the lock, never stored. `store` makes runs; pages, the command line, the
launcher and the worker read them.
"""

import os
import statistics
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.files import NO_BOUND, open_regular
from imdb_core.plain_text import one_line
from imdb_core.runs import journal, layout, locks, names, refusals
from imdb_core.runs.rows import Row, epoch_rows, rows, untrained_probes, valid_rows
from imdb_core.sentences import Sentence

ACTIVE = ("starting", "running", "stopping")
_UNREADABLE = (OSError, journal.UnsoundRow)
NAMING_EVENTS = ("renamed", "tagged", "untagged")  # at any time, also after the end; they change no state
ENDED = ("finished", "stopped", "failed", "interrupted")


@dataclass(frozen=True)
class Run:
    """One run as its folder shows it now; `damaged` is None or why the folder cannot be read."""

    folder: Path
    config: configs.RunConfig | None
    damaged: str | None = None

    @property
    def id(self) -> str:
        """The folder's name. Control characters become escapes such as \\x1b, so that ids cannot be faked."""
        name = self.folder.name
        return name if one_line(name) == name else ascii(name)[1:-1]

    @cached_property
    def events(self) -> list[Row]:
        """Rows of events.jsonl; none for a damaged run whose events cannot be read.

        Raises OSError or journal.UnsoundRow if events became unreadable after the run was read.
        """
        try:
            return rows(self.folder / layout.EVENTS)
        except _UNREADABLE:
            if self.damaged:
                return []
            raise

    @cached_property
    def name(self) -> str:
        """The user's name for the run; without one, its network and settings; of a damaged run the id.

        Several runs may have the same name; in a list of runs, names.display_names tells them apart.
        """
        return self.chosen_name or (names.described(self.config) if self.config else self.id)

    @cached_property
    def chosen_name(self) -> str:
        """The name that the user gave the run, or ""."""
        chosen = self.event("renamed").get("name")
        if chosen is None and self.config:
            chosen = self.config.name
        return one_line(str(chosen or "")).strip()

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
        current: str = self._deciding_event.get("event", "queued")
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
        return "stopping" if "stop-requested" in kinds[_last_index(kinds, "started") :] else "running"

    @property
    def stop_requested(self) -> bool:
        """Whether a stop was requested since the run was last queued, perhaps before its worker started."""
        kinds = [event.get("event") for event in self.events]
        since = kinds[_last_index(kinds, "queued") :] if "queued" in kinds else kinds
        return not {"stop-requested", "stopped"}.isdisjoint(since)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def waits(self) -> bool:
        """Whether to start the run when a device is free. A start that failed is tried again."""
        return self.state == "queued" or (
            self.state == "failed" and self._deciding_event.get("event") == "queued"
        )

    @property
    def can_resume(self) -> bool:
        """Whether the run can be resumed. If only its export failed, a finished run can be resumed too."""
        not_exported = any(event.get("extra") == "model" for event in self.events)
        without_model = self.state == "finished" and not_exported and not self.has_model
        return self.state in ("interrupted", "stopped", "failed") or without_model

    @property
    def failure(self) -> str | None:
        """The code of the failure (see sentences); None if the run did not fail or no code was recorded."""
        return self.ending.get("code") if self.ending.get("event") == "failed" else None

    @property
    def message(self) -> str | None:
        """How the run ended, as a sentence; None if it has not ended, or finished as it should."""
        text: str | None = self.ending.get("message")  # written by an earlier version
        code: str | None = self.ending.get("code")
        return text or (Sentence(code, **self.ending.get("values", {})) if code else None)

    def event(self, kind: str) -> Row:
        """The newest event of that kind, or {}."""
        return next((event for event in reversed(self.events) if event.get("event") == kind), {})

    @cached_property
    def ending(self) -> Row:
        """The event that ended the run (see ENDED); {} if the run goes on or is queued.

        If its events cannot be written, a queued run cannot start: its "failed" event is added here.
        """
        if self._deciding_event.get("event") == "queued" and self._refusal and self.state == "failed":
            return {"event": "failed", **self._refusal.fields}
        return self._deciding_event if self._deciding_event.get("event") in ENDED else {}

    @cached_property
    def metrics(self) -> list[Row]:
        """Valid rows of metrics.jsonl (see rows.valid_rows); none for a damaged run.

        If a row within an epoch is invalid, only the rows of whole epochs are returned: a list of runs does
        not check the rows within epochs.
        """
        try:
            return [] if self.damaged else valid_rows(rows(self.folder / layout.METRICS))
        except _UNREADABLE:
            return self.epochs

    @cached_property
    def epochs(self) -> list[Row]:
        """One row per finished epoch, in order; none for a damaged run."""
        try:
            return [] if self.damaged else epoch_rows(self.folder / layout.METRICS)
        except _UNREADABLE:
            return []

    @cached_property
    def untrained_probes(self) -> list[float | list[float] | None] | None:
        """The network's scores of the probe texts before its first epoch; None if they were not scored."""
        try:
            return None if self.damaged else untrained_probes(self.folder / layout.METRICS)
        except _UNREADABLE:
            return None

    @property
    def best(self) -> Row:
        """The row of the best epoch by validation loss, or {}."""
        measured = [row for row in self.epochs if isinstance(row.get("val_loss"), int | float)]
        return min(measured, key=lambda row: row["val_loss"]) if measured else {}

    @property
    def training_seconds(self) -> float:
        """Time of all finished epochs, validation included."""
        return sum(map(time_of_epoch, self.epochs))

    @property
    def epoch_seconds(self) -> float | None:
        """The median time of an epoch, validation included; None before the first epoch is finished."""
        return statistics.median(map(time_of_epoch, self.epochs)) if self.epochs else None

    @property
    def test_accuracy(self) -> float | None:
        return None if self.damaged else self.event("finished").get("test_accuracy")

    @property
    def has_model(self) -> bool:
        return os.path.isfile(self.folder / layout.MODEL_FACTS)  # Path.is_file may raise PermissionError

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of worker.log."""
        try:
            with open_regular(self.folder / layout.LOG, NO_BOUND) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 200 * lines))
                text = file.read(200 * lines).decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            return "" if isinstance(error, FileNotFoundError) else f"The log cannot be read: {error}."
        return "\n".join(one_line(line) for line in text.splitlines()[-lines:])

    def summary(self) -> Row:
        """What `runs --json` and the tables show: strings, numbers, None and the rows of epochs."""
        return {
            "id": self.id,
            "name": self.name,
            "network": self.network,
            "state": self.state,
            "epochs": self.epochs,
            "best_epoch": self.best.get("epoch"),
            "val_accuracy": self.best.get("val_accuracy"),
            "test_accuracy": self.test_accuracy,
            "message": self.damaged or self.message,
        }

    def _has_more_events(self) -> bool:
        try:
            return len(rows(self.folder / layout.EVENTS)) > len(self.events)
        except _UNREADABLE:  # read() reports this when the run is read next
            return False

    @cached_property
    def _refusal(self) -> Sentence | None:
        return refusals.reason(self.folder)

    @cached_property
    def _deciding_event(self) -> Row:
        """The newest event that decides the state, or {}."""
        deciding = ("queued", "started", *ENDED)
        return next((event for event in reversed(self.events) if event.get("event") in deciding), {})


def time_of_epoch(row: Row) -> float:
    """Time of a finished epoch, validation included, from its row."""
    seconds: float = row["seconds"] + row["validation_seconds"]
    return seconds


def _last_index(kinds: list[str | None], kind: str) -> int:
    return len(kinds) - 1 - kinds[::-1].index(kind)
