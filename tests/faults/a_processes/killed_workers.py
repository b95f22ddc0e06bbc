"""Workers that are killed, at a random moment or at each step of a save."""

import json
import random
import subprocess
import sys
import time

from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile
from tests.faults.support.forked_stub_workers import forked_stub_workers
from tests.faults.support.workers import ENDLESS, config, kill, read_in_new_process, settled
from tests.stub_worker import use_stub

KILLS = 50  # for each folder of runs


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
            resumed += [] if broken else [_resume(run, patch) for run in store.runs()[:3]]
        ends = [settled(run) for run in resumed]
    return _judged(read_in_new_process(*stores), delays, ends, KILLS * len(stores))


def _kill_each_at_random(kills) -> list[float]:
    """Start workers, kill each within 0.9 s; returns the seconds until each is interrupted."""
    kill_times, killed, delays = {}, {}, []
    for number in range(kills):
        run = launcher.submit(config(number))
        kill_times[run] = time.monotonic() + random.uniform(0, 0.9)
        _kill_due_workers(kill_times, killed, delays)
    while kill_times or killed:
        time.sleep(0.02)
        launcher.runs()
        _kill_due_workers(kill_times, killed, delays)
    return delays


def _kill_due_workers(kill_times, killed, delays) -> None:
    """Kill the workers whose time has come; move runs with a recorded end from `killed` to `delays`."""
    for run in [run for run, moment in kill_times.items() if moment < time.monotonic()]:
        del kill_times[run]
        kill(run)
        killed[run] = time.monotonic()
    for run in [run for run in killed if store.read(run.folder).ending]:
        delays.append(time.monotonic() - killed.pop(run))


def _resume(run, patch):
    """Resume a run for two more epochs; returns the run."""
    done = len(store.read(run.folder).epochs)
    with patch.context() as context:
        context.setenv("STUB_EPOCHS", str(done + 2))
        return launcher.resume(run)


def _judged(runs, delays, ends, kills) -> Outcome:
    """Compare what a new process reads with what the workers printed before they were killed."""
    done = sum(len(run["announced"]) for run in runs)
    usable = [run for run in runs if run["can_resume"] or run["state"] == "finished"]
    lost = kills - sum(not run["damaged"] for run in usable)
    epochs = sum(len(set(run["announced"]) - set(run["epochs"])) for run in runs)
    gaps = sum(run["epochs"] != list(range(1, len(run["epochs"]) + 1)) for run in runs)
    torn = sum(list(run["checkpoints"].values()).count(False) for run in runs)
    saved = [max(map(int, run["checkpoints"]), default=0) for run in runs]
    torn += sum(epoch < max(run["announced"], default=0) for epoch, run in zip(saved, runs, strict=True))
    p95 = percentile(delays, 0.95)
    whole = sum(
        run.state == "finished"
        and [row["epoch"] for row in run.epochs] == list(range(1, len(run.epochs) + 1))
        for run in ends
    )
    figure = (
        f"{lost} of {kills} runs lost, {epochs + gaps} of {done} epochs lost, {torn} checkpoints unloadable, "
    )
    figure += f"noticed within {p95:.1f} s; {whole} of {len(ends)} resumed runs have no gap"
    return Outcome(figure, lost == epochs == gaps == torn == 0 and p95 <= 5 and whole == len(ends))


@row(
    "A2",
    "a worker is killed while it saves",
    "0 torn checkpoints, 0 unfinished files after a restart",
    breaks=("checkpoint in place", "old checkpoint deleted in place"),
)
def kill_while_saving(place, patch, broken):
    processes = [_failpoints("checkpoint", place, broken)]
    processes += [] if broken else [_failpoints("slow", place)]
    results = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    at_steps, at_random = results if len(results) == 2 else (results[0], [])
    torn = sum(not all(kill["epochs"].values()) or not kill["epochs"] for kill in at_steps + at_random)
    left = sum(bool(kill["left"]) for kill in at_steps + at_random)
    steps = sum(kill["killed"] for kill in at_steps)
    during = sum(kill["killed"] for kill in at_random)
    figure = f"{torn} torn and {left} with unfinished files, "
    figure += f"of {steps} kills at each step and {during} during slow writes"
    return Outcome(figure, torn == left == 0 and steps >= 6 and (during >= 40 or bool(broken)))


def _failpoints(action, place, broken=None) -> subprocess.Popen:
    folder = place / action
    folder.mkdir()
    variant = [broken] if broken else []
    command = [sys.executable, "-m", "tests.faults.support.failpoints", action, str(folder), *variant]
    return subprocess.Popen(command, stdout=subprocess.PIPE)
