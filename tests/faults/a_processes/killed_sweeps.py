"""Everything that belongs to a sweep is killed while it runs."""

from imdb_core.runs import launcher, store
from imdb_core.sweeps import store as sweep_store
from tests.faults.rows import Outcome, row
from tests.faults.support.processes import end_processes_of
from tests.faults.support.repeated_sweeps import ended, new_sweep, one_run_at_a_time, tried
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub

RUNS, EPOCHS, KILLS = 9, 3, 2
SECONDS = 240  # for a whole sweep


@row(
    "A22",
    "all processes of a sweep are killed, twice during the sweep",
    "the same settings and the same best one as in an undisturbed sweep; 0 runs lost or made twice",
    breaks=("no proposer",),
)
def kill_a_sweep(place, patch, broken):
    use_stub(patch, STUB_STEP_SECONDS="0.01")
    try:
        with one_run_at_a_time():
            undisturbed = tried(ended(_new_sweep(), launcher.runs, SECONDS))
            if broken:
                patch.setattr(launcher.movers, "PROPOSER", "no_such_module")
            killed = tried(_killed_and_ended(place, 10 if broken else SECONDS))
    except TimeoutError:
        return Outcome("the sweep did not go on", False)
    differ = sum(first != second for first, second in zip(undisturbed, killed, strict=False))
    strays = len(store.runs()) - 2 * RUNS
    figure = f"{differ} of {RUNS} settings differ, {strays} runs lost or made twice"
    return Outcome(figure, killed == undisturbed and not strays)


def _new_sweep():
    return new_sweep(runs=RUNS, epochs=EPOCHS)


def _killed_and_ended(place, seconds):
    """A new sweep after its end; all its processes were killed KILLS times. Each wait has so many seconds."""
    sweep = _new_sweep()

    def has_runs(count):
        launcher.runs()  # as a page does it: after a kill, no process is left that moves the queue on
        return len(sweep_store.runs(sweep)) >= count

    for kill in range(1, KILLS + 1):
        wait_until(lambda: has_runs(kill * RUNS // 3), seconds)  # noqa: B023
        end_processes_of(place)
    return ended(sweep, launcher.runs, seconds)
