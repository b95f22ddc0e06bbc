"""Start a sweep, and estimate before what it costs at most. Called by the form and the command line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.data import sources
from imdb_core.errors import ConfigError
from imdb_core.runs import cost, devices, launcher, places, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.space import Dimension
from imdb_core.sweeps.sweep import Sweep, SweepConfig


def start(config: SweepConfig, id: str | None = None) -> Sweep:
    """A new sweep, whose first runs are made; if `id` exists already (a double click), the existing sweep.

    Raises what launcher.submit() raises for a run with the values that do not vary.
    """
    id = id or store.new_id()
    if not (sweep_store.root() / id).exists():
        launcher.require_startable(config.base)
    sweep = sweep_store.create(config, id)
    launcher.dispatch()
    return sweep_store.read(sweep.folder)


@dataclass(frozen=True)
class Cost:
    """What a sweep costs at most: `runs`, of which `at_once` are trained at the same time, and `epochs`.

    `seconds` of waiting are estimated for its most expensive values, and None if no run of its network has
    finished an epoch. `by_hours` says whether its budget of hours ends it before. Small batches take longer
    than estimated; `small_batches` says whether the sweep may try them.
    """

    runs: int
    at_once: int
    epochs: int
    seconds: float | None
    by_hours: bool
    small_batches: bool


def at_most(config: SweepConfig, listed: Sequence[store.Run], gpus: Sequence[devices.Gpu]) -> Cost:
    """The cost of a sweep, estimated from the `listed` runs. Runs that are ended early cost less."""
    largest = most_expensive(config.base, config.space)
    runs = config.runs - config.runs % config.seeds
    epochs = runs * largest.epochs
    if config.most_epochs and config.most_epochs < epochs:
        epochs = config.most_epochs
    runs = min(runs, epochs)
    at_once = max(1, min(places.runs_at_once(largest.place), runs))
    threads = places.named(largest.place).threads(alone=at_once == 1)
    place = replace(cost.place_now(largest, listed, gpus), threads=threads)
    seconds = cost.estimate(largest, listed, place).seconds
    waiting = None if seconds is None else seconds * math.ceil(epochs / at_once)
    limit = config.most_hours * 3600 / at_once
    by_hours = bool(limit) and (waiting is None or limit < waiting)
    batches = min(_ends(config.space, "batch_size"), default=config.base.batch_size)
    small = batches < config.base.batch_size
    return Cost(runs, at_once, epochs, limit if by_hours else waiting, by_hours, small)


def most_expensive(base: RunConfig, space: Sequence[Dimension]) -> RunConfig:
    """`base` with the values of `space` that make an epoch and the whole run take longest."""
    config = base
    for dimension in space:
        facts = configs.facts(dimension.name)
        if dimension.name != "epochs" and facts.epoch_cost == "none":
            continue
        ends = dimension.choices or [dimension.of_kind(end) for end in (dimension.low, dimension.high)]
        config = max((_changed(config, dimension.name, value) for value in ends), key=_work)
    return config


def _work(config: RunConfig) -> float:
    return config.epochs * (cost.operations(config) if sources.exists(config.dataset) else 1.0)


def _changed(config: RunConfig, name: str, value: object) -> RunConfig:
    """`config` with another value; unchanged if the value does not fit to the values changed before."""
    try:
        return config.changed(**{name: value})
    except ConfigError:
        return config


def _ends(space: Sequence[Dimension], name: str) -> list[float]:
    """The smallest and largest number of a dimension; empty if the hyperparameter does not vary."""
    for dimension in space:
        if dimension.name == name:
            return [float(value) for value in dimension.choices] or [dimension.low, dimension.high]
    return []
