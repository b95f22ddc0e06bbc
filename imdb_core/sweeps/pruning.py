"""Whether a run's sweep would end it after its newest epoch. Called by the worker, which may load Optuna."""

from pathlib import Path

from imdb_core.runs import store
from imdb_core.sentences import Sentence
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import membership
from imdb_core.sweeps.trials import PRUNED, settings


def verdict(folder: Path) -> Sentence | None:
    """Why to end the run in `folder` now; None for a good run, and if it has no sweep or a deleted sweep."""
    run = store.read(folder)
    belongs = membership(run)
    if belongs is None:
        return None
    sweep = sweep_store.read(sweep_store.root() / belongs[0])
    if sweep.config is None or sweep.config.pruner == "none":
        return None
    from imdb_core.sweeps import study  # loads Optuna, which only runs of a sweep need

    if not study.is_worse_than_others(sweep.config, settings(sweep, sweep_store.runs(sweep)), run):
        return None
    return Sentence(PRUNED[sweep.config.pruner], epoch=len(run.epochs))
