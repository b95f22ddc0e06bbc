"""Odd run folders: `KINDS` is name -> function that changes the folder of a finished run in one odd way.

Used by tests and rows that show that an odd folder affects no other run.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from imdb_core.runs import store
from tests.faults.support import sample_runs

HUGE = 10**400
MANY = 20_001  # rows, more than any worker writes
SURROGATE = "\\ud800"  # a lone surrogate as JSON writes it
FILES = ("config.json", "events.jsonl", "metrics.jsonl", "run.lock")
MODEL_FILES = ("model.json", "model.onnx", "vocabulary.json", "predictions.npz", "weights.npz")
FOLDERS = ("checkpoints", "epochs")
STARTED = {"event": "started", "pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}
EPOCH = {
    "kind": "epoch",
    "epoch": 1,
    "step": 9,
    "steps": 9,
    "seconds": 1.0,
    "words_per_second": 9.0,
    "loss": 0.5,
}
EPOCH |= {"accuracy": 0.5, "val_loss": 0.5, "val_accuracy": 0.5, "validation_seconds": 0.1}
BATCH = {"kind": "batch"} | {
    name: EPOCH[name] for name in ("epoch", "step", "steps", "seconds", "words_per_second", "loss")
}
ODD_VALUES = {
    "null": "null",
    "a text": '"high"',
    "a list": "[1]",
    "an object": '{"a": 1}',
    "true": "true",
    "-1e308": "-1e308",
    "1.7e308": "1.7e308",
    "1e999": "1e999",
    "NaN": "NaN",
    "10**400": str(HUGE),
    "10**5000": "1" + 5000 * "0",
    "half a character": f'"{SURROGATE}"',
    "nested deeply": 100_000 * "[" + 100_000 * "]",
}
EVENT_NUMBERS = {
    "started": ("pid", "process_started", "ticks_after_boot", "threads"),
    "finished": ("test_accuracy", "test_reviews", "test_loss"),
    "phase": ("reviews", "positive_reviews"),
}
EVENT_TEXTS = {
    "queued": ("time", "event"),
    "renamed": ("name",),
    "failed": ("message", "cause"),
    "phase": ("phase", "notice"),
}
METRICS_NUMBERS = (
    "epoch",
    "step",
    "steps",
    "seconds",
    "words_per_second",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
)
METRICS_NUMBERS += ("validation_seconds",)
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "words_per_second")


def with_value(row: dict, name: str, written: str) -> str:
    """`row` as JSON in which the value of `name` is `written`, whether that is JSON or not."""
    return json.dumps({**row, name: "@"}).replace('"@"', written)


def _append(file: str, line: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        with open(folder / file, "a", encoding="utf-8") as opened:
            opened.write(line + "\n")

    return damage


def _replaced(name: str, by: str) -> Callable[[Path], None]:
    """A function that replaces the file or folder `name` by something of another kind, or by an endless file."""

    def damage(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        if by == "a folder":
            path.mkdir()
        elif by == "a file":
            path.write_bytes(b"mine")
        elif by == "a pipe":
            os.mkfifo(path)
        elif by == "nothing but zeros":
            path.write_bytes(b"\0" * 5000)
        elif by == "a terabyte":
            path.touch()
            os.truncate(path, 2**40)
        else:
            path.symlink_to(
                {"a link to itself": name, "a link to /dev/zero": "/dev/zero"}.get(by, "/etc/passwd")
            )

    return damage


def _kinds() -> dict[str, Callable[[Path], None]]:
    kinds = {}
    for by in ("a folder", "a pipe", "a terabyte", "nothing but zeros", *LINKS):
        for name in FILES:
            kinds[f"{name} is {by}"] = _replaced(name, by)
    for by in ("a folder", "a pipe", *LINKS):
        kinds[f"worker.log is {by}"] = _replaced("worker.log", by)
    for by in ("a file", "a pipe", *LINKS):
        for name in FOLDERS:
            kinds[f"{name} is {by}"] = _replaced(name, by)
    for by in ("a folder", "a pipe", "a link to /dev/zero"):
        for name in MODEL_FILES:
            kinds[f"{name} is {by}"] = _replaced(name, by)
    for value, written in ODD_VALUES.items():
        for event, names in EVENT_NUMBERS.items():
            row = STARTED if event == "started" else {"event": event, "phase": "training"}
            for name in names:
                kinds[f"{event}: {name} is {value}"] = _append("events.jsonl", with_value(row, name, written))
        for event, names in EVENT_TEXTS.items():
            for name in names:
                row = {"event": event, "phase": "training"}
                kinds[f"{event}: {name} is {value}"] = _append("events.jsonl", with_value(row, name, written))
        for name in METRICS_NUMBERS:
            kinds[f"epoch: {name} is {value}"] = _append("metrics.jsonl", with_value(EPOCH, name, written))
        kinds[f"batch: loss is {value}"] = _append("metrics.jsonl", with_value(BATCH, "loss", written))
        kinds[f"an event is {value}"] = _append("events.jsonl", written)
        kinds[f"config: name is {value}"] = _configured("name", written)
        kinds[f"config: epochs is {value}"] = _configured("epochs", written)
        kinds[f"config: learning_rate is {value}"] = _configured("learning_rate", written)
    kinds["a message of five million characters"] = _append(
        "events.jsonl", json.dumps({"event": "failed", "message": "x" * 5 * 10**6})
    )
    kinds["files with odd names"] = _foreign_files
    kinds["epoch: nothing was measured"] = _append(
        "metrics.jsonl", json.dumps(EPOCH | dict.fromkeys(FIGURES))
    )
    stuck = {**EPOCH, "loss": 0.6931, "accuracy": None, "val_loss": 0.6931}
    kinds["epoch: the only one lacks its accuracy"] = _written("metrics.jsonl", [stuck])
    kinds["epochs beyond the config, in no order"] = _written(
        "metrics.jsonl", [EPOCH | {"epoch": n} for n in (7, 2**53, 2, 2)]
    )
    kinds["steps beyond their number"] = _written(
        "metrics.jsonl", [BATCH | {"step": 2**53, "steps": 1}, BATCH | {"seconds": 0}]
    )
    for name in ("x" * 900_000, "\x1b[2J", "\u202e", SURROGATE):
        kinds[f"config: a setting called {name[:8]!a}"] = _setting(name)
    kinds["config: a network with a name of a megabyte"] = _configured("network", json.dumps("x" * 900_000))
    for event in ({"event": "x"}, {"event": "renamed", "name": "again"}, {"event": "queued"}):
        kinds[f"{MANY:,} times {event['event']}"] = _many("events.jsonl", event)
    for event in (
        {"kind": "resumed", "epoch": 3},
        {"kind": "probes", "epoch": 3, "probes": []},
        EPOCH,
        BATCH | {"kind": "x"},
    ):
        kinds[f"{MANY:,} times {event['kind']}"] = _many("metrics.jsonl", event)
    kinds["probes without a figure"] = _probes([None, 0.5])
    kinds["probes of another number"] = _probes([0.5] * 100)
    return kinds


LINKS = ("a link to itself", "a link to /dev/zero", "a link out of the folder")


def _configured(name: str, value: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        document = json.loads((folder / "config.json").read_text("utf-8"))
        written = with_value(document["config"], name, value)
        (folder / "config.json").write_text(f'{{"format": 1, "config": {written}}}', "utf-8")

    return damage


def _setting(name: str) -> Callable[[Path], None]:
    """A setting that the config does not have."""
    return lambda folder: _configured("name", f'"x", "{name.encode("unicode_escape").decode()}": 1')(folder)


def _written(file: str, rows: list[dict]) -> Callable[[Path], None]:
    return lambda folder: (
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8") and None
    )


def _many(file: str, row: dict) -> Callable[[Path], None]:
    return _append(file, "\n".join([json.dumps(row)] * MANY))


def _probes(probabilities: list[float | None]) -> Callable[[Path], None]:
    """The run has two reviews to score after each epoch, and got these for its last one."""

    def damage(folder: Path) -> None:
        _configured("probes", json.dumps("a fine film\na bad film"))(folder)
        _append("metrics.jsonl", json.dumps({"kind": "probes", "epoch": 3, "probes": probabilities}))(folder)

    return damage


def _foreign_files(folder: Path) -> None:
    for name in (b"\xff\xfe", b"line\nbreak", b"\x1b[2J", "größe".encode()):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(b"mine")


KINDS = _kinds()
# Names of folders in the folder of runs that no version of the app creates.
NAMES = [
    b".new-",
    b".new-x",
    b".new-abc-1-2",
    b".new-20260131-120000000-abcdefgh-abc-12345678",
    b".trash-",
    b".trash-mine",
]
NAMES += [
    b".new-20260131-120000000-abcdefgh-99999999999999999999-12345678",
    b"\xff\xfe",
    b"my holiday",
    b"line\nbreak",
]
NAMES += [
    b"\x1b[2Jred",
    "\u202eturned".encode(),
    b"-rf",
    b"CON",
    b"20260131-120000000-ABCDEFGH",
    b"x" * 255,
    b"~",
]


def put_all(root: Path) -> dict[str, Path]:
    """Create a run for each of KINDS, a good run, and a folder with a foreign file for each of NAMES; returns
    kind -> folder.
    """
    good = sample_runs.finished_run("good", batches=2)
    folders = {kind: good.folder.with_name(store.new_id()) for kind in KINDS}
    for kind, folder in folders.items():
        shutil.copytree(good.folder, folder)
        KINDS[kind](folder)
    for name in NAMES:
        path = os.path.join(os.fsencode(root), name)
        os.mkdir(path)
        with open(os.path.join(path, b"mine.txt"), "wb") as file:
            file.write(b"mine")
    return folders | {"good": good.folder}


def missing_names(root: Path) -> list[bytes]:
    """The NAMES whose foreign file is missing."""
    return [name for name in NAMES if not os.path.exists(os.path.join(os.fsencode(root), name, b"mine.txt"))]
