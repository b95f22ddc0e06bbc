"""A stop ends a worker that ignores it, and never another process."""

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from imdb_core import background
from imdb_core.errors import RunError
from imdb_core.runs import launcher, layout, locks, signals, store
from tests.faults.rows import Outcome, row
from tests.faults.support.forked_stub_workers import forked_stub_workers
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import (
    ENDLESS,
    alive,
    config,
    read_in_new_process,
    use_light_worker,
    worker_of,
)
from tests.stub_worker import use_stub

STARTED = {"device": "cpu", "threads": 1}


@row(
    "A13",
    "a worker ignores Stop and has started another process",
    "20 of 20 stopped, 0 processes alive after 15 s, a second Stop changes nothing",
    breaks=("only the worker is signalled",),
)
def stop_stubborn_workers(place, patch, broken):
    stubborn = {"STUB_IGNORE_TERM": "1", "STUB_GRANDCHILD": "1", "STUB_CHECKPOINTS": "1"}
    use_stub(patch, STUB_EPOCHS=ENDLESS, STUB_STEP_SECONDS="0.2", **stubborn)
    if broken:
        patch.setattr(launcher, "STOP_SECONDS", 0.5)
        patch.setattr(os, "killpg", os.kill)
    count = 3 if broken else 20
    with forked_stub_workers(place, patch):
        runs = [launcher.submit(config(number)) for number in range(count)]
        wait_until(lambda: all(store.read(run.folder).epochs for run in runs))
        processes = [pid for run in runs for pid in (worker_of(run), grandchild_of(run))]
        began = time.monotonic()
        stop_all(runs, helpers=0 if broken else 3)
        seconds = time.monotonic() - began
        living = sum(alive(pid) for pid in processes)
        for pid in filter(alive, processes):
            os.kill(pid, signal.SIGKILL)
    ended = [store.read(run.folder) for run in runs]
    again = sum(_stop_again(run) for run in ended)
    whole = sum(
        all(run["checkpoints"].values()) and bool(run["checkpoints"])
        for run in read_in_new_process(place / "runs")
    )
    stopped = sum(run.state == "stopped" for run in ended)
    figure = (
        f"{stopped} of {count} stopped after {seconds:.0f} s, {living} of {len(processes)} processes alive, "
    )
    figure += f"{whole} checkpoints whole, {again} runs changed by a second Stop"
    return Outcome(figure, stopped == whole == count and living == again == 0 and seconds <= 15)


def grandchild_of(run) -> int:
    """The pid of the process that the run's worker has started."""
    return next(int(line.split()[1]) for line in run.log_tail().splitlines() if line.startswith("grandchild"))


def stop_all(runs, helpers=0) -> None:
    """Stop all at once: the first `helpers` runs by a process as from a page, the others in threads."""
    with ThreadPoolExecutor(len(runs)) as threads:
        waiting = [threads.submit(launcher.end, run) for run in runs[helpers:]]
        for run in runs[:helpers]:
            spawn_without_fork("imdb_core.runs.stopper", run.folder, log=run.folder / layout.LOG)
            store.record(run.folder, "stop-requested")
        for stop in waiting:
            stop.result()
    wait_until(lambda: all(store.read(run.folder).state == "stopped" for run in runs[:helpers]), 10)


spawn_without_fork = background.spawn  # forked_stub_workers replaces background.spawn


def _stop_again(run) -> bool:
    """Whether a second Stop changes the run's events."""
    launcher.stop(run)
    launcher.end(run)
    return store.read(run.folder).events != run.events


@row(
    "A14",
    "another process has the worker's pid by now",
    "0 of 100 other processes signalled",
    breaks=("pid alone",),
)
def spare_strangers(place, patch, broken):
    if broken:
        patch.setattr(launcher.workers, "process", lambda run: psutil.Process(run.event("started")["pid"]))
        patch.setattr(launcher, "wait_until_ended", lambda run, seconds: None)
    patch.setattr(launcher, "dispatch", lambda: None)  # no run is queued
    count = 10 if broken else 100
    strangers = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(count)]
    try:
        runs = [_forged(stranger.pid, number) for number, stranger in enumerate(strangers)]
        dead = sum(store.read(run.folder).state == "interrupted" for run in runs)
        for number, run in enumerate(runs):
            lock = locks.hold(run.folder / layout.LOCK) if number % 2 else None
            launcher.end(store.read(run.folder))
            if lock:
                lock.release()
        time.sleep(0.2)
        signalled = sum(stranger.poll() is not None for stranger in strangers)
    finally:
        for stranger in strangers:
            stranger.kill()
            stranger.wait()
    return Outcome(
        f"{signalled} of {count} signalled, {dead} of {count} runs read as interrupted",
        signalled == 0 and dead == count,
    )


def _forged(pid, number):
    """A run that names a living process as its worker; odd numbers record a wrong start time."""
    run = store.create(config(), store.new_id())
    born = psutil.Process(pid).create_time() - (60 if number % 2 else 0)
    store.record(run.folder, "started", pid=pid, process_started=born, **STARTED)
    return run


@row(
    "A17",
    "a worker belongs to another user (EPERM)",
    "shown as running, never as ended; Stop says why it cannot stop the run",
    breaks=("EPERM taken for dead",),
)
def another_users_worker(place, patch, broken):
    use_light_worker(patch, 60)
    run = launcher.submit(config(1))
    worker = worker_of(run)
    for name in ("kill", "killpg"):
        patch.setattr(os, name, _refused)
    if broken:
        patch.setattr(launcher, "wait_until_ended", lambda run, seconds: None)
        for name in ("ask_to_end", "end_by_force"):
            patch.setattr(signals, name, lambda run, worker: store.record(run.folder, "stopped"))
    try:
        launcher.end(run)
        refusal = ""
    except RunError as error:
        refusal = str(error)
    shown = launcher.runs()[0]
    patch.undo()
    os.kill(worker, signal.SIGKILL)
    figure = f"shown as {shown.state}, Stop says {refusal!r}"
    return Outcome(figure, shown.state == "running" and "another user" in refusal)


def _refused(*_):
    raise PermissionError(1, "Operation not permitted")
