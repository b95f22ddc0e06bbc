"""A: workers that are killed, run out of memory, cannot start or do not answer."""

import json
import os
import random
import signal
import subprocess
import sys
import time

from imdb_core.runs import launcher, locks, progress, store
from imdb_core.sentences import Sentence
from tests import apptest
from tests.faults.nursery import nursery
from tests.faults.rows import Found, row, until
from tests.faults.workers import ENDLESS, config, kill, read_afresh, settled, worker_of
from tests.stub_worker import use_stub

KILLS = 50  # a store


@row(
    "A1",
    "a worker is killed at a random moment",
    "0 of 300 runs lost, 0 finished epochs lost, 0 checkpoints unloadable, noticed within 5 s (p95)",
    breaks=("checkpoint in place", "buffered rows"),
)
def kill_workers(place, patch, broken):
    use_stub(patch, STUB_CHECKPOINTS="1", STUB_EPOCHS=ENDLESS, STUB_STEP_SECONDS="0.02", STUB_BROKEN=broken)
    stores = [place / f"runs-{number}" for number in range(1 if broken else 6)]
    delays, resumed = [], []
    with nursery(place, patch):
        for folder in stores:
            patch.setenv("IMDB_RUNS_DIR", str(folder))
            delays += _kill_each_at_random(KILLS)
            resumed += [] if broken else [_resumed(run, patch) for run in store.runs()[:3]]
        ends = [settled(run) for run in resumed]
    return _judged(read_afresh(*stores), delays, ends, KILLS * len(stores))


def _kill_each_at_random(kills) -> list[float]:
    """Start workers and kill each within 0.9 s; returns the seconds until the run was noted as interrupted."""
    lives, waiting, delays = {}, {}, []
    for number in range(kills):
        run = launcher.submit(config(number))
        lives[run] = time.monotonic() + random.uniform(0, 0.9)
        _kill_those_due(lives, waiting, delays)
    while lives or waiting:
        time.sleep(0.02)
        launcher.runs()
        _kill_those_due(lives, waiting, delays)
    return delays


def _kill_those_due(lives, waiting, delays) -> None:
    for run in [run for run, moment in lives.items() if moment < time.monotonic()]:
        del lives[run]
        kill(run)
        waiting[run] = time.monotonic()
    for run in [run for run in waiting if store.read(run.folder).ending]:
        delays.append(time.monotonic() - waiting.pop(run))


def _resumed(run, patch):
    """The run, on its way to two epochs more."""
    done = len(store.read(run.folder).epochs)
    with patch.context() as only_here:
        only_here.setenv("STUB_EPOCHS", str(done + 2))
        return launcher.resume(run)


def _judged(found, delays, ends, kills) -> Found:
    """What a fresh process reads, against what the workers had announced before they were killed."""
    done = sum(len(run["announced"]) for run in found)
    lost = kills - sum(
        not run["damaged"] and (run["can_resume"] or run["state"] == "finished") for run in found
    )
    epochs = sum(len(set(run["announced"]) - set(run["epochs"])) for run in found)
    gaps = sum(run["epochs"] != list(range(1, len(run["epochs"]) + 1)) for run in found)
    torn = sum(list(run["checkpoints"].values()).count(False) for run in found)
    torn += sum(
        max(map(int, run["checkpoints"]), default=0) < max(run["announced"], default=0) for run in found
    )
    p95 = sorted(delays)[int(0.95 * len(delays))]
    whole = sum(
        run.state == "finished"
        and [row["epoch"] for row in run.epochs] == list(range(1, len(run.epochs) + 1))
        for run in ends
    )
    figure = (
        f"{lost} of {kills} lost, {epochs + gaps} of {done} epochs lost, {torn} checkpoints "
        f"unloadable, noticed within {p95:.1f} s, {whole} of {len(ends)} resumed went on without a gap"
    )
    return Found(figure, lost == epochs == gaps == torn == 0 and p95 <= 5 and whole == len(ends))


@row(
    "A2",
    "a worker is killed while it saves",
    "0 checkpoints torn, 0 unfinished files left after a restart",
    breaks=("checkpoint in place", "old checkpoint deleted in place"),
)
def kill_while_saving(place, patch, broken):
    killing = [_failpoints("checkpoint", place, broken)]
    killing += [] if broken else [_failpoints("slow", place)]
    steps, slow = [json.loads(process.communicate(timeout=120)[0]) for process in killing] + [[]] * bool(
        broken
    )
    torn = sum(not all(one["epochs"].values()) or not one["epochs"] for one in steps + slow)
    left = sum(bool(one["left"]) for one in steps + slow)
    met = sum(one["killed"] for one in steps)
    during = sum(one["killed"] for one in slow)
    figure = (
        f"{torn} torn and {left} with files left of {met} kills at each step, {during} during slow writes"
    )
    return Found(figure, torn == left == 0 and met >= 6 and (during >= 40 or bool(broken)))


def _failpoints(action, place, broken=None) -> subprocess.Popen:
    (place / action).mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.faults.failpoints",
        action,
        str(place / action),
        *filter(None, [broken]),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


