"""A sweep as pages show it: the settings tried so far in few bytes, the best, the budget and the time left.

Needs no Optuna. Called by the page of sweeps and control.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from imdb_core.runs import places, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.optimism import Optimism, by_left_out_seeds
from imdb_core.sweeps.space import Value
from imdb_core.sweeps.sweep import Sweep, SweepConfig
from imdb_core.sweeps.trials import Setting, State, best, front, is_open, settings

FEWEST_FOR_TIME = 3  # ended runs from which the time left is estimated
RECENT = 20  # ended runs whose mean duration counts


@dataclass(frozen=True)
class Tried:
    """A setting: its values in the order of the sweep's space, and its figures, means over its runs.

    `value` is the objective; `cost` the second objective, None without one. `runs` are ids, `run_states`
    their states. `remark` says how its last run ended, "" if as planned.
    """

    number: int
    state: State
    values: tuple[Value, ...]
    value: float | None
    cost: float | None
    epochs: int
    runs: tuple[str, ...]
    run_states: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True)
class Budget:
    """One limit of a sweep and how much of it is used: "runs", "epochs" or "hours"."""

    name: str
    used: float
    most: float

    @property
    def share(self) -> float:
        return min(1.0, self.used / self.most)


@dataclass(frozen=True)
class Overview:
    """A sweep at one moment. `best` is None before a setting is complete, and with a second objective.

    `seconds_left` is None if it cannot be estimated. `saved_epochs` are those that were not trained because
    runs were ended early. `left_out` says how lucky the choice is, see optimism.by_left_out_seeds.
    """

    sweep: Sweep
    tried: tuple[Tried, ...]
    best: Tried | None
    front: tuple[Tried, ...]
    budgets: tuple[Budget, ...]
    open_runs: tuple[store.Run, ...]
    seconds_left: float | None
    saved_epochs: int
    left_out: Optimism | None

    @property
    def is_moving(self) -> bool:
        """Whether the sweep may change by itself."""
        return self.sweep.state == "running" or bool(self.open_runs)

    @property
    def share(self) -> float:
        """The used share of the budget that is used most."""
        return max((budget.share for budget in self.budgets), default=0.0)

    def count(self, state: State) -> int:
        """How many settings are in this state."""
        return sum(each.state == state for each in self.tried)

    def by_number(self, number: int) -> Tried | None:
        """The setting with this number; None if its runs were deleted."""
        return next((each for each in self.tried if each.number == number), None)

    def leading(self, count: int) -> list[Tried]:
        """The complete settings with the best objectives, the best first."""
        complete = [each for each in self.tried if each.state == "complete" and each.value is not None]
        sign = 1 if self.sweep.config and self.sweep.config.minimizes else -1
        return sorted(complete, key=lambda each: sign * (each.value or 0.0))[:count]


def overview(sweep: Sweep) -> Overview:
    """The sweep as its runs show it now; of a damaged sweep without settings."""
    if sweep.config is None:
        return Overview(sweep, (), None, (), (), (), None, 0, None)
    runs = sweep_store.runs(sweep)
    found = settings(sweep, runs)
    tried = {each.number: _tried(sweep.config, each) for each in found}
    chosen = best(sweep, found) if sweep.config.cost == "none" else None
    on_front = front(sweep, found) if sweep.config.cost != "none" else []
    is_running = sweep.state == "running"  # only then are interrupted runs resumed
    open_runs = tuple(run for run in runs if is_open(run) and (is_running or run.state != "interrupted"))
    budgets = _budgets(sweep.config, runs)
    saved = sum(
        run.config.epochs - len(run.epochs)
        for each in found
        if each.state == "pruned"
        for run in each.runs
        if run.config
    )
    return Overview(
        sweep,
        tuple(tried.values()),
        tried[chosen.number] if chosen else None,
        tuple(tried[each.number] for each in on_front),
        budgets,
        open_runs,
        _seconds_left(budgets, runs, open_runs, sweep.place) if is_running else None,
        saved,
        by_left_out_seeds(sweep.config, found),
    )


def _tried(config: SweepConfig, setting: Setting) -> Tried:
    last = setting.runs[-1]
    return Tried(
        setting.number,
        setting.state,
        tuple(setting.values[dimension.name] for dimension in config.space),
        setting.value(config),
        None if config.cost == "none" else setting.cost(config),
        sum(len(run.epochs) for run in setting.runs),
        tuple(run.id for run in setting.runs),
        tuple(run.state for run in setting.runs),
        last.message or "",
    )


def _budgets(config: SweepConfig, runs: Sequence[store.Run]) -> tuple[Budget, ...]:
    """The limits that the sweep has; a run counts as soon as it was made."""
    epochs = sum(len(run.epochs) for run in runs)
    hours = sum(run.training_seconds for run in runs) / 3600
    limits = (
        Budget("runs", len(runs), config.runs),
        Budget("epochs", epochs, config.most_epochs),
        Budget("hours", hours, config.most_hours),
    )
    return tuple(budget for budget in limits if budget.most)


def _seconds_left(
    budgets: Sequence[Budget], runs: Sequence[store.Run], open_runs: Sequence[store.Run], place: str
) -> float | None:
    """Seconds until the first budget is used up, from the mean of the newest ended runs.

    So many runs train at once as there are slots at the `place`. Runs that wait in the same queue are not
    counted.
    """
    ended = [seconds for run in runs if (seconds := _duration(run)) is not None][-RECENT:]
    if len(ended) < FEWEST_FOR_TIME:
        return None
    mean, parallel = statistics.fmean(ended), places.runs_at_once(place)
    done = len(runs) - len(open_runs)
    left = []
    for budget in budgets:
        used = done if budget.name == "runs" else budget.used
        if used > 0:
            left.append((budget.most - used) * mean * done / used / parallel)
    return max(0.0, min(left)) if left else None


def _duration(run: store.Run) -> float | None:
    """Seconds from the newest start of the run to its end; None if it has not ended or lacks the times."""
    try:
        begin = datetime.fromisoformat(run.event("started")["time"])
        return (datetime.fromisoformat(run.ending["time"]) - begin).total_seconds()
    except (LookupError, ValueError, TypeError):
        return None
