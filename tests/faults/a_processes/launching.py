"""Runs are started from many processes at once, from a busy process, and by a process that dies."""

import ast
import json
import shutil
import subprocess
import sys
import threading
import time

from imdb_core import paths
from imdb_core.runs import launcher, layout, locks, store
from tests import apptest
from tests.faults.rows import Outcome, row
from tests.faults.support.processes import processes_of
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import config, kill, starts, use_light_worker

TABS = """
import os, sys
from imdb_core import config
from imdb_core.runs import devices, disk_space, launcher
wanted = config.read(sys.argv[2])
disk_space.needed_bytes(wanted), devices.gpus()  # loads what a start needs before the tabs are forked
if len(sys.argv) > 3:
    launcher._queue_lock = lambda seconds: launcher.contextlib.nullcontext()
print("ready", flush=True)
for line in sys.stdin:
    ids, tabs, (gate, opener) = line.split(), [], os.pipe()
    for number in range(20):
        tabs.append(os.fork())
        if tabs[-1] == 0:
            try:
                os.close(opener)
                os.read(gate, 1)  # waits until all tabs exist
                launcher.submit(wanted, ids[number % 2])
            finally:
                os._exit(0)
    os.close(opener)
    for tab in tabs:
        os.waitpid(tab, 0)
    os.close(gate)
    print("done", flush=True)
"""


@row(
    "A11",
    "20 processes start two runs on one slot at the same moment",
    "0 double starts in 50 rounds, never more than one run on the slot",
    breaks=("no lock",),
)
def launch_at_once(place, patch, broken):
    use_light_worker(patch, 60)
    if broken:
        patch.setenv("LIGHT_UNLOCKED", "1")
    command = [
        sys.executable,
        "-c",
        TABS,
        str(place),
        config(1).model_dump_json(),
        *(["no lock"] if broken else []),
    ]
    tabs = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        tabs.stdout.readline()
        rounds = [_round(tabs) for _ in range(5 if broken else 50)]
    finally:
        tabs.kill()
        tabs.communicate()
    doubled = sum(most > 1 for most, _ in rounds)
    crowded = sum(running != 1 for _, running in rounds)
    figure = f"{doubled} double starts, {crowded} times not exactly one active run, in {len(rounds)} rounds"
    return Outcome(figure, doubled == crowded == 0)


def _round(tabs) -> tuple[int, int]:
    """(the most starts of one run, how many runs are active): each half of the tabs submits its own run."""
    ids = [store.new_id(), store.new_id()]
    tabs.stdin.write(" ".join(ids) + "\n")
    tabs.stdin.flush()
    tabs.stdout.readline()
    runs = [store.find(id) for id in ids]
    result = max(map(starts, runs)), sum(run.active for run in runs)
    for run in runs:
        store.record(run.folder, "stopped")
    for process in processes_of(paths.runs_folder()):
        process.kill()
    wait_until(lambda: not any(locks.held(run.folder / layout.LOCK) for run in runs))
    for run in runs:
        shutil.rmtree(run.folder)
    return result


@row(
    "A12",
    "a double click, and page reruns that repeat the launch",
    "exactly 1 run",
    breaks=("a new id each time",),
)
def double_click(place, patch, broken):
    use_light_worker(patch, 60)
    app = apptest.opened("train", network="lstm", dataset="demo")
    ids = app.session_state["next-ids"]
    for _ in range(2 if broken else 12):  # 2 clicks and 10 reruns, all before the form gets new ids
        app.switch_page("pages/train.py").run()
        if not broken:
            app.session_state["next-ids"] = ids
        app.button(key="start").click().run()
    runs = store.runs()
    figure = f"{len(runs)} run and {sum(map(starts, runs))} start for one form that was sent several times"
    return Outcome(figure, len(runs) == 1 == starts(runs[0]))


@row(
    "A18",
    "the starting process is full of busy threads",
    "20 of 20 started within 10 s; no fork in the app",
    breaks=("a fork",),
)
def start_among_threads(place, patch, broken):
    use_light_worker(patch, 60)
    forks = [name for source in _sources() for name in _forks(source.read_text("utf-8"))]
    forks += _forks("import multiprocessing\nmultiprocessing.Process()") if broken else []
    end, interval = threading.Event(), sys.getswitchinterval()
    # A start waits often and shortly; with the usual interval each wait takes the turns of 8 threads, 40 ms.
    sys.setswitchinterval(interval / 20)
    for _ in range(8):
        threading.Thread(target=_work_until, args=(end,), daemon=True).start()
    try:
        seconds = [_seconds_to_start(number) for number in range(2 if broken else 20)]
    finally:
        end.set()
        sys.setswitchinterval(interval)
    slowest = max(seconds)
    figure = f"{len(seconds)} started beside 8 busy threads, the slowest within {slowest:.1f} s; "
    figure += f"{len(forks)} forks in the app"
    return Outcome(figure, slowest <= 10 and not forks)


def _sources():
    return [
        paths.PROJECT / "app.py",
        *(file for part in ("imdb_core", "pages", "ui") for file in (paths.PROJECT / part).rglob("*.py")),
    ]


def _forks(source) -> list[str]:
    """Names in a module that fork this process instead of starting a new interpreter."""
    banned = {"fork", "forkpty", "multiprocessing", "ProcessPoolExecutor", "preexec_fn"}
    forks = []
    for node in ast.walk(ast.parse(source)):
        names = {getattr(node, "attr", None), getattr(node, "arg", None), getattr(node, "module", None)}
        names |= {alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)}
        forks += [name for name in names if name and name.split(".")[0] in banned]
    return forks


def _work_until(end) -> None:
    while not end.is_set():
        sum(range(1000))


def _seconds_to_start(number) -> float:
    began = time.monotonic()
    run = launcher.submit(config(number))
    wait_until(lambda: store.read(run.folder).state == "running", 20)
    seconds = time.monotonic() - began
    kill(run)
    return seconds


@row(
    "A19",
    "the starting process dies at any step of a start",
    "0 runs unfinished after 30 s, 0 started twice, 0 stray processes",
)
def die_while_starting(place, patch):
    use_light_worker(patch, 0.5)
    command = [sys.executable, "-m", "tests.faults.support.failpoints", "launch", str(place / "runs")]
    attempts = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout)
    began = time.monotonic()
    wait_until(lambda: all(run.state == "finished" for run in launcher.runs()), 60)
    seconds = time.monotonic() - began
    runs = {run.id: run for run in launcher.runs()}
    killed = sum(attempt["killed"] for attempt in attempts)
    unknown = sum(attempt["id"] not in runs for attempt in attempts)  # killed before the run was created
    twice = sum(starts(run) > 1 for run in runs.values())
    strays = len(processes_of(place / "runs"))
    figure = f"killed at each of {killed} steps: {unknown} runs not created, {len(runs)} finished "
    figure += f"within {seconds:.1f} s, {twice} started twice, {strays} stray processes"
    complete = killed > 10 and len(runs) + unknown == len(attempts)
    return Outcome(figure, seconds <= 30 and twice == strays == 0 and complete)
