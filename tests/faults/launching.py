"""A: starting runs from many places at once, from a busy process, through a crash; and runs that another
version has written.
"""

import ast
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import launcher, locks, reading, store
from imdb_core.scoring import predictor
from tests import apptest
from tests.faults.rows import Found, processes_of, row, until
from tests.faults.workers import config, kill, starts, use_light_worker

TABS = """
import os, sys
from imdb_core import config
from imdb_core.runs import devices, disk_space, launcher
wanted = config.read(sys.argv[2])
disk_space.needed_bytes(wanted), devices.gpus()  # whatever a start needs is loaded once, before the tabs are
if len(sys.argv) > 3:
    launcher._queue_lock = lambda seconds: launcher.contextlib.nullcontext()
print("ready", flush=True)
for line in sys.stdin:
    ids, tabs, (door, key) = line.split(), [], os.pipe()
    for number in range(20):
        tabs.append(os.fork())
        if tabs[-1] == 0:
            try:
                os.close(key)
                os.read(door, 1)  # until everybody is there
                launcher.submit(wanted, ids[number % 2])
            finally:
                os._exit(0)
    os.close(key)
    for tab in tabs:
        os.waitpid(tab, 0)
    os.close(door)
    print("done", flush=True)
"""


@row(
    "A11",
    "20 processes start two runs on one slot at the same moment",
    "0 double starts and never more than one run on the slot in 50 rounds",
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
    return Found(
        f"{doubled} double starts, {crowded} times not exactly one running, in {len(rounds)} rounds",
        doubled == crowded == 0,
    )


def _round(tabs) -> tuple[int, int]:
    """(starts of the run that was started most, how many runs run): half of the tabs submit one run, half
    another.
    """
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
    until(lambda: not any(locks.held(run.folder / "run.lock") for run in runs))
    for run in runs:
        shutil.rmtree(run.folder)
    return result


@row(
    "A12",
    "a double click, and reruns that repeat the launch",
    "exactly 1 run",
    breaks=("a new id each time",),
)
def double_click(place, patch, broken):
    use_light_worker(patch, 60)
    app = apptest.opened("train", network="lstm", dataset="demo")
    ids = app.session_state["next-ids"]
    for _ in range(
        2 if broken else 12
    ):  # 2 clicks, 10 reruns: all before the form is shown unpressed, with new ids
        app.switch_page("pages/train.py").run()
        if not broken:
            app.session_state["next-ids"] = ids
        app.button(key="start").click().run()
    runs = store.runs()
    return Found(
        f"{len(runs)} runs, {sum(map(starts, runs))} starts, however often one form was sent",
        len(runs) == 1 == starts(runs[0]),
    )


@row(
    "A18",
    "the starting process is full of threads",
    "20 of 20 started within 10 s; no fork in the app",
    breaks=("a fork",),
)
def start_among_threads(place, patch, broken):
    use_light_worker(patch, 60)
    forks = [name for source in _sources() for name in _forks(source.read_text("utf-8"))]
    forks += _forks("import multiprocessing\nmultiprocessing.Process()") if broken else []
    end, interval = threading.Event(), sys.getswitchinterval()
    sys.setswitchinterval(
        interval / 20
    )  # else each of a start's many small waits would cost eight whole turns of 5 ms
    for _ in range(8):
        threading.Thread(target=_work_until, args=(end,), daemon=True).start()
    try:
        seconds = [_seconds_to_start(number) for number in range(2 if broken else 20)]
    finally:
        end.set()
        sys.setswitchinterval(interval)
    slowest = max(seconds)
    figure = f"{len(seconds)} started, the slowest within {slowest:.1f} s, beside 8 busy threads; {len(forks)} forks in the app"
    return Found(figure, slowest <= 10 and not forks)


def _sources():
    return [
        paths.PROJECT / "app.py",
        *(file for part in ("imdb_core", "pages", "ui") for file in (paths.PROJECT / part).rglob("*.py")),
    ]


def _forks(source) -> list[str]:
    """What in a module could fork this process instead of starting a fresh interpreter."""
    banned = {"fork", "forkpty", "multiprocessing", "ProcessPoolExecutor", "preexec_fn"}
    found = []
    for node in ast.walk(ast.parse(source)):
        names = {getattr(node, "attr", None), getattr(node, "arg", None), getattr(node, "module", None)}
        names |= {alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)}
        found += [name for name in names if name and name.split(".")[0] in banned]
    return found


def _work_until(end) -> None:
    while not end.is_set():
        sum(range(1000))


def _seconds_to_start(number) -> float:
    began = time.monotonic()
    run = launcher.submit(config(number))
    until(lambda: store.read(run.folder).state == "running", 20)
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
    command = [sys.executable, "-m", "tests.faults.failpoints", "launch", str(place / "runs")]
    attempts = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout)
    began = time.monotonic()
    until(lambda: all(run.state == "finished" for run in launcher.runs()), 60)
    seconds = time.monotonic() - began
    runs = {run.id: run for run in launcher.runs()}
    killed = sum(one["killed"] for one in attempts)
    unknown = sum(one["id"] not in runs for one in attempts)  # killed before there was a run
    twice = sum(starts(run) > 1 for run in runs.values())
    strays = len(processes_of(place / "runs"))
    figure = (
        f"killed at each of {killed} steps: {unknown} not begun, {len(runs)} finished within {seconds:.1f} s, "
        f"{twice} started twice, {strays} strays"
    )
    return Found(
        figure,
        seconds <= 30 and twice == strays == 0 and killed > 10 and len(runs) + unknown == len(attempts),
    )


GOLDEN = Path(__file__).parent / "golden"


@row(
    "A20",
    "runs of earlier and later versions of the app",
    "100 % listed; a newer format is left as it is, with a sentence",
    breaks=("format ignored",),
)
def other_versions(place, patch, broken):
    if broken:
        patch.setattr(reading, "FORMAT", 2)
    shutil.copytree(GOLDEN, paths.runs_folder())
    shutil.copytree(
        paths.PRETRAINED / "cnn_lstm_dense", paths.runs_folder() / "20251122-120000000-pretrain"
    )  # an early run
    count = len(list(GOLDEN.iterdir())) + 1
    before = _contents(paths.runs_folder())
    runs = {run.name if run.config else run.id: run for run in launcher.runs()}
    states = {name: run.state for name, run in runs.items()}
    expected = {"first": "finished", "unfinished": "interrupted", "later": "finished"}
    readable = sum(states.get(name) == state for name, state in expected.items())
    newer = [run for run in runs.values() if run.damaged and "newer version of this app" in run.damaged]
    scored = sum(
        0 < predictor.load(run.folder).score("a superb film").probability < 1
        for run in runs.values()
        if run.has_model and run.config
    )
    refused = sum(_refuses(run) for run in newer)
    after = _contents(paths.runs_folder())
    untouched = all(before[path] == content for path, content in after.items() if "newer" in path)
    figure = f"{len(runs)} of {count} listed, {readable} of 3 readable, {scored} scores a review, {refused} newer refused"
    return Found(
        figure,
        len(runs) == count and readable == 3 and len(newer) == refused == 1 and scored == 1 and untouched,
    )


def _contents(folder) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _refuses(run) -> bool:
    """Whether a newer run is neither resumed nor renamed."""
    for action in (launcher.resume, lambda run: store.rename(run, "other")):
        try:
            action(run)
        except RunError:
            continue
        return False
    return True
