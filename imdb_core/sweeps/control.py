"""What a user does with a sweep: stop it, let it go on, delete it, train a setting again with fresh seeds.

Called by the page of sweeps and the command line.
"""

from collections.abc import Sequence

from imdb_core.errors import RunError
from imdb_core.runs import launcher, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.overview import Overview
from imdb_core.sweeps.sweep import Chosen, Sweep, SweepConfig
from imdb_core.sweeps.trials import is_pruned, settings

FRESH_SEEDS = 3
MOST_SEED = 2**31 - 1
LONGEST_NAME = 80  # characters of a run's name


def stop(sweep: Sweep) -> Sweep:
    """End the sweep's runs and make no more. Each run keeps its best epoch. Raises RunError."""
    with launcher.asking():  # no process makes a run meanwhile
        now = sweep_store.read(sweep.folder)
        if now.state == "running":
            now = sweep_store.record(now, "stopped")
    for run in sweep_store.runs(now):
        if run.state not in store.ENDED:
            launcher.stop(run)
    return now


def go_on(sweep: Sweep) -> Sweep:
    """Go on with a stopped sweep; the runs that its stop ended are resumed. Raises RunError."""
    with launcher.asking():
        now = sweep_store.read(sweep.folder)
        if now.state == "stopped":
            for run in sweep_store.runs(now):
                if _was_stopped_with(now, run):
                    store.record(run.folder, "queued", resumed=True)
            now = sweep_store.record(now, "continued")
    launcher.dispatch()
    return now


def delete(sweep: Sweep, *, with_runs: bool = False) -> None:
    """Remove the sweep's folder, and its runs if `with_runs`. Raises RunError while a run is open.

    Runs that stay are ordinary runs. After a failure, the sweep is there and can be deleted again.
    """
    with launcher.asking():  # no process makes a run meanwhile
        runs = sweep_store.remaining_runs(sweep)
        if any(run.active or run.state == "queued" for run in runs):
            raise RunError(f"Runs of the sweep {sweep.name} are queued or training. Stop the sweep first.")
        for run in runs if with_runs else ():
            store.delete(run)
        sweep_store.remove(sweep)


def train_again(sweep: Sweep, setting: int, count: int = FRESH_SEEDS) -> list[store.Run]:
    """Queue `count` runs of the setting with seeds that the sweep has not used; they are tested at the end.

    A second call for the same setting makes no further runs, unless all runs of the first call were deleted.
    Raises RunError if the sweep has no such setting, and as launcher.submit().
    """
    config = sweep.config
    tried = settings(sweep, sweep_store.runs(sweep))
    base = next((each.runs[0].config for each in tried if each.number == setting), None)
    if config is None or base is None:
        raise RunError(f"The sweep {sweep.name} has no setting {setting}; its runs may be deleted.")
    with launcher.asking():
        chosen = chosen_for(sweep_store.read(sweep.folder), setting)
        if chosen is None:
            ids = [store.new_id() for _ in range(count)]
            sweep_store.record(sweep, sweep_store.CHOSEN, setting=setting, runs=ids)
            chosen = Chosen(setting, tuple(ids))
    seeds = fresh_seeds(config, len(chosen.runs))
    return [
        launcher.submit(
            base.changed(seed=seed, name=_name(sweep, setting, seed)), id, best_of=sweep.id, setting=setting
        )
        for id, seed in zip(chosen.runs, seeds, strict=True)
    ]


def chosen_for(sweep: Sweep, setting: int) -> Chosen | None:
    """The newest choice of this setting of which a run still exists."""
    choices = [each for each in sweep.chosen if each.setting == setting]
    return next((each for each in reversed(choices) if any(map(store.exists, each.runs))), None)


def fresh_seeds(config: SweepConfig, count: int) -> list[int]:
    """Seeds that no run of the sweep has."""
    first = config.base.seed + config.seeds
    return [(first + place) % (MOST_SEED + 1) for place in range(count)]


def keep_moving(overview: Overview, fresh: Sequence[store.Run] = ()) -> None:
    """Move the queue on if no worker will do it: nothing is active, or a run of the sweep was interrupted.

    For pages that follow a sweep and the runs of its settings with `fresh` seeds. It takes time that grows
    with the number of all runs. So nothing is done while a run is active, whose worker moves the queue on.
    """
    states = [run.state for run in (*overview.open_runs, *fresh)]
    waits = overview.is_moving or "queued" in states
    if "interrupted" in states or (waits and not set(states) & set(store.ACTIVE)):
        launcher.dispatch(wait=False)


def _was_stopped_with(sweep: Sweep, run: store.Run) -> bool:
    """Whether the run ended because its sweep was stopped, not because a user stopped this run before."""
    ending = run.ending
    stopped_late = str(ending.get("time", "")) >= sweep.stopped_at
    return run.state == "stopped" and not is_pruned(run) and stopped_late


def _name(sweep: Sweep, setting: int, seed: int) -> str:
    """Where the run comes from: "Setting 12 of my sweep, seed 8"."""
    begin, end = f"Setting {setting} of ", f", seed {seed}"
    room = LONGEST_NAME - len(begin) - len(end)
    name = sweep.name if len(sweep.name) <= room else sweep.name[: room - 1].rstrip() + "…"
    return begin + name + end
