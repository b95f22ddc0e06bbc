"""The settings that a sweep has tried, from its runs: their values, figures and states. Needs no Optuna.

Called by study, pruning, proposer and the command line.
A setting is a point of the space; with several seeds it has several runs, and its figures are their means.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from imdb_core import architectures
from imdb_core.runs import store
from imdb_core.runs.rows import Row
from imdb_core.sweeps.space import Value
from imdb_core.sweeps.sweep import Sweep, SweepConfig, membership

# Pruner -> code of a run's event "stopped" when its sweep ended it early.
PRUNED = {"median": "pruned_by_median", "best_third": "not_in_best_third"}
HOURS_SPENT = "sweep_hours_spent"  # the same, if the sweep's hours ended while the run was trained
MOST_RESUMES = 5  # of one run that is interrupted again and again
State = Literal["open", "complete", "pruned", "failed"]


@dataclass(frozen=True)
class Setting:
    """One setting: its number from 0, its values by name, and its runs, one for each seed so far."""

    number: int
    values: dict[str, Value]
    runs: tuple[store.Run, ...]
    state: State

    def value(self, config: SweepConfig) -> float | None:
        """The mean objective of its runs' kept epochs; None before the first epoch."""
        figures = [value for run in self.runs if (value := best_value(run.epochs, config)) is not None]
        return statistics.fmean(figures) if figures else None

    def cost(self, config: SweepConfig) -> float:
        """The second objective: mean seconds of training, or the number of parameters."""
        if config.cost == "seconds":
            return statistics.fmean(run.training_seconds for run in self.runs)
        trained = self.runs[0].config
        return float(sum(row.parameters for row in architectures.layer_table(trained))) if trained else 0.0


def settings(sweep: Sweep, runs: Sequence[store.Run]) -> list[Setting]:
    """The sweep's settings in the order of their numbers. Runs that cannot be read are left out."""
    config, grouped = sweep.config, dict[int, list[store.Run]]()
    if config is None:
        return []
    for run in runs:
        number = (membership(run) or ("", -1))[1]
        if run.config is not None and number >= 0:
            grouped.setdefault(number // config.seeds, []).append(run)
    return [_setting(config, number, tuple(grouped[number])) for number in sorted(grouped)]


def best_value(epochs: Sequence[Row], config: SweepConfig) -> float | None:
    """The objective of the kept epoch, which is the epoch with the lowest validation loss so far."""
    measured = [row for row in epochs if row.get("val_loss") is not None]
    if not measured:
        return None
    kept = min(measured, key=lambda row: row["val_loss"])
    figure: float | None = kept.get(config.objective)
    return figure


def by_epoch(run: store.Run, config: SweepConfig) -> dict[int, float]:
    """Epoch -> the objective if the run had ended there."""
    values = {
        row["epoch"]: best_value(run.epochs[: place + 1], config) for place, row in enumerate(run.epochs)
    }
    return {epoch: value for epoch, value in values.items() if value is not None}


def best(sweep: Sweep, tried: Sequence[Setting]) -> Setting | None:
    """The complete setting with the best objective; with a second objective see front()."""
    config = sweep.config
    if config is None:
        return None
    values = {each.number: each.value(config) for each in tried if each.state == "complete"}
    measured = {number: value for number, value in values.items() if value is not None}
    if not measured:
        return None
    number = (min if config.minimizes else max)(measured, key=measured.__getitem__)
    return next(each for each in tried if each.number == number)


def front(sweep: Sweep, tried: Sequence[Setting]) -> list[Setting]:
    """The Pareto front: complete settings with a better objective than every setting that costs no more.

    The cheapest setting comes first.
    """
    config = sweep.config
    if config is None:
        return []
    sign = 1 if config.minimizes else -1
    points = [
        (each.cost(config), sign * value, each)
        for each in tried
        if each.state == "complete" and (value := each.value(config)) is not None
    ]
    chosen: list[Setting] = []
    lowest = float("inf")
    for _, value, each in sorted(points, key=lambda point: point[:2]):
        if value < lowest:
            chosen.append(each)
            lowest = value
    return chosen


def is_open(run: store.Run) -> bool:
    """Whether the run may still change by itself, or the sweep will resume it."""
    if run.state == "interrupted":
        return [event.get("event") for event in run.events].count("queued") <= MOST_RESUMES
    return run.state in ("queued", *store.ACTIVE)


def is_pruned(run: store.Run) -> bool:
    """Whether the sweep ended the run early."""
    return run.ending.get("code") in (*PRUNED.values(), HOURS_SPENT)


def _setting(config: SweepConfig, number: int, runs: tuple[store.Run, ...]) -> Setting:
    first = runs[0].config
    values = {dimension.name: getattr(first, dimension.name) for dimension in config.space}
    return Setting(number, values, runs, _state(config, runs))


def _state(config: SweepConfig, runs: tuple[store.Run, ...]) -> State:
    if any(map(is_pruned, runs)):
        return "pruned"
    if any(is_open(run) for run in runs):
        return "open"
    if any(run.state != "finished" for run in runs):
        return "failed"  # failed, or stopped by the user
    return "complete" if len(runs) >= config.seeds else "open"
