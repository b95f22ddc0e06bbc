"""A: the server, the terminal or the browser goes away while a worker trains; and a worker whose output
nobody reads.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

from imdb_core import background, paths
from imdb_core.runs import launcher, store
from tests.faults.rows import Found, finished, processes_of, row, until
from tests.faults.support.server import Visitor, serving, visit
from tests.faults.support.workers import (
    ENDLESS,
    config,
    read_afresh,
    settled,
    starts,
    use_light_worker,
    worker_of,
)
from tests.stub_worker import use_stub

LISTER = """
import os, sys, time
from imdb_core import config
from imdb_core.runs import launcher
for line in sys.stdin:  # one server a line; the first also starts the run
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
BORN_WITH_SERVER = """
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
    "epochs 1..n without a gap, one worker",
    breaks=("worker tied to server",),
)
def restart_the_server(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS, STUB_CHECKPOINTS="1")
    if broken:
        patch.setenv("STUB_BROKEN", "ends with its parent")
    lights, real = (2, 0) if broken else (17, 3)
    command = [sys.executable, "-c", LISTER, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as host:
        for number in range(lights):
            host.stdin.write((config(1).model_dump_json() if number == 0 else "") + "\n")
            host.stdin.flush()
            server = int(host.stdout.readline())
            until(lambda: store.runs() and store.runs()[0].epochs, 20) if number == 0 else time.sleep(0.3)
            os.kill(server, signal.SIGKILL)
            time.sleep(0.1)
        host.stdin.close()
    for _ in range(real):
        _serve_once(place)
    [run] = launcher.runs()
    alive = run.state == "running"
    launcher.end(run)
    [afresh] = read_afresh(paths.runs_folder())
    whole = afresh["epochs"] == list(range(1, len(afresh["epochs"]) + 1)) and set(afresh["announced"]) <= set(
        afresh["epochs"]
    )
    figure = (
        f"{len(afresh['epochs'])} epochs {'without' if whole else 'with'} a gap, {starts(run)} worker, {run.state} "
        f"after {lights} kills of a process that lists runs as pages do and {real} of a real server"
    )
    return Found(figure, whole and alive and starts(run) == 1 and len(afresh["epochs"]) > 5)


def _serve_once(place) -> None:
    with serving(place) as server:
        visit(Visitor(server, "runs"))  # leaving kills it


@row(
    "A7",
    "Ctrl-C in the terminal",
    "the worker lives on 10 of 10 times, the last words say how to stop it, 0 processes after that",
    breaks=("same session",),
)
def interrupt_the_terminal(place, patch, broken):
    use_light_worker(patch, 60)
    if broken:
        _share_the_session(place, patch)
    count = 2 if broken else 10
    terminals = [_Terminal(place / f"runs-{number}") for number in range(count)]
    until(
        lambda: (
            sum(run.state == "running" for terminal in terminals for run in terminal.runs(patch)) == count
        ),
        60,
    )
    said = [terminal.interrupted() for terminal in terminals]
    time.sleep(0.5)
    runs = [run for terminal in terminals for run in terminal.runs(patch)]
    alive = sum(run.state == "running" for run in runs)
    told = sum(
        "goes on without this process" in words and run.id in words
        for words, run in zip(said, runs, strict=True)
    )
    for run in runs:
        launcher.end(run)
    left = len(processes_of(place))
    return Found(
        f"{alive} of {count} live on, {told} were told how to stop it, {left} processes left after stop",
        alive == told == count and not left,
    )


class _Terminal:
    """`python -m imdb_core train --wait` in the foreground of a terminal of its own."""

    def __init__(self, folder):
        self._master, terminal = os.openpty()
        self._folder, options = folder, ["--network", "lstm", "--dataset", "demo", "--name", str(folder)]
        self._process = subprocess.Popen(
            # A shell starts what runs in the background with Ctrl-C ignored; this one is in the foreground.
            [
                "env",
                "--default-signal=INT",
                "setsid",
                "--ctty",
                sys.executable,
                "-m",
                "imdb_core",
                "train",
                "--wait",
                *options,
            ],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=paths.PROJECT,
            env={**os.environ, "IMDB_RUNS_DIR": str(folder)},
        )
        os.close(terminal)

    def runs(self, patch) -> list:
        """What it has started, in a store of its own."""
        patch.setenv("IMDB_RUNS_DIR", str(self._folder))
        return store.runs()

    def interrupted(self) -> str:
        """Press Ctrl-C; what was written until the end."""
        os.write(self._master, b"\x03")
        words = b""
        try:
            while part := os.read(self._master, 4096):
                words += part
        except OSError:  # the terminal's other end is closed
            pass
        os.close(self._master)
        self._process.wait(20)
        return words.decode("utf-8", "replace")


def _share_the_session(place, patch) -> None:
    """A variant of the app whose workers stay in the terminal's session."""
    (place / "sitecustomize.py").write_text(
        "import subprocess\n"
        "start = subprocess.Popen.__init__\n"
        "subprocess.Popen.__init__ = lambda self, *a, **k: start(self, *a, **{**k, 'start_new_session': False})\n"
    )
    patch.setenv("PYTHONPATH", f"{place}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


@row("A8", "whoever started a worker is gone and nobody returns", "0 alive after 15 s", breaks=("endless",))
def orphans(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS if broken else "10", STUB_STEP_SECONDS="0.1")
    command = [sys.executable, "-c", BORN_WITH_SERVER, str(place), config(1).model_dump_json()]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    server.kill()
    server.communicate()
    began = time.monotonic()
    while processes_of(paths.runs_folder()) and time.monotonic() < began + (2 if broken else 15):
        time.sleep(0.1)
    left, [run] = len(processes_of(paths.runs_folder())), store.runs()
    seconds = time.monotonic() - began
    figure = f"{left} alive after {seconds:.0f} s, {run.state}: a worker ends by its epochs, there is no limit of time"
    return Found(figure, left == 0 and run.state == "finished")


@row(
    "A9",
    "the page is closed, or one is open all the time",
    "epochs per second within 10 %, the same view afterwards",
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
        seen = finished(_watch(server, watched, 3 if broken else 6, worker_of(watched) if broken else None))
    rates = [_epochs_per_second(run, time.monotonic() - began) for run in (alone, watched)]
    for run in (alone, watched):
        launcher.end(run)
    [afresh] = read_afresh(place / "runs")
    same = afresh["epochs"][: len(seen)] == seen and bool(seen)
    figure = f"{rates[1]:.2f} epochs a second with a page, {rates[0]:.2f} without; {'the same' if same else 'another'} view afterwards"
    return Found(figure, abs(rates[1] / rates[0] - 1) <= 0.1 and same)


async def _watch(server, run, seconds, held_up) -> list[int]:
    """Keep a page open that is redrawn twice a second; the epochs that were there when it was closed.

    Each look makes the process `held_up` wait.
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


@row(
    "A10",
    "a worker prints 64 MiB and nobody reads",
    "it finishes, its log stays within 4 MiB",
    breaks=("undrained pipe", "log without end"),
)
def print_a_lot(place, patch, broken):
    use_stub(
        patch,
        STUB_EPOCHS="2",
        STUB_CHATTER="64",
        STUB_BROKEN="log without end" if broken == "log without end" else None,
    )
    if broken == "undrained pipe":
        patch.setattr(background, "spawn", _spawn_with_pipe)
    run = launcher.submit(config(1))
    try:
        state = settled(run, 3 if broken else 60).state
    except TimeoutError:
        state = store.read(run.folder).state
    size = (run.folder / "worker.log").stat().st_size if (run.folder / "worker.log").exists() else 0
    figure = f"{state}, {size / 2**20:.1f} MiB of log at the end"
    return Found(figure, state == "finished" and 0 < size <= background.LARGEST_LOG)


def _spawn_with_pipe(module, *arguments, log):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
