"""Start the processes that make further runs or move the queue on: the proposer of sweeps, and the keeper.

Called by the launcher, while it holds the queue's lock.
"""

import subprocess
import time
from pathlib import Path

from imdb_core import background, paths
from imdb_core.operating_system import machine
from imdb_core.runs import locks, places, refusals, store
from imdb_core.sweeps import store as sweep_store

PROPOSER = "imdb_core.sweeps.proposer"
PROPOSER_SECONDS = 60
KEEPER = "imdb_core.runs.keeper"
KEEPER_SECONDS = 30  # a keeper that starts holds its lock by then; later only the lock counts
KEEPER_LOCK, KEEPER_LOG = ".keeper-{}.lock", ".keeper-{}.log"  # in the folder of runs; {}: the machine


def start(*, propose: bool) -> None:
    """Start the keeper if it is needed and missing; with `propose`, also the proposer if it is needed."""
    _keep_moving()
    if propose:
        _continue_sweeps()


def _keep_moving() -> None:
    """Start the keeper if it is needed and missing."""
    keeper, since = _keepers.get(paths.runs_folder(), (None, 0.0))
    is_starting = keeper and keeper.poll() is None and time.monotonic() - since < KEEPER_SECONDS
    if len(places.names()) == 1 or is_starting or locks.held(keeper_file(KEEPER_LOCK)):
        return
    if keeper_is_needed(store.unsettled()):
        keeper = background.spawn(KEEPER, log=keeper_file(KEEPER_LOG))
        _keepers[paths.runs_folder()] = keeper, time.monotonic()


def keeper_is_needed(runs: list[store.Run]) -> bool:
    """Whether one of `runs` waits or trains at a place whose workers do not start the next run."""

    def is_elsewhere(run: store.Run) -> bool:
        return (run.waits or run.active) and not places.of(run).workers_dispatch

    return bool(refusals.select(runs, is_elsewhere))


def keeper_file(name: str) -> Path:
    """The path of KEEPER_LOCK or KEEPER_LOG for this machine."""
    return paths.runs_folder() / name.format(machine.digest())


def _continue_sweeps() -> None:
    """Start the process that makes the next runs of sweeps, if a slot is free at the place of a sweep.

    It is not started again for the same runs and sweeps within PROPOSER_SECONDS, in which it may find nothing
    to do or be killed.
    """
    unfinished = sweep_store.unfinished()
    waiting = [(sweep.id, sweep.events) for sweep in unfinished]
    listed = store.unsettled() if waiting else []  # read again, as runs have just been started
    moving = refusals.select(listed, lambda run: run.waits or run.active)
    open_runs = tuple(run.id for run in moving)
    if not any(_has_slot(name, moving) for name in {sweep.place for sweep in unfinished}):
        _proposed.pop(paths.runs_folder(), None)
        return
    now, (before, since) = time.monotonic(), _proposed.get(paths.runs_folder(), (None, 0.0))
    if before != (open_runs, waiting) or now - since > PROPOSER_SECONDS:
        _proposed[paths.runs_folder()] = ((open_runs, waiting), now)
        background.spawn(PROPOSER, log=sweep_store.root() / sweep_store.LOG)


def _has_slot(name: str, moving: list[store.Run]) -> bool:
    """Whether the place has a slot beyond the runs that train or wait there; False if it cannot be used."""
    with refusals.isolated():
        return sum(run.place == name for run in moving) < places.named(name).slots()
    return False


# Folder of runs -> the keeper that this process has started, and when.
_keepers: dict[Path, tuple[subprocess.Popen[bytes], float]] = {}
# Folder of runs -> (open runs and sweeps, time) when this process last started a proposer.
_proposed: dict[Path, tuple[object, float]] = {}
