"""One run as its folder shows it: name, state, rows.

States are computed from events and from what the run's place says of its worker, never stored. `store` makes
runs; pages, the command line, the launcher and the worker read them.
"""

import os
import statistics
from functools import cached_property

from imdb_core.files import NO_BOUND, open_regular
from imdb_core.plain_text import one_line
from imdb_core.runs import layout, places, refusals
from imdb_core.runs.recorded import ENDED as ENDED
from imdb_core.runs.recorded import UNREADABLE, Recorded
from imdb_core.runs.rows import Row, epoch_rows, rows, untrained_probes, valid_rows
from imdb_core.sentences import Sentence

ACTIVE = ("starting", "running", "stopping", "unreachable")
NAMING_EVENTS = ("renamed", "tagged", "untagged")  # at any time, also after the end; they change no state


class Run(Recorded):
    """One run as its folder shows it now."""

    @cached_property
    def state(self) -> str:
        """queued, damaged, or one of ACTIVE and ENDED.

        "unreachable": it has a worker, or had one, but its place cannot tell now whether the worker lives.
        """
        if self.damaged:
            return "damaged"
        current: str = self.deciding_event.get("event", "queued")
        if current in ENDED and current != "stopped":
            return current
        alive = places.of(self).alive(self)
        if not alive and self.has_more_events():
            return Run(self.folder, self.config).state  # the worker began or ended after the events were read
        if current == "stopped":
            return "stopping" if alive else "stopped"
        if alive is None and (current != "queued" or self.machine):
            return "unreachable"
        if current == "queued":
            return "starting" if alive else "failed" if self._refusal else "queued"
        if not alive:
            return "interrupted"
        kinds = [event.get("event") for event in self.events_since("started")]
        return "stopping" if "stop-requested" in kinds else "running"

    @property
    def unreachable(self) -> Sentence | None:
        """Why the place cannot tell whether the worker lives, and since when; None in all other states."""
        return places.of(self).why_unreachable(self) if self.state == "unreachable" else None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def waits(self) -> bool:
        """Whether to start the run when a device is free. A start that failed is tried again."""
        return self.state == "queued" or (
            self.state == "failed" and self.deciding_event.get("event") == "queued"
        )

    @property
    def can_resume(self) -> bool:
        """Whether the run can be resumed. If only its export failed, a finished run can be resumed too."""
        not_exported = any(event.get("extra") in ("model", "weights") for event in self.events)
        without_model = self.state == "finished" and not_exported and not self.is_exported
        return self.state in ("interrupted", "stopped", "failed") or without_model

    @property
    def was_interrupted(self) -> bool:
        """Whether its newest end was an interruption, also if it has been queued or started again since."""
        ends = [event["event"] for event in self.events if event.get("event") in ENDED]
        return ends[-1:] == ["interrupted"]

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

    @property
    def remark(self) -> str | None:
        """What lists say beside the state: how the run ended, why it is unreachable, or why it waits."""
        return self.message or self.unreachable or self.delay

    @property
    def delay(self) -> Sentence | None:
        """Why a queued run cannot be started now although it will be; None in other states."""
        return refusals.delay(self.folder) if self.state == "queued" else None

    @cached_property
    def ending(self) -> Row:
        """The event that ended the run (see ENDED); {} if the run goes on or is queued.

        If its events cannot be written, a queued run cannot start: its "failed" event is added here.
        """
        if self.deciding_event.get("event") == "queued" and self._refusal and self.state == "failed":
            return {"event": "failed", **self._refusal.fields}
        return self.deciding_event if self.deciding_event.get("event") in ENDED else {}

    @cached_property
    def metrics(self) -> list[Row]:
        """Valid rows of metrics.jsonl (see rows.valid_rows); none for a damaged run.

        If a row within an epoch is invalid, only the rows of whole epochs are returned: a list of runs does
        not check the rows within epochs.
        """
        try:
            return [] if self.damaged else valid_rows(rows(self.folder / layout.METRICS))
        except UNREADABLE:
            return self.epochs

    @cached_property
    def epochs(self) -> list[Row]:
        """One row per finished epoch, in order; none for a damaged run."""
        try:
            return [] if self.damaged else epoch_rows(self.folder / layout.METRICS)
        except UNREADABLE:
            return []

    @cached_property
    def untrained_probes(self) -> list[float | list[float] | None] | None:
        """The network's scores of the probe texts before its first epoch; None if they were not scored."""
        try:
            return None if self.damaged else untrained_probes(self.folder / layout.METRICS)
        except UNREADABLE:
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

    @property
    def val_accuracy(self) -> float | None:
        """The validation accuracy of the best epoch; None for a language model, which judges no texts."""
        return None if self.predicts_words else self.best.get("val_accuracy")

    @property
    def is_exported(self) -> bool:
        """Whether the files of its best epoch are written: a model, or the weights of a language model."""
        return self.has_model or (self.predicts_words and os.path.isfile(self.folder / layout.WEIGHTS))

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
            "val_accuracy": self.val_accuracy,
            "test_accuracy": self.test_accuracy,
            "message": self.damaged or self.remark,
        }

    @cached_property
    def _refusal(self) -> Sentence | None:
        return refusals.reason(self.folder)


def time_of_epoch(row: Row) -> float:
    """Time of a finished epoch, validation included, from its row."""
    seconds: float = row["seconds"] + row["validation_seconds"]
    return seconds
