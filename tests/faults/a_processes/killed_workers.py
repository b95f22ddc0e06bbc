"""A: workers that are killed, run out of memory, cannot start or do not answer."""

import json
import random
import subprocess
import sys
import time

from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.forked_stub_workers import forked_stub_workers
from tests.faults.support.workers import ENDLESS, config, kill, read_afresh, settled
from tests.stub_worker import use_stub

KILLS = 50  # a store


@row(
    "A1",
    "a worker is killed at a random moment",
    "0 of 300 runs lost, 0 finished epochs lost, 0 checkpoints unloadable; noticed within 5 s (p95)",
    breaks=("checkpoint in place", "buffered rows"),
)
def kill_workers(place, patch, broken):
    use_stub(patch, STUB_CHECKPOINTS="1", STUB_EPOCHS=ENDLESS, STUB_STEP_SECONDS="0.02", STUB_BROKEN=broken)
    stores = [place / f"runs-{number}" for number in range(1 if broken else 6)]
    delays, resumed = [], []
    with forked_stub_workers(place, patch):
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


def _judged(found, delays, ends, kills) -> Outcome:
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
    return Outcome(figure, lost == epochs == gaps == torn == 0 and p95 <= 5 and whole == len(ends))


@row(
    "A2",
    "a worker is killed while it saves",
    "0 torn checkpoints, 0 unfinished files after a restart",
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
    return Outcome(figure, torn == left == 0 and met >= 6 and (during >= 40 or bool(broken)))


def _failpoints(action, place, broken=None) -> subprocess.Popen:
    (place / action).mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.faults.support.failpoints",
        action,
        str(place / action),
        *filter(None, [broken]),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE)
