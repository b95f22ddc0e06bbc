"""Read events.jsonl and metrics.jsonl, and check each row: its fields, their types and ranges.

An invalid row makes its own run "damaged", with a reason. Fields that are not declared here are dropped, so
that no reader depends on an unchecked value. To add a field, add a line to Event or to Measured.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from imdb_core.answers import MOST_CLASSES
from imdb_core.plain_text import one_line
from imdb_core.runs import journal, layout
from imdb_core.runs.journal import Form, UnsoundRow
from imdb_core.runs.old_events import upgraded
from imdb_core.runs.rows_memory import Row as Row
from imdb_core.runs.validation import validated

MOST_EVENT_BYTES = 8 * 2**20
MOST_METRICS_BYTES = 128 * 2**20
ENOUGH_METRICS_BYTES = 16 * 2**20  # of larger files, only every nth row within an epoch is read
MOST_ROWS = 20_000  # in a file, rows within epochs not counted; 200 epochs, resumed 100 times, have fewer
MOST_TEXT = 20_000  # characters
LARGEST_LOSS = 1e39  # the largest float32 is 3.4e38
WITHIN_EPOCH = b'{"kind": "batch"'  # how a row within an epoch begins

Count = Annotated[int, Field(ge=0, le=2**53)]
ClassCounts = Annotated[list[Count], Field(min_length=2, max_length=MOST_CLASSES)] | None
FromOne = Annotated[int, Field(ge=1, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Loss = Annotated[float, Field(ge=-LARGEST_LOSS, le=LARGEST_LOSS)]
Share = Annotated[float, Field(ge=0, le=1.000001)]
Speed = Annotated[float, Field(ge=0, le=1e15)]
Kind = Annotated[str, Field(max_length=100)]  # compared, never shown
Text = Annotated[str, Field(max_length=MOST_TEXT), AfterValidator(one_line)]
Time = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(Z|\+00:00)$")]
Code = Annotated[str, Field(max_length=100), AfterValidator(one_line)]  # see imdb_core/sentences.py
Number = Annotated[int, Field(ge=-(2**53), le=2**53)] | float
Value = Text | Number | Annotated[list[Text], Field(max_length=100)] | None
Values = Annotated[dict[Kind, Value], Field(max_length=20)]
CHECKED = ConfigDict(strict=True, allow_inf_nan=False)


@with_config(CHECKED)
class Coded(TypedDict):
    """A sentence as a file holds it."""

    code: Code
    values: NotRequired[Values]


@with_config(CHECKED)
class Event(TypedDict, total=False):
    """A row of events.jsonl; REQUIRED lists what each event needs. Null means NaN or "not measured"."""

    event: Kind
    time: Time
    # failed, stopped, interrupted, extra-failed: the sentence
    code: Code
    values: Values
    # queued, launching, started
    resumed: bool
    sweep: Kind  # the id of the sweep that made the run
    number: Count  # of the run in its sweep
    best_of: Kind  # the id of the sweep whose setting this run trains again with a fresh seed
    setting: Count  # the number of this setting in the sweep
    attempt: FromOne
    place: Kind
    job: Text  # the cluster's name for the attempt
    host: Text  # see operating_system.machine
    boot: Text | None
    pid: FromOne
    parent_pid: Count | None
    process_started: Annotated[float, Field(ge=0, le=1e12)]
    ticks_after_boot: Count | None
    device: Text
    threads: FromOne
    app_version: Text
    standby: bool  # whether the process had been started before the run, as a standby
    # phase
    phase: Code
    notices: Annotated[list[Coded], Field(max_length=20)]
    fingerprint: Text | None
    prepared: Text | None
    backend: Text
    versions: dict[Text, Text]
    machine: Text
    reviews: Count | None
    class_counts: ClassCounts
    validation_reviews: Count | None
    taught_reviews: Count | None  # how many of the `reviews` a teacher has labelled
    validation_class_counts: ClassCounts
    # epoch-saved, resumed, extra-failed
    epoch: Count | None
    best_epoch: Count | None
    # extra-failed
    extra: Code
    # renamed
    name: Text | None
    # tagged, untagged
    tags: Annotated[list[Text], Field(max_length=100)]
    # finished
    early: bool
    test_loss: Loss | None
    test_accuracy: Share | None
    test_reviews: Count | None
    test_class_counts: ClassCounts
    test_balanced_accuracy: Share | None
    test_macro_f1: Share | None
    test_roc_area: Share | None
    evaluation_seconds: Seconds | None
    # counts and English text that earlier versions wrote (see old_events)
    positive_reviews: Count | None
    positive_validation_reviews: Count | None
    test_positive_reviews: Count | None
    message: Text | None
    notice: Text | None
    reason: Text
    cause: Text | None


@with_config(CHECKED)
class Measured(TypedDict, total=False):
    """A row of metrics.jsonl; REQUIRED lists what each kind needs."""

    kind: Kind
    epoch: Count
    step: FromOne
    steps: FromOne
    seconds: Seconds
    words_per_second: Speed | None
    memory: Count | None
    loss: Loss | None
    accuracy: Share | None
    val_loss: Loss | None
    val_accuracy: Share | None
    validation_seconds: Seconds
    # of the second of two classes, else a list with one share a class
    probes: Annotated[
        list[Share | Annotated[list[Share], Field(max_length=MOST_CLASSES)] | None], Field(max_length=100)
    ]
    texts: Annotated[list[Text], Field(max_length=100)]  # how a language model continues the probe texts


REQUIRED: dict[str, tuple[str, ...]] = {
    "started": ("pid", "process_started", "device", "threads"),
    "phase": ("phase",),
    "extra-failed": ("extra", "code"),
    "batch": ("epoch", "step", "steps", "seconds"),
    "epoch": ("epoch", "step", "steps", "seconds", "validation_seconds"),
    "resumed": ("epoch",),
    "probes": ("epoch", "probes"),
    "continued": ("epoch", "texts"),
}
MERGED = {"probes": "probes", "continued": "texts"}  # kind of row -> the field that its epoch's row gets
# Fields that are read as null if the row lacks them.
NOT_MEASURED: dict[str, Row] = {
    "batch": dict.fromkeys(("words_per_second", "loss", "accuracy")),
    "epoch": dict.fromkeys(("words_per_second", "loss", "accuracy", "val_loss", "val_accuracy")),
}
_EVENT, _MEASURED = TypeAdapter(Event), TypeAdapter(Measured)


def rows(path: Path) -> list[Row]:
    """The checked rows of an events.jsonl or metrics.jsonl. Raises OSError, UnsoundRow for invalid rows."""
    return journal.rows(path, {layout.EVENTS: EVENTS, layout.METRICS: METRICS}[path.name])


def epoch_rows(path: Path) -> list[Row]:
    """The valid rows of finished epochs in a metrics.jsonl, in order. Raises as rows().

    A list of runs calls this: it does not need the thousands of rows within epochs.
    """
    valid = valid_rows(journal.rows(path, EPOCHS))
    return list({row["epoch"]: row for row in valid if row.get("kind") == "epoch"}.values())


def untrained_probes(path: Path) -> list[float | list[float] | None] | None:
    """The scores of the probe texts before the first epoch in a metrics.jsonl; None if they were not scored.

    Raises as rows().
    """
    measured = reversed(journal.rows(path, EPOCHS))
    return next((row["probes"] for row in measured if row["kind"] == "probes" and row["epoch"] == 0), None)


def valid_rows(measured: list[Row]) -> list[Row]:
    """`measured` without void rows: an epoch that was interrupted is trained again after the resume.

    Looks at each row once, so that the time does not grow with the number of resumes.
    """
    valid: list[Row] = []
    last_epoch, merged = math.inf, dict[int, Row]()
    for row in reversed(measured):
        if row["kind"] == "resumed":
            last_epoch = min(last_epoch, row["epoch"])
        elif row["epoch"] > last_epoch:
            continue
        elif field := MERGED.get(row["kind"]):  # the row of its epoch stands earlier in the file
            merged.setdefault(row["epoch"], {}).setdefault(field, row[field])
        elif row["kind"] == "epoch":
            valid.append(row | merged.get(row["epoch"], {}))
        else:
            valid.append(row)
    return valid[::-1]


def _event(line: bytes) -> Row | None:
    row = validated(line, _EVENT)
    if row is None:
        return None
    if "event" not in row:
        raise UnsoundRow("it names no event")
    row = upgraded(row)
    _require_fields(row, row["event"])
    return row


def _measured(line: bytes) -> Row | None:
    row = validated(line, _MEASURED)
    if row is None:
        return None
    kind = kind if (kind := row.setdefault("kind", "batch")) in ("resumed", "epoch", *MERGED) else "batch"
    _require_fields(row, kind)
    # Epoch 0 stands only for the probes of the untrained network, and for a resume from the beginning.
    if kind in ("batch", "epoch") and row["epoch"] < 1:
        raise UnsoundRow("epochs count from 1")
    return NOT_MEASURED.get(kind, {}) | row


def _require_fields(row: Row, kind: str) -> None:
    for name in REQUIRED.get(kind, ()):
        if name not in row:
            raise UnsoundRow(f"{name} is missing")


EVENTS = Form(_event, MOST_EVENT_BYTES, most_rows=MOST_ROWS)
METRICS = Form(
    _measured,
    MOST_METRICS_BYTES,
    frequent=WITHIN_EPOCH,
    unthinned_bytes=ENOUGH_METRICS_BYTES,
    most_rows=MOST_ROWS,
)
EPOCHS = replace(METRICS, unthinned_bytes=0)
