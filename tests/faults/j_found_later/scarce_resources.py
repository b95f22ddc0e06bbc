"""Scarce resources: open files of a busy server, and memory and time for long runs and many runs."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import psutil

from imdb_core import paths
from imdb_core.runs import journal, layout, store
from tests.faults.rows import Outcome, row
from tests.faults.support import sample_runs
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.server import Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine
from tests.faults.support.workers import use_light_worker
from ui import pages

PAGES = [page.path for page in pages.PAGES]
FIRST = 24  # visitors at once, on a server that has shown no page yet
LOADS = 150
OPEN_FILES = 256  # macOS's limit
LONG_MEGABYTES = 100  # of rows within epochs
MOST_MEGABYTES, MOST_SECONDS = 250, 6  # of memory, and until the run is shown
MANY = 10_000
LIST_SECONDS, START_SHARE = 6, 0.6  # of the command `runs`, and what `train` takes of that time at most
LIST_TIMES = 6  # on a slow disk or processor, a list takes at most so many times what reading the files takes


@row(
    "J11",
    "24 first visitors at once, then 150 loads, with at most 256 open files",
    "all are served, open files stay flat",
    alone=True,
    breaks=("Streamlit's memory of tabs",),
)
def many_loads(place, patch, broken):
    if broken:
        break_new_processes(
            place, patch, "from ui import closed_tabs as tabs; tabs.MOST = tabs.SHARE = 10**6"
        )
    sample_runs.finished_run("a run")
    loads = 60 if broken else LOADS
    with serving(place, before=("prlimit", f"--nofile={OPEN_FILES}:{OPEN_FILES}")) as server:
        first, wrong, files = run_coroutine(_visits(server, loads))
    figure = f"{first} of {FIRST} first visitors served; {wrong} of {loads} loads failed; open files {files}"
    return Outcome(figure, first == FIRST and not wrong and files[-1] - files[1] <= 20)


async def _visits(server, loads):
    """(first visitors served, failed loads, open files before the loads and after each third of them)."""
    process, files = psutil.Process(server.process.pid), []
    opened = await asyncio.gather(
        *(_served(server, PAGES[number % len(PAGES)]) for number in range(FIRST)), return_exceptions=True
    )
    files.append(process.num_fds())
    wrong = 0
    for number in range(loads):
        answer = await asyncio.gather(
            _served(server, "learn" if number % 10 else PAGES[number // 10 % len(PAGES)]),
            return_exceptions=True,
        )
        wrong += answer != [True]
        if (number + 1) % (loads // 3) == 0:
            files.append(process.num_fds())
    return sum(answer is True for answer in opened), wrong, files


async def _served(server, page) -> bool:
    """Whether a new tab gets the page without an exception."""
    visitor = await asyncio.wait_for(Visitor(server, page).open(), 60)
    await visitor.close()
    return not any(element.WhichOneof("type") == "exception" for element in visitor.elements.values())


@row(
    "J4r",
    "100 MB of sound rows in one run",
    f"<= {MOST_MEGABYTES} MB of memory, <= {MOST_SECONDS} s, the newest row is there",
    alone=True,
    breaks=("every row is read",),
)
def long_metrics(place, patch, broken):
    run = sample_runs.finished_run("long", epochs=3)
    line = (
        json.dumps(
            {"kind": "batch", **sample_runs.ROW, "epoch": 3, "loss": 0.5, "accuracy": 0.5, "memory": 10**9}
        ).encode()
        + b"\n"
    )
    with open(run.folder / layout.METRICS, "ab") as file:
        for _ in range(LONG_MEGABYTES):
            file.write(line * (2**20 // len(line)))
    journal.append(run.folder / layout.METRICS, {**json.loads(line), "step": 11, "steps": 12})
    figures = result_in_new_process(_cost_of_showing, run.id, broken or "")
    figure = f"{figures['megabytes']:.0f} MB, {figures['seconds']:.1f} s, {figures['rows']:,} rows kept"
    held = (
        figures["megabytes"] <= MOST_MEGABYTES
        and figures["seconds"] <= MOST_SECONDS
        and figures["newest"] == 11
    )
    return Outcome(figure, held)


def _cost_of_showing(id: str, broken: str) -> dict:
    """Memory and seconds to list the run, to read it thoroughly and to draw its curves."""
    from imdb_core.runs import rows
    from ui.charts import curves

    if broken:
        rows.METRICS = replace(rows.METRICS, unthinned_bytes=2**40)
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
    "J11m",
    "10,000 runs",
    f"a list <= {LIST_SECONDS} s, or {LIST_TIMES} times what reading the files takes; a start <= "
    f"{START_SHARE:.0%} of that, each in a new process",
    alone=True,
    breaks=("a start reads all runs",),
)
def many_runs(place, patch, broken):
    count = 3000 if broken else MANY
    source = paths.PRETRAINED / "cnn_lstm_dense"
    for _ in range(count):
        folder = paths.runs_folder() / store.new_id()
        folder.mkdir(parents=True)
        for name in (layout.CONFIG, layout.EVENTS, layout.METRICS):
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
    listed, start, plain = seconds["runs"], seconds["train"], _seconds_to_read_all()
    figure = f"{count:,} runs: list {listed:.1f} s, start {start:.1f} s, reading alone {plain:.1f} s"
    return Outcome(figure, listed <= max(LIST_SECONDS, LIST_TIMES * plain) and start <= START_SHARE * listed)


def _seconds_to_read_all() -> float:
    """Seconds to read all files of all runs once: what a list cannot do without on this machine."""
    started = time.monotonic()
    for path in paths.runs_folder().rglob("*"):
        if path.is_file():
            path.read_bytes()
    return time.monotonic() - started
