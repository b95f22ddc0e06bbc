"""A: stopping a worker that will not, and never anybody else; what is alive, what is dead, what is a zombie."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from imdb_core import background
from imdb_core.errors import RunError
from imdb_core.runs import launcher, locks, rows, signals, store
from tests.faults.rows import Found, row, until
from tests.faults.support.forked_stub_workers import nursery
from tests.faults.support.workers import (
    ENDLESS,
    alive,
    config,
    kill,
    read_afresh,
    use_light_worker,
    worker_of,
)
from tests.stub_worker import use_stub

STARTED = {"device": "cpu", "threads": 1}


@row(
    "A13",
    "a worker ignores Stop and has a sleeping grandchild",
    "stopped 20 of 20, 0 processes alive after 15 s, a second Stop changes nothing",
    breaks=("only the worker is signalled",),
)
def stop_stubborn_workers(place, patch, broken):
    stubborn = {"STUB_IGNORE_TERM": "1", "STUB_GRANDCHILD": "1", "STUB_CHECKPOINTS": "1"}
    use_stub(patch, STUB_EPOCHS=ENDLESS, STUB_STEP_SECONDS="0.2", **stubborn)
    if broken:
        patch.setattr(launcher, "STOP_SECONDS", 0.5)
        patch.setattr(os, "killpg", os.kill)
    count = 3 if broken else 20
    with nursery(place, patch):
        runs = [launcher.submit(config(number)) for number in range(count)]
        until(lambda: all(store.read(run.folder).epochs for run in runs))
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
        all(run["checkpoints"].values()) and bool(run["checkpoints"]) for run in read_afresh(place / "runs")
    )
    stopped = sum(run.state == "stopped" for run in ended)
    figure = (
        f"{stopped} of {count} stopped after {seconds:.0f} s, {living} of {len(processes)} processes alive, "
        f"{whole} checkpoints whole, {again} changed by a second Stop"
    )
    return Found(figure, stopped == whole == count and living == again == 0 and seconds <= 15)


def grandchild_of(run) -> int:
    """The number of the process that the run's worker has started."""
    return next(int(line.split()[1]) for line in run.log_tail().splitlines() if line.startswith("grandchild"))


def stop_all(runs, helpers=0) -> None:
    """Stop all at once: the first `helpers` as a page does, with a process that outlives it, the others in
    threads.
    """
    with ThreadPoolExecutor(len(runs)) as threads:
        waiting = [threads.submit(launcher.end, run) for run in runs[helpers:]]
        for run in runs[:helpers]:
            background_spawn("imdb_core.runs.stopper", run.folder, log=run.folder / "worker.log")
            store.record(run.folder, "stop-requested")
        for one in waiting:
            one.result()
    until(lambda: all(store.read(run.folder).state == "stopped" for run in runs[:helpers]), 10)


background_spawn = background.spawn  # the nursery's replacement forks stub workers only


def _stop_again(run) -> bool:
    """Whether another Stop changes what is known of the run."""
    launcher.stop(run)
    launcher.end(run)
    return store.read(run.folder).events != run.events


@row(
    "A14",
    "the worker's number belongs to a stranger by now",
    "0 of 100 strangers signalled",
    breaks=("pid alone",),
)
def spare_strangers(place, patch, broken):
    if broken:
        patch.setattr(launcher, "process", lambda run: psutil.Process(run.event("started")["pid"]))
        patch.setattr(signals, "wait_until_free", lambda folder, seconds: None)
    patch.setattr(launcher, "dispatch", lambda: None)  # nothing is queued here
    count = 10 if broken else 100
    strangers = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(count)]
    try:
        runs = [_forged(stranger.pid, number) for number, stranger in enumerate(strangers)]
        dead = sum(store.read(run.folder).state == "interrupted" for run in runs)
        for number, run in enumerate(runs):
            lock = (
                locks.hold(run.folder / "run.lock") if number % 2 else None
            )  # somebody's worker, but not this process
            launcher.end(store.read(run.folder))
            if lock:
                lock.release()
        time.sleep(0.2)
        signalled = sum(stranger.poll() is not None for stranger in strangers)
    finally:
        for stranger in strangers:
            stranger.kill()
            stranger.wait()
    return Found(
        f"{signalled} of {count} signalled, {dead} of {count} runs read as interrupted",
        signalled == 0 and dead == count,
    )


def _forged(pid, number):
    """A run that names a living process; half of the records have another start time, half the right one."""
    run = store.create(config(), store.new_id())
    born = psutil.Process(pid).create_time() - (60 if number % 2 else 0)
    store.record(run.folder, "started", pid=pid, process_started=born, **STARTED)
    return run


