"""Queue the next runs of all sweeps that are not finished: python -m imdb_core.sweeps.proposer

A short process of its own, because the server does not load Optuna. The launcher starts it when a slot is
free. It works while it holds the queue's lock. The id of each run follows from its sweep and its number. So
neither two proposers at once nor a killed proposer makes a run twice.
"""

import contextlib
import sys

from imdb_core.config import RunConfig
from imdb_core.data import sources
from imdb_core.errors import ConfigError, UserError
from imdb_core.runs import disk_space, launcher, locks, places, store
from imdb_core.sentences import Sentence
from imdb_core.sweeps import budget
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.study import next_values
from imdb_core.sweeps.sweep import Sweep, SweepConfig, membership
from imdb_core.sweeps.trials import HOURS_SPENT, Setting, is_open, settings

TRIES = 100  # settings that do not fit together are skipped, at most this many in a row
MOST_FAILURES = 5  # settings that fail one after another stop their sweep


def main() -> int:
    """Resume interrupted runs of sweeps, queue new ones while slots are free, and start them."""
    with contextlib.suppress(locks.Held), launcher.asking():
        unfinished = sweep_store.unfinished()
        for name in {sweep.place for sweep in unfinished}:
            _propose_at(name, [sweep for sweep in unfinished if sweep.place == name])
    launcher.dispatch(propose=False)
    return 0


def _propose_at(name: str, sweeps: list[Sweep]) -> None:
    """Queue new runs of the sweeps at the place `name` while it has free slots.

    An error, such as a full disk or a place that cannot be used now, delays only its sweep or its place.
    """
    try:
        free = places.named(name).slots() - len(_open_runs(name, sweeps))
    except UserError as error:
        print(error, file=sys.stderr, flush=True)
        return
    for sweep in sweeps:
        try:
            free -= propose(sweep, free)
        except (UserError, OSError) as error:
            print(f"Sweep {sweep.id}: {error}", file=sys.stderr, flush=True)


def propose(sweep: Sweep, free: int) -> int:
    """Queue up to `free` new runs of the sweep; returns how many. Ends a sweep that has used its budget.

    Raises UserError or OSError if a run cannot be written.
    """
    queued = 0
    _resume_interrupted(sweep)
    while True:
        runs = sweep_store.runs(sweep)
        tried = settings(sweep, runs)
        if reason := why_stopped(sweep, tried):
            sweep_store.record(sweep, "stopped", **reason.fields)
            return queued
        following = _next_run(sweep, tried)
        if following is None or not budget.allows(sweep.config, runs, following[1]):
            if not any(is_open(run) for run in runs):
                sweep_store.record(sweep, "finished")
            return queued
        if queued >= free:
            return queued
        number, config = following
        disk_space.require_space(config)
        store.create(config, sweep.run_id(number), sweep=sweep.id, number=number)
        queued += 1


def why_stopped(sweep: Sweep, tried: list[Setting]) -> Sentence | None:
    """Why the sweep should make no further run although it has not used its budget."""
    if sweep.config and not sources.exists(sweep.config.base.dataset):
        return Sentence("sweep_data_set_gone", dataset=sweep.config.base.dataset)
    ended = [each.runs[-1] for each in tried if each.state != "open"]
    new = [run for run in ended if run.id > sweep.reported]
    failed = [run for run in new[-MOST_FAILURES:] if run.state == "failed"]
    if len(failed) < MOST_FAILURES:
        return None
    return Sentence("sweep_runs_failed", count=MOST_FAILURES, run=failed[-1].id)


def _open_runs(place: str, sweeps: list[Sweep]) -> set[str]:
    """The ids of the runs that use a slot of the place or wait for one, and of interrupted runs of sweeps."""
    of_sweeps = [run for sweep in sweeps for run in sweep_store.runs(sweep) if is_open(run)]
    unsettled = [run for run in store.unsettled() if run.place == place and (run.waits or run.active)]
    return {run.id for run in (*unsettled, *of_sweeps)}


def _resume_interrupted(sweep: Sweep) -> None:
    """Resume the runs whose worker was killed, a bounded number of times."""
    runs = sweep_store.runs(sweep)
    for run in runs:
        if run.state == "interrupted" and is_open(run):
            with contextlib.suppress(UserError, OSError):
                if budget.hours_are_spent(sweep.config, runs):
                    spent = Sentence(HOURS_SPENT, epoch=len(run.epochs))
                    store.record(run.folder, "stopped", **spent.fields)
                else:
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
