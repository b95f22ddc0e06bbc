"""A sweep that two rows run twice, once undisturbed and once disturbed, to compare the settings."""

import contextlib
import os
from collections.abc import Callable, Iterator

from imdb_core import config as configs
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.space import parsed
from imdb_core.sweeps.sweep import Sweep
from imdb_core.sweeps.trials import best, settings
from tests.faults.support.waiting import wait_until


@contextlib.contextmanager
def one_run_at_a_time() -> Iterator[None]:
    """A context in which this process and its children have one core: only then is the order the same."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def new_sweep(*, runs: int, epochs: int) -> Sweep:
    """A sweep over two hyperparameters that nobody moves on yet."""
    base = configs.preset("cnn_lstm_dense", dataset="demo", epochs=epochs)
    space = [parsed("learning_rate=0.0001..0.1:log").model_dump(), parsed("units=8..64:8").model_dump()]
    values = {"base": base.model_dump(), "space": space, "most_runs": runs}
    return sweep_store.create(sweep_module.checked(values))


def ended(sweep: Sweep, look: Callable[[], object], seconds: float) -> Sweep:
    """The sweep after its end. look() moves it on when no worker does. Raises TimeoutError."""

    def has_ended():
        look()
        return sweep_store.read(sweep.folder).state == "finished"

    wait_until(has_ended, seconds)
    return sweep_store.read(sweep.folder)


def tried(sweep: Sweep) -> list[tuple]:
    """(values, state, whether it is the best) of each setting."""
    all_settings = settings(sweep, sweep_store.runs(sweep))
    chosen = best(sweep, all_settings)
    return [(each.values, each.state, each.number == chosen.number) for each in all_settings]
