"""Whether a run's sweep would end it after its newest epoch. Called by the worker, which may load Optuna."""

from imdb_core.runs import store
from imdb_core.sentences import Sentence
from imdb_core.sweeps import budget
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import membership
from imdb_core.sweeps.trials import HOURS_SPENT, PRUNED, settings


def verdict(run: store.Run) -> Sentence | None:
    """Why to end the run now; None for a good run, and for a run of no sweep or of a deleted one.

    `run` may have been read before its newest epoch: a run of a sweep is read again.
    """
    belongs = membership(run)
    if belongs is None:  # most runs: nothing is read
        return None
    sweep = sweep_store.read(sweep_store.root() / belongs[0])
    if sweep.config is None or (sweep.config.pruner == "none" and not sweep.config.most_hours):
        return None
    runs = sweep_store.runs(sweep)
    now = next((each for each in runs if each.id == run.id), run)
    if budget.hours_are_spent(sweep.config, runs):
        return Sentence(HOURS_SPENT, epoch=len(now.epochs))
    if sweep.config.pruner == "none":
        return None
    from imdb_core.sweeps import study  # loads Optuna, which only runs of a sweep need

    if not study.is_worse_than_others(sweep.config, settings(sweep, runs), now):
        return None
    return Sentence(PRUNED[sweep.config.pruner], epoch=len(now.epochs))
