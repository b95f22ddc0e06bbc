"""Read events.jsonl and metrics.jsonl, and check each row: its fields, their types and magnitudes. Called by
run and reading.

A row that breaks a rule makes its own run "damaged", with a reason. Fields that are not declared here are
dropped, so that no reader depends on an unchecked value. A new field is one line in Event or in Measured.
"""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from imdb_core.plain_text import one_line
from imdb_core.runs import journal, layout
from imdb_core.runs.journal import Form, UnsoundRow

MOST_EVENT_BYTES = 8 * 2**20
MOST_METRICS_BYTES = 128 * 2**20
# A row within an epoch is one point of a curve. In a file larger than this, only every second, third ... of
# them is read.
ENOUGH_METRICS_BYTES = 16 * 2**20
MOST_ROWS = 20_000  # of a file, without those within epochs: 200 epochs, resumed a hundred times, write fewer
MOST_TEXT = 20_000  # characters
LARGEST_LOSS = 1e39  # the largest float32 is 3.4e38
WITHIN_EPOCH = b'{"kind": "batch"'  # the first bytes of a row that was written within an epoch

Count = Annotated[int, Field(ge=0, le=2**53)]
FromOne = Annotated[int, Field(ge=1, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Loss = Annotated[float, Field(ge=-LARGEST_LOSS, le=LARGEST_LOSS)]
Share = Annotated[float, Field(ge=0, le=1.000001)]
Speed = Annotated[float, Field(ge=0, le=1e15)]
Kind = Annotated[str, Field(max_length=100)]  # compared, never shown
Text = Annotated[str, Field(max_length=MOST_TEXT), AfterValidator(one_line)]
Time = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(Z|\+00:00)$")]


class Event(TypedDict, total=False):
    """A row of events.jsonl; REQUIRED says what each event needs. Null stands for NaN and for "not measured"."""

    __pydantic_config__ = ConfigDict(strict=True, allow_inf_nan=False)

    event: Kind
    time: Time
    message: Text | None
    # queued, launching, started
    resumed: bool
    attempt: FromOne
    pid: FromOne
    parent_pid: Count | None
    process_started: Annotated[float, Field(ge=0, le=1e12)]
    ticks_after_boot: Count | None
    device: Text
    threads: FromOne
    app_version: Text
    # phase
    phase: Text
    notice: Text | None
    fingerprint: Text | None
    prepared: Text | None
    backend: Text
    versions: dict[Text, Text]
    machine: Text
    reviews: Count | None
    positive_reviews: Count | None
    validation_reviews: Count | None
    positive_validation_reviews: Count | None
    # epoch-saved, resumed, extra-failed
    epoch: Count | None
    best_epoch: Count | None
    # extra-failed
    extra: Text
    reason: Text
    # renamed
    name: Text | None
    # failed
    cause: Text | None
    # finished
    early: bool
    test_loss: Loss | None
    test_accuracy: Share | None
    test_reviews: Count | None
    test_positive_reviews: Count | None
    test_balanced_accuracy: Share | None
    test_roc_area: Share | None
    evaluation_seconds: Seconds | None


class Measured(TypedDict, total=False):
    """A row of metrics.jsonl; REQUIRED says what each kind needs."""

    __pydantic_config__ = ConfigDict(strict=True, allow_inf_nan=False)

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
    probes: Annotated[list[Share | None], Field(max_length=100)]


REQUIRED = {
    "started": ("pid", "process_started", "device", "threads"),
    "phase": ("phase",),
    "extra-failed": ("extra", "reason"),
    "batch": ("epoch", "step", "steps", "seconds"),
    "epoch": ("epoch", "step", "steps", "seconds", "validation_seconds"),
    "resumed": ("epoch",),
    "probes": ("epoch", "probes"),
}
# Fields that readers may rely on: null where a row lacks them.
NOT_MEASURED = {
    "batch": {"words_per_second": None, "loss": None, "accuracy": None},
    "epoch": {
        "words_per_second": None,
        "loss": None,
        "accuracy": None,
        "val_loss": None,
        "val_accuracy": None,
    },
}
_EVENT, _MEASURED = (TypeAdapter(kind).validator for kind in (Event, Measured))


def rows(path: Path) -> list[dict]:
    """The checked rows of a run's events.jsonl or metrics.jsonl. Raises OSError, or journal.UnsoundRow for an
    invalid row.
    """
    return journal.rows(path, {layout.EVENTS: EVENTS, layout.METRICS: METRICS}[path.name])


def epoch_rows(path: Path) -> list[dict]:
    """The valid rows of finished epochs in a metrics.jsonl, in order. Raises as rows().

    A list of runs needs no others: the thousands of rows within epochs are neither parsed nor kept.
    """
    epochs = {
        row["epoch"]: row for row in valid_rows(journal.rows(path, EPOCHS)) if row.get("kind") == "epoch"
    }
    return list(epochs.values())


def valid_rows(read: list[dict]) -> list[dict]:
    """`read` without the rows that a resume made void: those of an epoch that was interrupted and is trained
    again.
    """
    kept: list[dict] = []
    last, probes = math.inf, {}
    for row in reversed(read):  # so that each row is looked at once, however often the run was resumed
        if row["kind"] == "resumed":
            last = min(last, row["epoch"])
        elif row["epoch"] > last:
            continue
        elif row["kind"] == "probes":  # belongs to its epoch's row, which was written earlier
            probes.setdefault(row["epoch"], row["probes"])
        else:
            with_probes = row["kind"] == "epoch" and row["epoch"] in probes
            kept.append(row | {"probes": probes[row["epoch"]]} if with_probes else row)
    return kept[::-1]


def _event(line: bytes) -> dict | None:
    row = _row(line, _EVENT)
    if row is not None:
        if "event" not in row:
            raise UnsoundRow("it names no event")
        _demand_fields(row, row["event"])
    return row


def _measured(line: bytes) -> dict | None:
    row = _row(line, _MEASURED)
    if row is not None:
        kind = row.setdefault("kind", "batch")
        kind = kind if kind in ("resumed", "probes", "epoch") else "batch"
        _demand_fields(row, kind)
        if kind != "resumed" and row["epoch"] < 1:
            raise UnsoundRow("epochs count from 1")
        row = NOT_MEASURED.get(kind, {}) | row
    return row


def _demand_fields(row: dict, kind: str) -> None:
    for name in REQUIRED.get(kind, ()):
        if name not in row:
            raise UnsoundRow(f"{name} is missing")


def _row(line: bytes, form) -> dict | None:
    """The declared fields of one line; None for a line that a crash has cut. Raises UnsoundRow."""
    try:
        return form.validate_json(line)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
    if wrong["loc"]:
        name = str(wrong["loc"][0])
        raise UnsoundRow(
            "it names no event"
            if name == "event"
            else f"{name} is {_shown(wrong['input'])}, which is not allowed"
        )
    if _is_object(line):
        raise UnsoundRow(
            "it holds a value that no worker writes, such as NaN, a lone surrogate or a number of many digits"
        )
    return None


def _shown(value: Any) -> str:
    """The rejected value in at most 40 characters."""
    if value is None:
        return "null"
    if isinstance(value, int) and value.bit_length() > 1000:  # Python refuses to write out very long numbers
        return "a number of more than 300 digits"
    return ascii(str(value)[:40])


def _is_object(line: bytes) -> bool:
    """Whether the line is a whole object by Python's own, more lenient reading of JSON."""
    try:
        return isinstance(json.loads(line, parse_int=float), dict)
    except ValueError:
        return False
    except RecursionError:
        return True


EVENTS = Form(_event, MOST_EVENT_BYTES, most_rows=MOST_ROWS)
METRICS = Form(
    _measured, MOST_METRICS_BYTES, often=WITHIN_EPOCH, enough_bytes=ENOUGH_METRICS_BYTES, most_rows=MOST_ROWS
)
EPOCHS = replace(METRICS, enough_bytes=0)