@row(
    "A3",
    "a worker is killed when memory runs out",
    "right words 20 of 20, pages within 1 s (p95) meanwhile",
    breaks=("no child",),
)
def run_out_of_memory(place, patch, broken):
    use_stub(patch, STUB_CRASH="memory", STUB_STEP_SECONDS="0.5")
    if broken:  # nobody asks how the child ended
        patch.setattr(launcher, "_how_it_ended", lambda run: Sentence("ended_silently"))
    page = apptest.opened("runs")
    seconds = []
    with nursery(place, patch):
        runs = [
            launcher.submit(config(number, batch_size=100 + number)) for number in range(4 if broken else 20)
        ]
        while not all(store.read(run.folder).ending for run in runs):
            began = time.monotonic()
            page.run()
            seconds.append(time.monotonic() - began)
    p95 = sorted(seconds)[int(0.95 * len(seconds))]
    right = sum(_blames_memory(store.read(run.folder)) for run in runs)
    figure = f"{right} of {len(runs)} right, pages within {p95:.2f} s"
    return Found(figure, right == len(runs) and p95 < 1 and not page.exception)


def _blames_memory(run) -> bool:
    said = run.message or ""
    return (
        "killed by signal 9" in said
        and "memory" in said
        and f"batch_size {run.config.batch_size}" in said
        and run.can_resume
    )


@row(
    "A4",
    "a worker cannot start",
    "failed within 10 s, with the last lines of its log",
    breaks=("no exit code",),
)
def cannot_start(place, patch, broken):
    patch.setattr(launcher, "START_SECONDS", 1 if broken else 5)
    (place / "tensorflow").mkdir()
    (place / "tensorflow" / "__init__.py").write_text(
        "raise ImportError('libcudart.so.12: cannot open shared object file')"
    )
    use_stub(patch)
    patch.setenv("PYTHONPATH", f"{place}{os.pathsep}{os.environ['PYTHONPATH']}")
    if broken:  # a worker that has ended is taken for one that is still starting
        patch.setattr(subprocess.Popen, "poll", lambda self: None)
    cases = [("no_such_module", "", "No module named"), ("stub_worker", "start", "told to fail")]
    cases += [] if broken else [("imdb_core.training.worker", "", "libcudart.so.12")]
    seconds = [
        _seconds_to_failure(patch, number, 0.1 if broken else 20, *case) for number, case in enumerate(cases)
    ]
    told = [f"{one:.1f}" if one is not None else "never" for one in seconds]
    return Found(
        f"failed with their logs after {', '.join(told)} s",
        all(one is not None and one <= 10 for one in seconds),
    )


def _seconds_to_failure(patch, number, patience, module, crash, log) -> float | None:
    """Until a worker that cannot start is a failed run which shows `log`; None if that does not come in
    `patience` seconds.
    """
    patch.setattr(launcher, "WORKER", module)
    patch.setenv("STUB_CRASH", crash)
    began = time.monotonic()
    run = launcher.submit(config(number))

    def shown():  # a worker notes that it failed before it has written the last line of its log
        found = store.read(run.folder)
        return found.state == "failed" and log in found.log_tail()

    try:
        until(shown, patience)
    except TimeoutError:
        return None
    return time.monotonic() - began


@row(
    "A5",
    "a worker is suspended for 10 s or waits for itself for ever",
    "0 false ends in 20; said to be not responding, and running again when it goes on",
    breaks=("liveness by heartbeat",),
)
def hang(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS)
    patch.setattr(progress, "SILENT_SECONDS", 2)
    if broken:
        patch.setattr(locks, "held", _heartbeat)
    with nursery(place, patch):
        half = 2 if broken else 10
        suspended = [launcher.submit(config(number)) for number in range(half)]
        patch.setenv("STUB_HANG", "1")
        stuck = [launcher.submit(config(half + number)) for number in range(half)]
        until(lambda: broken or all(store.read(run.folder).epochs for run in stuck), 20)
        workers = [worker_of(run) for run in suspended]
        _signal(workers, signal.SIGSTOP)
        ends, doing = _watched(4 if broken else 10)
        silent = sum(words.startswith("not responding") for words in doing.values())
        _signal(workers, signal.SIGCONT)
        later, doing = _watched(1)
        again = sum(doing.get(run.id) == "training" for run in suspended)
    figure = f"{len(ends | later)} of {2 * half} ended falsely, {silent} said not to respond, {again} of {half} running again"
    return Found(figure, not ends | later and silent == 2 * half and again == half)


def _heartbeat(path) -> bool:
    """The naive idea of being alive: a row was written within the last second."""
    rows = path.with_name("metrics.jsonl")
    return rows.exists() and time.time() - rows.stat().st_mtime < 1


def _signal(workers, number) -> None:
    for worker in workers:
        os.kill(worker, number)


def _watched(seconds) -> tuple[set, dict]:
    """(runs that were shown as ended at any moment, what each was shown to do at last)."""
    ended, doing, deadline = set(), {}, time.monotonic() + seconds
    while time.monotonic() < deadline:
        for run in launcher.runs():
            doing[run.id] = progress.progress(run).activity
            if not run.active:
                ended.add(run.id)
        time.sleep(0.1)
    return ended, doing
