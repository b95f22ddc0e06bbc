"""The server or the browser goes away while a worker trains."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

from imdb_core import paths
from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.processes import processes_of
from tests.faults.support.server import Visitor, serving, visit
from tests.faults.support.waiting import run_coroutine, wait_until
from tests.faults.support.workers import ENDLESS, config, read_in_new_process, starts, worker_of
from tests.stub_worker import use_stub

LISTING_SERVERS = """
import os, sys, time
from imdb_core import config
from imdb_core.runs import launcher
for line in sys.stdin:  # each line starts one server; the first server also starts the run
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    if line.strip():
        launcher.submit(config.read(line))
    while True:
        launcher.runs()
        time.sleep(0.05)
"""
STARTER = """
import sys, time
from imdb_core import config
from imdb_core.runs import launcher
launcher.submit(config.read(sys.argv[2]))
print("started", flush=True)
time.sleep(60)
"""


@row(
    "A6",
    "the server is killed and restarted 20 times while a worker trains",
    "epochs 1 to n without a gap, one worker",
    breaks=("worker tied to server",),
)
def restart_the_server(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS, STUB_CHECKPOINTS="1")
    if broken:
        patch.setenv("STUB_BROKEN", "ends with its parent")
    imitations, real = (2, 0) if broken else (17, 3)
    command = [sys.executable, "-c", LISTING_SERVERS, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as host:
        for number in range(imitations):
            host.stdin.write((config(1).model_dump_json() if number == 0 else "") + "\n")
            host.stdin.flush()
            server = int(host.stdout.readline())
            wait_until(lambda: store.runs() and store.runs()[0].epochs, 20) if number == 0 else time.sleep(
                0.3
            )
            os.kill(server, signal.SIGKILL)
            time.sleep(0.1)
        host.stdin.close()
    for _ in range(real):
        _serve_once(place)
    [run] = launcher.runs()
    alive = run.state == "running"
    launcher.end(run)
    [stored] = read_in_new_process(paths.runs_folder())
    whole = stored["epochs"] == list(range(1, len(stored["epochs"]) + 1)) and set(stored["announced"]) <= set(
        stored["epochs"]
    )
    figure = f"{len(stored['epochs'])} epochs {'without' if whole else 'with'} a gap, {starts(run)} worker, "
    figure += f"{run.state} after {imitations} kills of a process that lists runs as a server does, "
    figure += f"and {real} kills of a real server"
    return Outcome(figure, whole and alive and starts(run) == 1 and len(stored["epochs"]) > 5)


def _serve_once(place) -> None:
    with serving(place) as server:
        visit(Visitor(server, "runs"))  # the server is killed at the end


@row(
    "A8",
    "the process that started a worker is gone and nobody returns",
    "0 processes alive after 15 s",
    breaks=("endless",),
)
def orphans(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS if broken else "10", STUB_STEP_SECONDS="0.1")
    command = [sys.executable, "-c", STARTER, str(place), config(1).model_dump_json()]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    server.kill()
    server.communicate()
    began = time.monotonic()
    while processes_of(paths.runs_folder()) and time.monotonic() < began + (2 if broken else 15):
        time.sleep(0.1)
    left, [run] = len(processes_of(paths.runs_folder())), store.runs()
    seconds = time.monotonic() - began
    figure = f"{left} alive after {seconds:.0f} s, {run.state}: a worker ends after its epochs"
    return Outcome(figure, left == 0 and run.state == "finished")


@row(
    "A9",
    "no page is open, or one page all the time",
    "epochs per second differ by at most 10 %; the same epochs are shown afterwards",
    alone=True,
    breaks=("reader holds up writer",),
)
def close_the_page(place, patch, broken):
    use_stub(patch, STUB_STEP_SECONDS="0.1", STUB_EPOCHS=ENDLESS)
    patch.setenv("IMDB_RUNS_DIR", str(place / "alone"))
    alone = launcher.submit(config(1))
    patch.setenv("IMDB_RUNS_DIR", str(place / "runs"))
    watched = launcher.submit(config(2))
    with serving(place) as server:
        began = time.monotonic()
        shown = run_coroutine(
            _watch(server, watched, 3 if broken else 6, worker_of(watched) if broken else None)
        )
    rates = [_epochs_per_second(run, time.monotonic() - began) for run in (alone, watched)]
    for run in (alone, watched):
        launcher.end(run)
    [stored] = read_in_new_process(place / "runs")
    same = stored["epochs"][: len(shown)] == shown and bool(shown)
    figure = f"{rates[1]:.2f} epochs a second with a page, {rates[0]:.2f} without; "
    figure += f"{'the same' if same else 'OTHER'} epochs are shown afterwards"
    return Outcome(figure, abs(rates[1] / rates[0] - 1) <= 0.1 and same)


async def _watch(server, run, seconds, held_up) -> list[int]:
    """Keep a page open that is drawn twice a second; returns the epochs of the run when the page is closed.

    The process `held_up` is suspended while the page is drawn.
    """
    visitor = await Visitor(server, "watch", run=run.id).open()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if held_up:
            os.kill(held_up, signal.SIGSTOP)
        await visitor.rerun(next(iter(visitor.fragments), ""))
        await asyncio.sleep(0.5)
        if held_up:
            os.kill(held_up, signal.SIGCONT)
            await asyncio.sleep(0.5)
    await visitor.close()
    return [row["epoch"] for row in store.read(run.folder).epochs]


def _epochs_per_second(run, seconds) -> float:
    times = [
        datetime.fromisoformat(event["time"]).timestamp()
        for event in store.read(run.folder).events
        if event["event"] == "epoch-saved"
    ]
    times = [moment for moment in times if moment > times[-1] - seconds]
    return (len(times) - 1) / (times[-1] - times[0])
