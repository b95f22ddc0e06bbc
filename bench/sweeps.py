"""A sweep that is killed twice on the way, beside the same sweep undisturbed.

    taskset -c 0 python -m bench.sweeps [--runs 30] [--epochs 6]

Both sweeps train real runs on the demo reviews, with the same seeds. All processes must work on one core, so
that one run is trained at a time. With several slots, the next setting also depends on which runs are still
open, and that depends on their times. The second sweep is killed twice (SIGKILL to every process that works
in its folder): first while a run is trained, then while the proposer works. Prints whether values, figures
and best setting are the same to the last digit, and how many epochs the pruner saved.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.runs import ROOT, machine, surroundings
from imdb_core import background
from imdb_core.runs import devices, launcher, movers
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import Sweep
from imdb_core.sweeps.trials import best, settings

VARIED = ("learning_rate=1e-4..1e-1:log", "units=4..32:4", "dropout=0..0.6:0.1")
SECONDS = 3600  # the longest wait


def main() -> int:
    """Print the comparison; returns 1 if the sweeps differ or too few epochs are saved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    measured_on = machine()
    if devices.slots() != 1:
        print("With several slots, the order in which runs end may change what is tried next. Use one core.")
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a worker may still write
        started = time.monotonic()
        undisturbed = tried(whole_sweep(Path(folder, "undisturbed"), options, kills=()))
        seconds = time.monotonic() - started
        all_epochs, trained = options.runs * options.epochs, sum(each["epochs"] for each in undisturbed)
        saved = 1 - trained / all_epochs
        print(f"{measured_on}, one of them used; the undisturbed sweep took {seconds:.0f} s.")
        print(f"{trained} of {all_epochs} epochs were trained: the pruner saved {saved:.0%}.", flush=True)
        killed = tried(whole_sweep(Path(folder, "killed"), options, kills=(is_training, is_proposing)))
    differing = sum(first != second for first, second in zip(undisturbed, killed, strict=False))
    differing += abs(len(undisturbed) - len(killed))
    print(f"{len(undisturbed)} settings undisturbed, {len(killed)} with two kills: {differing} differ.")
    for name, sweep in (("undisturbed", undisturbed), ("killed twice", killed)):
        [chosen] = [each for each in sweep if each["best"]]
        print(f"best, {name}: number {chosen['number']}, loss {chosen['value']:.6f}, {chosen['values']}")
    return int(differing > 0 or len(undisturbed) != options.runs or saved < 1 / 3)


def whole_sweep(folder: Path, options: argparse.Namespace, kills: tuple[Callable, ...]) -> Sweep:
    """A sweep in `folder` after its end. For each of `kills`, all its processes were killed once."""
    os.environ.update(surroundings(folder))
    varied = [text for each in VARIED for text in ("--vary", each)]
    command = ["sweep", "--network", "cnn_lstm_dense", "--dataset", "demo", *varied, "--pruner", "best_third"]
    command += ["--set", f"epochs={options.epochs}", "--set", "device=cpu", "--runs", str(options.runs)]
    log = Path(folder, "command.log")
    log.parent.mkdir(parents=True)
    with log.open("wb") as output:
        following = subprocess.Popen(  # moves the queue on, as a page does, until it is killed
            background.command("-m", "imdb_core", *command, "--wait"), cwd=ROOT, stdout=output, stderr=output
        )
    wait_until(lambda: sweep_store.sweeps() or following.poll())
    [sweep] = sweep_store.sweeps()
    for number, moment in enumerate(kills, 1):
        enough = number * options.runs // (len(kills) + 1)
        wait_until(lambda: has_moved_on(sweep, enough) and moment(sweep))  # noqa: B023
        end_all()
        following.wait()
        print(f"killed at {len(sweep_store.runs(sweep))} runs ({moment.__name__})", file=sys.stderr)
    wait_until(lambda: has_moved_on(sweep, 0) and sweep_store.read(sweep.folder).state == "finished")
    following.wait()
    return sweep_store.read(sweep.folder)


def has_moved_on(sweep: Sweep, count: int) -> bool:
    """Move the queue on; returns whether the sweep has so many runs."""
    launcher.runs()
    return len(sweep_store.runs(sweep)) >= count


def is_training(sweep: Sweep) -> bool:
    """Whether a run of the sweep is in the middle of its training."""
    return any(run.state == "running" and run.epochs for run in sweep_store.runs(sweep))


def is_proposing(sweep: Sweep) -> bool:
    """Whether a proposer works."""
    return any(movers.PROPOSER in process.cmdline() for process in processes())


def processes() -> list[psutil.Process]:
    """The other processes that work in the folder of runs of this process."""
    found = []
    for process in psutil.process_iter():
        try:
            own = process.environ().get("IMDB_RUNS_DIR") == os.environ["IMDB_RUNS_DIR"]
            if own and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_all() -> None:
    """Kill every process of the sweep until none is left."""
    while alive := processes():
        for process in alive:
            process.kill()
        background.reap()
        time.sleep(0.1)


def tried(sweep: Sweep) -> list[dict]:
    """What must be the same in both sweeps, for each setting; and whether it is the best one."""
    runs = sweep_store.runs(sweep)
    if failed := [run for run in runs if run.state not in ("finished", "stopped")]:
        raise SystemExit(f"{failed[0].folder}: {failed[0].state}, {failed[0].ending}")
    listed = settings(sweep, runs)
    chosen = best(sweep, listed)
    return [
        {
            "number": each.number,
            "values": each.values,
            "state": each.state,
            "epochs": sum(len(run.epochs) for run in each.runs),
            "value": each.value(sweep.config),
            "best": each is chosen,
        }
        for each in listed
    ]


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for a true value of `condition`; ends the measurement after SECONDS."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("The sweep does not go on.")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
