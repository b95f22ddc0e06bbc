"""Workers that are gone: after a restart of the machine, and as zombies."""

import json
import os
import subprocess
import sys
import time

import psutil

from imdb_core import background
from imdb_core.runs import launcher, layout, locks, rows, store
from tests.faults.rows import Outcome, row
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import config, kill, use_light_worker, worker_of

STARTED = {"device": "cpu", "threads": 1}


@row(
    "A15",
    "the machine or the container was restarted",
    "100 of 100 runs interrupted at the first look",
    breaks=("pid alone",),
)
def restart(place, patch, broken):
    runs = []
    for number in range(10 if broken else 100):  # their pids are in use again, as in a restarted container
        run = store.create(config(), store.new_id())
        (run.folder / layout.LOCK).write_text("left over")
        store.record(
            run.folder, "started", pid=os.getpid() if number % 2 else 1, process_started=1.0, **STARTED
        )
        runs.append(run)
    if broken:
        patch.setattr(
            locks,
            "held",
            lambda path: psutil.pid_exists(rows.rows(path.with_name(layout.EVENTS))[-1]["pid"]),
        )
    listed = launcher.runs()
    interrupted = sum(run.state == "interrupted" and run.can_resume for run in listed)
    return Outcome(f"{interrupted} of {len(runs)} interrupted at the first look", interrupted == len(runs))


@row(
    "A16",
    "a worker ends and no process waits for it",
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
    wait_until(lambda: all(store.read(run.folder).ending for run in finishing))
    began = time.monotonic()
    for run in killed:
        kill(run)
    wait_until(lambda: all(run.ending for run in launcher.runs()), 10)
    seconds = time.monotonic() - began
    launcher.runs()
    zombies = sum(_is_zombie(pid) for pid in workers)
    first = {"zombies": 0, "state": "finished"} if broken else _as_first_process(place)
    figure = f"{zombies} of 20 zombies, noticed within {seconds:.1f} s; "
    figure += f"{first['zombies']} zombies if the app is a container's first process"
    return Outcome(figure, zombies == first["zombies"] == 0 and seconds <= 5 and first["state"] == "finished")


def _is_zombie(pid) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _as_first_process(place) -> dict:
    """What main() prints as the first process of a new PID namespace: it adopts orphaned workers."""
    command = [
        "unshare",
        "-Urpf",
        "--mount-proc",
        sys.executable,
        "-m",
        "tests.faults.a_processes.dead_workers",
        str(place / "first"),
    ]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-300:])
    return json.loads(ended.stdout)


def main() -> None:
    """As process 1: let a child process start a run and end, list runs until the run ends, count zombies."""
    os.environ["IMDB_RUNS_DIR"] = sys.argv[1]
    os.environ["LIGHT_SECONDS"] = "0.5"
    program = "from imdb_core.runs import launcher\nfrom tests.faults.support.workers import config\n"
    program += "launcher.submit(config(1))"
    os.environ["IMDB_WORKER_MODULE"] = "tests.faults.support.light_worker"
    subprocess.run([sys.executable, "-c", program], check=True)
    wait_until(lambda: [run.state for run in launcher.runs()] == ["finished"], 20)
    time.sleep(0.2)
    launcher.runs()
    zombies = sum(process.status() == psutil.STATUS_ZOMBIE for process in psutil.process_iter())
    print(json.dumps({"zombies": zombies, "state": store.runs()[0].state, "pid": os.getpid()}))


if __name__ == "__main__":
    main()
