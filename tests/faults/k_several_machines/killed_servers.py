"""The server is killed while a sweep goes on. This row needs no cluster."""

import time

from imdb_core.runs import ahead, launcher, store
from imdb_core.sweeps import store as sweep_store
from tests.faults.rows import Outcome, row
from tests.faults.support.repeated_sweeps import ended, new_sweep, one_run_at_a_time, tried
from tests.faults.support.server import Visitor, break_new_processes, serving, visit
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub

RUNS, EPOCHS = 6, 2
SECONDS = 120  # for a whole sweep
ENDS_WITH_ITS_PARENT = """
import ctypes, sys
if "stub_worker" in sys.orig_argv or "imdb_core.sweeps.proposer" in sys.orig_argv:
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG
"""


@row(
    "K3",
    "the server is killed while a sweep goes on, and started again later",
    "the same settings and the same best one as in an undisturbed sweep; 0 runs lost or made twice",
    breaks=("workers end with the server",),
)
def kill_the_server(place, patch, broken):
    use_stub(patch, STUB_STEP_SECONDS="0.1", IMDB_STANDBY=ahead.OFF)  # no layers have to be compiled
    if broken:
        break_new_processes(place, patch, ENDS_WITH_ITS_PARENT)
    try:
        with one_run_at_a_time():
            undisturbed = [] if broken else tried(ended(_new_sweep(), launcher.runs, SECONDS))
            sweep = _with_a_killed_server(place, 20 if broken else 60)
            if interrupted := _interruptions():
                return Outcome(f"{interrupted} interrupted", False)
            killed = tried(sweep)
    except TimeoutError:
        return Outcome("the sweep did not go on", False)
    strays = len(store.runs()) - len(undisturbed) - RUNS
    differ = sum(first != second for first, second in zip(undisturbed, killed, strict=False))
    states = ", ".join(sorted({state for _, state, _ in killed}))
    figure = f"{differ} of {RUNS} settings differ ({states}), {strays} runs lost or made twice, 0 interrupted"
    return Outcome(figure, killed == undisturbed and not strays)


def _new_sweep():
    return new_sweep(runs=RUNS, epochs=EPOCHS)


def _with_a_killed_server(place, seconds):
    """A sweep that goes on while there is no server, after its end, or once a run of it is interrupted.

    Raises TimeoutError if a third of its runs have not begun within `seconds`, although there is a server.
    """
    sweep = _new_sweep()
    with serving(place) as server:  # the server is killed at the end of `with`
        visit(Visitor(server, "runs"))  # the page moves the sweep on
        wait_until(lambda: len(sweep_store.runs(sweep)) >= RUNS // 3, seconds)
    time.sleep(1)  # nobody looks; the workers go on
    with serving(place) as server:
        visit(Visitor(server, "runs"))
        if _interruptions():  # the bound is missed
            return sweep
        return ended(sweep, lambda: visit(Visitor(server, "runs")), SECONDS)


def _interruptions():
    """How often any run was recorded as interrupted."""
    return sum(event["event"] == "interrupted" for run in store.runs() for event in run.events)
