"""Pages read files while a worker replaces them."""

import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path

from imdb_core import files
from imdb_core.errors import ModelError
from imdb_core.runs import journal, layout
from imdb_core.scoring import model_files
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import fork_each, result_in_new_process


@row(
    "B12",
    "four processes read while files are replaced",
    "0 bad reads in 10 s",
    breaks=("replaced in place",),
)
def read_while_replaced(place, patch, broken):
    count = result_in_new_process(_replace_and_read, place, 2 if broken else 10, broken or "")
    figure = f"{count['bad']} of {count['reads']:,} reads bad, "
    figure += f"{count['replaced']:,} files replaced in {count['seconds']:.0f} s"
    return Outcome(figure, count["bad"] == 0 and count["reads"] > 1000)


def _replace_and_read(place: str, seconds: str, broken: str) -> dict:
    """Run four readers and one writer, each in its own process; returns the sum of their counts."""
    folder, end = Path(place), time.monotonic() + float(seconds)
    replace = _in_place if broken else files.write_atomically
    _write_version(folder, 1, replace)

    def act(number):
        count = _write(folder, replace, end) if number == 4 else _read(folder, end)
        (folder / f"count-{number}").write_text(json.dumps(count))

    codes = fork_each(5, act)
    counts = [json.loads((folder / f"count-{number}").read_text()) for number in range(5)]
    total = Counter(bad=sum(map(bool, codes)))
    for count in counts:
        total.update(count)
    return {**total, "seconds": float(seconds)}


def _in_place(path, content):
    path.write_bytes(content)


def _write_version(folder, version: int, replace) -> None:
    """Write what a page reads of a run: model and vocabulary, then their checksums, a status and a row."""
    body = random.Random(version).randbytes(50_000) + str(version).encode()
    model = {layout.MODEL: body, layout.VOCABULARY: body[::-1]}
    for name, content in model.items():
        replace(folder / name, content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in model.items()}
    replace(folder / layout.MODEL_FACTS, json.dumps({"epoch": version, "sha256": hashes}).encode())
    status = {"version": version, "padding": "x" * 20_000}
    replace(folder / "status.json", json.dumps({**status, "checksum": files.checksum(status)}).encode())
    journal.append(folder / layout.EVENTS, {"event": "phase", "version": version, "padding": "x" * 500})


def _write(folder, replace, end) -> dict:
    version = 1
    while time.monotonic() < end:
        version += 1
        _write_version(folder, version, replace)
        time.sleep(0.005)
    return {"replaced": 4 * version}


def _read(folder, end) -> dict:
    count = Counter(reads=0, bad=0)
    while time.monotonic() < end:
        count["reads"] += 3
        count["bad"] += not _status_is_whole(folder)
        count["bad"] += not _model_is_whole(folder)
        rows = journal.rows(folder / layout.EVENTS)
        count["bad"] += [row["version"] for row in rows] != list(range(1, len(rows) + 1))
    return count


def _status_is_whole(folder) -> bool:
    try:
        status = json.loads((folder / "status.json").read_bytes())
    except ValueError:
        return False
    return status.pop("checksum") == files.checksum(status)


def _model_is_whole(folder) -> bool:
    """Whether the model's files are of one version, or refused because the next version is being written."""
    try:
        model = json.loads((folder / layout.MODEL_FACTS).read_bytes())
        onnx, words = (
            model_files.checked(folder, name, model["sha256"][name], 2**20)
            for name in (layout.MODEL, layout.VOCABULARY)
        )
    except ModelError as error:
        return "checksum differs" in str(error)
    except ValueError:
        return False
    return onnx == words[::-1]
