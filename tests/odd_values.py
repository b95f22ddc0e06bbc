"""Values that no worker writes, and the fields of a run's rows and config in which they may stand."""

import json

SURROGATE = "\\ud800"  # a lone surrogate as JSON writes it
ODD_VALUES = {  # name -> JSON text
    "null": "null",
    "a text": '"high"',
    "a list": "[1]",
    "an object": '{"a": 1}',
    "true": "true",
    "-1e308": "-1e308",
    "1.7e308": "1.7e308",
    "1e999": "1e999",
    "NaN": "NaN",
    "10**400": str(10**400),
    "10**5000": "1" + 5000 * "0",
    "half a character": f'"{SURROGATE}"',
    "nested deeply": 100_000 * "[" + 100_000 * "]",
}

# Valid rows.
STARTED = {"event": "started", "pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}
POSITION = {"epoch": 1, "step": 9, "steps": 9, "seconds": 1.0, "words_per_second": 9.0, "loss": 0.5}
BATCH = {"kind": "batch", **POSITION}
EPOCH = {"kind": "epoch", **POSITION, "accuracy": 0.5, "val_loss": 0.5, "val_accuracy": 0.5}
EPOCH |= {"validation_seconds": 0.1}

EVENT_FIELDS = {
    "started": ("pid", "process_started", "ticks_after_boot", "threads"),
    "finished": ("test_accuracy", "test_reviews", "test_loss"),
    "phase": ("reviews", "positive_reviews", "phase", "notice"),
    "queued": ("time", "event"),
    "renamed": ("name",),
    "tagged": ("tags",),
    "failed": ("message", "cause"),
}
METRICS_FIELDS = [name for name in EPOCH if name != "kind"]
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "words_per_second")
CONFIG_FIELDS = ("name", "epochs", "learning_rate")


def with_value(row: dict, name: str, text: str) -> str:
    """`row` as JSON in which the value of `name` is `text`, whether that is JSON or not."""
    return json.dumps({**row, name: "@"}).replace('"@"', text)
