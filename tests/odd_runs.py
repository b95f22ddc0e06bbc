"""Odd run folders: `KINDS` is name -> function that changes the folder of a finished run in an odd way.

Used by tests and rows that show that an odd folder affects no other run.
"""

import json
import os
import shutil
from pathlib import Path

from imdb_core.runs import layout, store
from tests import odd_values
from tests.damaging import (
    LINKS,
    Damage,
    appended,
    configured,
    replaced,
    with_foreign_files,
    with_probes,
    with_rows,
    with_setting,
)
from tests.faults.support import sample_runs
from tests.odd_values import BATCH, EPOCH, ODD_VALUES, SURROGATE, with_value

MANY = 20_001  # rows, more than any worker writes
TEXT_FILES = (layout.CONFIG, layout.EVENTS, layout.METRICS, layout.LOCK)
MODEL_FILES = (layout.MODEL_FACTS, layout.MODEL, layout.VOCABULARY, layout.PREDICTIONS, layout.WEIGHTS)
FOLDERS = (layout.CHECKPOINTS, layout.EPOCH_MODELS)


def _odd_files() -> dict[str, Damage]:
    """Files and folders that are of another kind, or endless."""
    replacements = {
        TEXT_FILES: ("a folder", "a pipe", "a terabyte", "nothing but zeros", *LINKS),
        (layout.LOG,): ("a folder", "a pipe", *LINKS),
        FOLDERS: ("a file", "a pipe", *LINKS),
        MODEL_FILES: ("a folder", "a pipe", "a link to /dev/zero"),
    }
    kinds = {
        f"{name} is {by}": replaced(name, by)
        for names, replacement in replacements.items()
        for by in replacement
        for name in names
    }
    return kinds | {"files with odd names": with_foreign_files}


def _odd_fields(value: str, text: str) -> dict[str, Damage]:
    """The odd value in each field of events, metrics and config, and in place of an event."""
    kinds = {
        f"an event is {value}": appended(layout.EVENTS, text),
        f"batch: loss is {value}": appended(layout.METRICS, with_value(BATCH, "loss", text)),
    }
    for event, fields in odd_values.EVENT_FIELDS.items():
        row = odd_values.STARTED if event == "started" else {"event": event, "phase": "training"}
        for name in fields:
            kinds[f"{event}: {name} is {value}"] = appended(layout.EVENTS, with_value(row, name, text))
    for name in odd_values.METRICS_FIELDS:
        kinds[f"epoch: {name} is {value}"] = appended(layout.METRICS, with_value(EPOCH, name, text))
    for name in odd_values.CONFIG_FIELDS:
        kinds[f"config: {name} is {value}"] = configured(name, text)
    return kinds


def _odd_rows() -> dict[str, Damage]:
    """Rows whose fields do not fit together, or whose number is odd."""
    stuck = {**EPOCH, "loss": 0.6931, "accuracy": None, "val_loss": 0.6931}
    epochs = [EPOCH | {"epoch": epoch} for epoch in (7, 2**53, 2, 2)]
    steps = [BATCH | {"step": 2**53, "steps": 1}, BATCH | {"seconds": 0}]
    unmeasured = json.dumps(EPOCH | dict.fromkeys(odd_values.FIGURES))
    long_message = json.dumps({"event": "failed", "message": "x" * 5 * 10**6})
    kinds = {
        "a message of five million characters": appended(layout.EVENTS, long_message),
        "epoch: nothing was measured": appended(layout.METRICS, unmeasured),
        "epoch: the only one lacks its accuracy": with_rows(layout.METRICS, stuck),
        "epochs beyond the config, in no order": with_rows(layout.METRICS, *epochs),
        "steps beyond their number": with_rows(layout.METRICS, *steps),
        "probes without a figure": with_probes([None, 0.5]),
        "probes of another number": with_probes([0.5] * 100),
    }
    for event in ({"event": "x"}, {"event": "renamed", "name": "again"}, {"event": "queued"}):
        kinds[f"{MANY:,} times {event['event']}"] = appended(layout.EVENTS, *[json.dumps(event)] * MANY)
    resumed, probes = {"kind": "resumed", "epoch": 3}, {"kind": "probes", "epoch": 3, "probes": []}
    for row in (resumed, probes, EPOCH, BATCH | {"kind": "x"}):
        kinds[f"{MANY:,} times {row['kind']}"] = appended(layout.METRICS, *[json.dumps(row)] * MANY)
    return kinds


def _odd_configs() -> dict[str, Damage]:
    long_name = json.dumps("x" * 900_000)
    kinds = {"config: a network with a name of a megabyte": configured("network", long_name)}
    for name in ("x" * 900_000, "\x1b[2J", "\u202e", SURROGATE):
        kinds[f"config: a setting called {name[:8]!a}"] = with_setting(name)
    return kinds


KINDS = _odd_files() | _odd_rows() | _odd_configs()
for value, text in ODD_VALUES.items():
    KINDS |= _odd_fields(value, text)
# Names of folders in the folder of runs that no version of the app creates.
NAMES = [b".new-", b".new-x", b".new-abc-1-2", b".new-20260131-120000000-abcdefgh-abc-12345678", b".trash-"]
NAMES += [b".trash-mine", b".new-20260131-120000000-abcdefgh-99999999999999999999-12345678", b"\xff\xfe"]
NAMES += [b"my holiday", b"line\nbreak", b"\x1b[2Jred", "\u202eturned".encode(), b"-rf", b"CON"]
NAMES += [b"20260131-120000000-ABCDEFGH", b"x" * 255, b"~"]


def put_all(root: Path) -> dict[str, Path]:
    """Create a run for each of KINDS, a good run, and a folder with a foreign file for each of NAMES.

    Returns kind -> the run's folder.
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
