"""What a sweep may still spend: runs, epochs and hours. Called by proposer, pruning and the form's estimate.

Epochs are reserved for a run before it is made, so the budget of epochs is never exceeded. How long an epoch
takes is not known before: a run that is trained when the hours end is ended after its epoch.
"""

from collections.abc import Sequence

from imdb_core.config import RunConfig
from imdb_core.runs.run import Run
from imdb_core.sweeps.sweep import SweepConfig
from imdb_core.sweeps.trials import is_open


def allows(config: SweepConfig | None, runs: Sequence[Run], following: RunConfig) -> bool:
    """Whether the sweep may make the run `following` after its `runs`. A damaged sweep may not."""
    if config is None or hours_are_spent(config, runs):
        return False
    return not config.most_epochs or reserved_epochs(runs) + following.epochs <= config.most_epochs


def hours_are_spent(config: SweepConfig | None, runs: Sequence[Run]) -> bool:
    """Whether the runs' finished epochs took the sweep's hours. A sweep without a limit has no end."""
    if config is None or not config.most_hours:
        return False
    return sum(run.training_seconds for run in runs) / 3600 >= config.most_hours


def reserved_epochs(runs: Sequence[Run]) -> int:
    """The finished epochs of ended runs and all epochs of the other runs, which may still train them."""
    return sum(run.config.epochs if run.config and is_open(run) else len(run.epochs) for run in runs)
