"""Optuna's part of a sweep: which setting to try next, and whether a run is worth its next epoch.

The study has no storage. It is rebuilt from the runs at each call, in milliseconds: Optuna's own journal
could not be read again after a torn line. Importing Optuna takes half a second, so pages do not import this
module.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from imdb_core.sweeps.space import Dimension, Value
from imdb_core.sweeps.sweep import SweepConfig
from imdb_core.sweeps.trials import Setting, by_epoch

WARM_UP_SETTINGS = 4  # so many complete settings come before the first run that is ended early
STATES = {
    "open": TrialState.RUNNING,
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
optuna.logging.set_verbosity(optuna.logging.WARNING)


def next_values(config: SweepConfig, tried: Sequence[Setting], number: int) -> dict[str, Value]:
    """The values of the setting `number`, which depend only on the arguments.

    A grid takes its points in order. Otherwise Optuna's sampler proposes; its seed includes the number, as
    each call is a study of its own.
    """
    if config.sampler == "grid":
        points = itertools.product(*(dimension.values for dimension in config.space))
        values = next(itertools.islice(points, number, None))
        return dict(zip((dimension.name for dimension in config.space), values, strict=True))
    trial = study_of(config, tried, number).ask(_distributions(config))
    return {dimension.name: dimension.proposed(trial.params[dimension.name]) for dimension in config.space}


def is_worse_than_others(config: SweepConfig, tried: Sequence[Setting], run: Any) -> bool:
    """Whether the sweep's pruner would end the run after its newest epoch."""
    if config.pruner == "none" or config.cost != "none":
        return False
    others = [each for each in tried if run.id not in {member.id for member in each.runs}]
    study = study_of(config, others, len(others))
    trial = study.ask()
    for epoch, value in by_epoch(run, config).items():
        trial.report(value, epoch)
    return bool(trial.should_prune())


def study_of(config: SweepConfig, tried: Sequence[Setting], number: int) -> optuna.Study:
    """A study that knows the settings tried so far; its sampler's seed includes `number`."""
    seed = int(np.random.SeedSequence((config.seed, number)).generate_state(1)[0])
    sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed)  # a grid needs only the pruner
    if config.sampler == "tpe":
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
    direction = StudyDirection.MINIMIZE if config.minimizes else StudyDirection.MAXIMIZE
    study = optuna.create_study(
        directions=[direction] if config.cost == "none" else [direction, StudyDirection.MINIMIZE],
        sampler=sampler,
        pruner=_pruner(config),
    )
    study.add_trials([trial for each in tried if (trial := _trial(config, each))])
    return study


def _pruner(config: SweepConfig) -> optuna.pruners.BasePruner:
    best_per_cent = 100 / 3 if config.pruner == "best_third" else 50  # of the complete settings
    return optuna.pruners.PercentilePruner(best_per_cent, WARM_UP_SETTINGS)


def _trial(config: SweepConfig, setting: Setting) -> optuna.trial.FrozenTrial | None:
    """The setting as Optuna's trial; None if a complete setting has no figures."""
    state, values = STATES[setting.state], None
    if state == TrialState.COMPLETE:
        value = setting.value(config)
        if value is None:
            return None
        values = [value] if config.cost == "none" else [value, setting.cost(config)]
    steps = by_epoch(setting.runs[0], config) if config.cost == "none" else {}
    distributions = _distributions(config)
    try:
        return create_trial(
            state=state,
            values=values,
            params=setting.values,
            distributions=distributions,
            intermediate_values=steps,
        )
    except ValueError:  # the run's values do not come from this sweep's space
        return None


def _distributions(config: SweepConfig) -> dict[str, BaseDistribution]:
    return {dimension.name: _distribution(dimension) for dimension in config.space}


def _distribution(dimension: Dimension) -> BaseDistribution:
    if dimension.choices:
        return CategoricalDistribution(dimension.choices)
    log = dimension.scale == "log"
    if dimension.is_whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log, int(dimension.step) or 1)
    return FloatDistribution(dimension.low, dimension.high, log, dimension.step or None)
