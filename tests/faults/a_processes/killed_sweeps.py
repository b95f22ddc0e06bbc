"""Everything that belongs to a sweep is killed while it runs."""

import os

from imdb_core import config as configs
from imdb_core.runs import launcher, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.space import parsed
from imdb_core.sweeps.trials import best, settings
from tests.faults.rows import Outcome, row
from tests.faults.support.processes import end_processes_of
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub

RUNS, EPOCHS, KILLS = 9, 3, 2


@row(
    "A22",
    "all processes of a sweep are killed, twice during the sweep",
    "the same settings and the same best one as in an undisturbed sweep; 0 runs lost or made twice",
    breaks=("no proposer",),
)
def kill_a_sweep(place, patch, broken):
    use_stub(patch, STUB_STEP_SECONDS="0.01")
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # one run at a time: only then is the order the same
    try:
        undisturbed = _values(_ended(_new_sweep()))
        if broken:
            patch.setattr(launcher.movers, "PROPOSER", "no_such_module")
        killed = _killed_and_ended(place, 10 if broken else 240)
    except TimeoutError:
        return Outcome("the sweep did not go on", False)
    finally:
        os.sched_setaffinity(0, cores)
    values, strays = _values(killed), len(store.runs()) - 2 * RUNS
    figure = f"{sum(map(_differ, undisturbed, values))} of {RUNS} settings differ, "
    figure += f"{strays} runs lost or made twice"
    return Outcome(figure, values == undisturbed and not strays)


def _killed_and_ended(place, seconds):
    """A new sweep after its end; all its processes were killed KILLS times. Each wait has so many seconds."""
    sweep = _new_sweep()

    def has_runs(count):
        launcher.runs()  # as a page does it: after a kill, no process is left that moves the queue on
        return len(sweep_store.runs(sweep)) >= count

    for kill in range(1, KILLS + 1):
        wait_until(lambda: has_runs(kill * RUNS // 3), seconds)  # noqa: B023
        end_processes_of(place)
    return _ended(sweep, seconds)


def _new_sweep():
    base = configs.preset("cnn_lstm_dense", dataset="demo", epochs=EPOCHS)
    space = [parsed("learning_rate=0.0001..0.1:log").model_dump(), parsed("units=8..64:8").model_dump()]
    values = {"base": base.model_dump(), "space": space, "most_runs": RUNS}
    return sweep_store.create(sweep_module.checked(values))


def _ended(sweep, seconds=240):
    """The sweep after its end; its queue moves on as a page moves it on."""

    def has_ended():
        launcher.runs()
        return sweep_store.read(sweep.folder).state == "finished"

    launcher.dispatch()
    wait_until(has_ended, seconds)
    return sweep_store.read(sweep.folder)


def _values(sweep):
    """(values, state, whether it is the best) of each setting."""
    tried = settings(sweep, sweep_store.runs(sweep))
    chosen = best(sweep, tried)
    return [(each.values, each.state, each.number == chosen.number) for each in tried]


def _differ(first, second):
    return first != second
