"""The rows about scarce resources: open files of a busy server, and memory and time for a long run. See
rows.py.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import psutil

from imdb_core import paths
from imdb_core.runs import journal, store
from tests.faults import made
from tests.faults.child import outcome
from tests.faults.rows import Found, finished, row
from tests.faults.server import Visitor, broken_in_the_server, serving
from tests.faults.workers import use_light_worker

PAGES = ("", "learn", "train", "watch", "runs", "compare", "inspect", "data")
FIRST = 24  # visitors at once, before anybody has seen a page
LOADS = 150
OPEN_FILES = 256  # macOS's limit
LONG_MEGABYTES = 100  # of rows within epochs
MOST_MEGABYTES, MOST_SECONDS = 250, 6  # of memory, and until the run is shown
MANY = 10_000
LIST_SECONDS, START_SHARE = 6, 0.6  # of the command `runs`, and what `train` takes of that time at most


@row(
    *(
        "J11",
        "24 first visitors at once, then 150 loads, with at most 256 open files",
        "all are served, open files stay flat",
    ),
    alone=True,
    breaks=("Streamlit's memory of tabs",),
)
def many_loads(place, patch, broken):
    if broken:
        broken_in_the_server(
            place, patch, "from ui import closed_tabs as tabs; tabs.MOST = tabs.SHARE = 10**6"
        )
    made.finished_run("a run")
    loads = 60 if broken else LOADS
    with serving(place, before=("prlimit", f"--nofile={OPEN_FILES}:{OPEN_FILES}")) as server:
        first, wrong, files = finished(_visits(server, loads))
    figure = f"{first} of {FIRST} first visitors served; {wrong} of {loads} loads failed; open files {files}"
    return Found(figure, first == FIRST and not wrong and files[-1] - files[1] <= 20)


async def _visits(server, loads):
    """(first visitors served, later loads that failed, open files before these and after each third of them)."""
    process, files = psutil.Process(server.process.pid), []
    opened = await asyncio.gather(
        *(_served(server, PAGES[number % len(PAGES)]) for number in range(FIRST)), return_exceptions=True
    )
    files.append(process.num_fds())
    wrong = 0
    for number in range(loads):
        answer = await asyncio.gather(
            _served(server, "learn" if number % 10 else PAGES[number // 10 % 8]), return_exceptions=True
        )
        wrong += answer != [True]
        if (number + 1) % (loads // 3) == 0:
            files.append(process.num_fds())
    return sum(answer is True for answer in opened), wrong, files


async def _served(server, page) -> bool:
    """Whether a new tab gets the page without an exception in it."""
    visitor = await asyncio.wait_for(Visitor(server, page).open(), 60)
    await visitor.close()
    return not any(element.WhichOneof("type") == "exception" for element in visitor.elements.values())


@row(
    *(
        "J4r",
        "100 MB of sound rows in one run",
        f"<= {MOST_MEGABYTES} MB of memory, <= {MOST_SECONDS} s, the newest row is there",
    ),
    alone=True,
    breaks=("every row is read",),
)
def long_metrics(place, patch, broken):
    run = made.finished_run("long", epochs=3)
    line = (
        json.dumps(
            {"kind": "batch", **made.ROW, "epoch": 3, "loss": 0.5, "accuracy": 0.5, "memory": 10**9}
        ).encode()
        + b"\n"
    )
    with open(run.folder / "metrics.jsonl", "ab") as file:
        for _ in range(LONG_MEGABYTES):
            file.write(line * (2**20 // len(line)))
    journal.append(run.folder / "metrics.jsonl", {**json.loads(line), "step": 11, "steps": 12})
    figures = outcome(_looked_at, run.id, broken or "")
    figure = f"{figures['megabytes']:.0f} MB, {figures['seconds']:.1f} s, {figures['rows']:,} rows kept"
    held = (
        figures["megabytes"] <= MOST_MEGABYTES
        and figures["seconds"] <= MOST_SECONDS
        and figures["newest"] == 11
    )
    return Found(figure, held)


def _looked_at(id: str, broken: str) -> dict:
    """Memory and time to list the run, to read it thoroughly, and to draw its curves."""
    from imdb_core.runs import rows
    from ui.charts import curves

    if broken:
        rows.METRICS = replace(rows.METRICS, enough_bytes=2**40)
    process, started = psutil.Process(), time.monotonic()
    before = process.memory_info().rss
    [listed] = store.runs()
    run = store.find(id)
    assert listed.damaged is None and run.damaged is None
    curves.learning_curves(run, "loss")
    spent, taken = time.monotonic() - started, process.memory_info().rss - before
    return {
        "seconds": spent,
        "megabytes": taken / 2**20,
        "rows": len(run.metrics),
        "newest": run.metrics[-1]["step"],
    }


@row(
    *(
        "J11m",
        "10,000 runs",
        f"a list <= {LIST_SECONDS} s, a start <= {START_SHARE:.0%} of that, each in a new process",
    ),
    alone=True,
    breaks=("a start reads all runs",),
)
def many_runs(place, patch, broken):
    count = 3000 if broken else MANY
    source = paths.PRETRAINED / "cnn_lstm_dense"
    for _ in range(count):
        folder = paths.runs_folder() / store.new_id()
        folder.mkdir(parents=True)
        for name in ("config.json", "events.jsonl", "metrics.jsonl"):
            shutil.copyfile(source / name, folder / name)
    use_light_worker(patch, seconds=0)
    program = "from imdb_core.runs import reading, store; " * bool(broken)
    program += "store.unsettled = reading.runs; " * bool(broken)
    program += "from imdb_core.__main__ import main; raise SystemExit(main())"
    seconds = {}
    for command in ("runs", "train --network cnn_lstm --dataset demo"):
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program, *command.split()],
            cwd=paths.PROJECT,
            capture_output=True,
            text=True,
        )
        seconds[command.split()[0]] = time.monotonic() - started
        assert done.returncode == 0, done.stderr
    listed, start = seconds["runs"], seconds["train"]
    figure = f"{count:,} runs: list {listed:.1f} s, start {start:.1f} s"
    return Found(figure, listed <= LIST_SECONDS and start <= START_SHARE * listed)