@row(
    "A15",
    "the machine or the container was restarted",
    "100 of 100 interrupted at once",
    breaks=("pid alone",),
)
def restart(place, patch, broken):
    runs = []
    for number in range(
        10 if broken else 100
    ):  # the same numbers are in use again, as in a restarted container
        run = store.create(config(), store.new_id())
        (run.folder / "run.lock").write_text("left over")
        store.record(
            run.folder, "started", pid=os.getpid() if number % 2 else 1, process_started=1.0, **STARTED
        )
        runs.append(run)
    if broken:
        patch.setattr(
            locks,
            "held",
            lambda path: psutil.pid_exists(rows.rows(path.with_name("events.jsonl"))[-1]["pid"]),
        )
    listed = launcher.runs()
    noted = sum(run.state == "interrupted" and run.can_resume for run in listed)
    return Found(f"{noted} of {len(runs)} interrupted at the first look", noted == len(runs))


@row(
    "A16",
    "a worker ends and nobody waits for it",
    "interrupted within 5 s, 0 zombies after 20 runs",
    breaks=("nobody asks",),
)
def leave_no_zombies(place, patch, broken):
    use_light_worker(patch, 0.3)
    if broken:
        patch.setattr(background, "reap", lambda: None)
    finishing = [launcher.submit(config(number)) for number in range(10)]
    patch.setenv("LIGHT_SECONDS", "60")
    killed = [launcher.submit(config(10 + number)) for number in range(10)]
    workers = [worker_of(run) for run in finishing + killed]
    until(lambda: all(store.read(run.folder).ending for run in finishing))
    began = time.monotonic()
    for run in killed:
        kill(run)
    until(lambda: all(run.ending for run in launcher.runs()), 10)
    seconds = time.monotonic() - began
    launcher.runs()
    zombies = sum(_is_zombie(pid) for pid in workers)
    first = {"zombies": 0, "state": "finished"} if broken else _as_first_process(place)
    figure = f"{zombies} of 20 zombies, noticed within {seconds:.1f} s; as a container's first process {first['zombies']} zombies"
    return Found(figure, zombies == first["zombies"] == 0 and seconds <= 5 and first["state"] == "finished")


def _is_zombie(pid) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _as_first_process(place) -> dict:
    """What the first process of a new PID namespace finds when a worker that another worker has started ends
    (see main).
    """
    command = [
        "unshare",
        "-Urpf",
        "--mount-proc",
        sys.executable,
        "-m",
        "tests.faults.a_processes.stopping",
        str(place / "first"),
    ]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-300:])
    return json.loads(ended.stdout)


def main() -> None:
    """As process 1: have a child start a run, lose the child, list runs until the run is over, and count
    zombies.
    """
    os.environ["IMDB_RUNS_DIR"] = sys.argv[1]
    os.environ["LIGHT_SECONDS"] = "0.5"
    program = "from imdb_core.runs import launcher; from tests.faults.support.workers import config; launcher.submit(config(1))"
    os.environ["IMDB_WORKER_MODULE"] = "tests.faults.support.light_worker"
    subprocess.run([sys.executable, "-c", program], check=True)
    until(lambda: [run.state for run in launcher.runs()] == ["finished"], 20)
    time.sleep(0.2)
    launcher.runs()
    zombies = sum(process.status() == psutil.STATUS_ZOMBIE for process in psutil.process_iter())
    print(json.dumps({"zombies": zombies, "state": store.runs()[0].state, "pid": os.getpid()}))


@row(
    "A17",
    "a worker belongs to another user (EPERM)",
    "alive, never dead; Stop says why not",
    breaks=("EPERM taken for dead",),
)
def another_users_worker(place, patch, broken):
    use_light_worker(patch, 60)
    run = launcher.submit(config(1))
    worker = worker_of(run)
    for name in ("kill", "killpg"):
        patch.setattr(os, name, _refused)
    if broken:
        patch.setattr(signals, "wait_until_free", lambda folder, seconds: None)
        for name in ("ask_to_end", "end_by_force"):
            patch.setattr(signals, name, lambda run, worker: store.record(run.folder, "stopped"))
    try:
        launcher.end(run)
        said = ""
    except RunError as error:
        said = str(error)
    shown = launcher.runs()[0]
    patch.undo()
    os.kill(worker, signal.SIGKILL)
    figure = f"shown as {shown.state}, Stop says {said!r}"
    return Found(figure, shown.state == "running" and "another user" in said)


def _refused(*_):
    raise PermissionError(1, "Operation not permitted")


if __name__ == "__main__":
    main()
