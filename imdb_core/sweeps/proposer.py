"""Queue the next runs of all sweeps that are not finished: python -m imdb_core.sweeps.proposer

A short process of its own, because the server does not load Optuna. The launcher starts it when a slot is
free. It works while it holds the queue's lock. The id of each run follows from its sweep and its number. So
neither two proposers at once nor a killed proposer makes a run twice.
"""

import contextlib
import sys

from imdb_core.config import RunConfig
from imdb_core.errors import ConfigError, UserError
from imdb_core.runs import launcher, locks, places, store
from imdb_core.runs.places import PlaceError
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.study import next_values
from imdb_core.sweeps.sweep import Sweep, SweepConfig, membership
from imdb_core.sweeps.trials import Setting, is_open, settings

TRIES = 100  # settings that do not fit together are skipped, at most this many in a row


def main() -> int:
    """Resume interrupted runs of sweeps, queue new ones while slots are free, and start them."""
    with contextlib.suppress(locks.Held), launcher.asking():
        unfinished = sweep_store.unfinished()
        for name in {sweep.place for sweep in unfinished}:
            try:
                _propose_at(name, [sweep for sweep in unfinished if sweep.place == name])
            except PlaceError as error:  # a place that cannot be used now delays only its own sweeps
                print(error, file=sys.stderr)
    launcher.dispatch(propose=False)
    return 0


def _propose_at(name: str, sweeps: list[Sweep]) -> None:
    """Queue new runs of the sweeps at the place `name` while it has free slots. Raises PlaceError."""
    open_runs = sum(is_open(run) for sweep in sweeps for run in sweep_store.runs(sweep))
    free = places.named(name).slots() - open_runs
    for sweep in sweeps:
        free -= propose(sweep, free)


def propose(sweep: Sweep, free: int) -> int:
    """Queue up to `free` new runs of the sweep; returns how many. Ends a sweep that has used its budget."""
    made = 0
    _resume_interrupted(sweep)
    while True:
        runs = sweep_store.runs(sweep)
        following = None if is_spent(sweep, runs) else _next_run(sweep, settings(sweep, runs))
        if following is None:
            if not any(is_open(run) for run in runs):
                sweep_store.record(sweep, "finished")
            return made
        if made >= free:
            return made
        number, config = following
        store.create(config, sweep.run_id(number), sweep=sweep.id, number=number)
        made += 1


def is_spent(sweep: Sweep, runs: list[store.Run]) -> bool:
    """Whether the sweep may make no further run."""
    config = sweep.config
    if config is None:
        return True
    epochs = sum(len(run.epochs) for run in runs)
    hours = sum(run.training_seconds for run in runs) / 3600
    return bool(
        (config.most_epochs and epochs >= config.most_epochs)
        or (config.most_hours and hours >= config.most_hours)
    )


def _resume_interrupted(sweep: Sweep) -> None:
    """Resume the runs whose worker was killed, a bounded number of times."""
    for run in sweep_store.runs(sweep):
        if run.state == "interrupted" and is_open(run):
            with contextlib.suppress(UserError, OSError):
                store.record(run.folder, "queued", resumed=True)


def _next_run(sweep: Sweep, tried: list[Setting]) -> tuple[int, RunConfig] | None:
    """(number, config) of the next run; None if all are made, or if no setting fits together."""
    config = sweep.config
    if config is None:
        return None
    for setting in tried:  # further seeds of a setting whose runs so far are good
        ended_well = setting.state == "open" and not any(map(is_open, setting.runs))
        if ended_well and len(setting.runs) < config.seeds:
            last = max((membership(run) or ("", 0))[1] for run in setting.runs)
            if (seed := last % config.seeds + 1) < config.seeds:
                return last + 1, _config(config, setting.values, seed)
    first = tried[-1].number + 1 if tried else 0
    for number in range(first, min(first + TRIES, config.runs // config.seeds)):
        with contextlib.suppress(ConfigError):  # values that do not fit together are left out
            return number * config.seeds, _config(config, next_values(config, tried, number), 0)
    return None


def _config(config: SweepConfig, values: dict[str, int | float | str], seed: int) -> RunConfig:
    """The config of one run: its base with the setting's values and the seed of this repetition."""
    return config.base.changed(**values, seed=config.base.seed + seed, name="")


if __name__ == "__main__":
    sys.exit(main())
