"""The runs that a queued run waits for: its teacher, and the language model that it starts from.

Called by assignment, scoring.teachers and scoring.language_models.
"""

from imdb_core.config import RunConfig
from imdb_core.errors import RunError
from imdb_core.runs import store
from imdb_core.runs.learned_words import weights_file


def awaited_runs(config: RunConfig) -> list[store.Run]:
    """The teacher and the language model of `config` that will be ready later; see below."""
    awaited = awaited_language_model(config), awaited_teacher(config)
    return [run for run in awaited if run]


def awaited_teacher(config: RunConfig) -> store.Run | None:
    """The teacher of `config` if it is a run that waits, trains, or was interrupted before it had a network.

    None for any other teacher: it can be asked now, or it will never have a network.
    """
    run = _run_or_none(config.teacher)
    if run is None or not (_will_train(run) or (run.state == "interrupted" and not run.has_model)):
        return None
    return run


def awaited_language_model(config: RunConfig) -> store.Run | None:
    """The language model that `config` starts from; the same rule as for a teacher, with its weights."""
    run = _run_or_none(config.start_from)
    if run is None or not (_will_train(run) or (run.state == "interrupted" and not weights_file(run))):
        return None
    return run


def _run_or_none(id: str) -> store.Run | None:
    """The run with this id; None for pretrained/NAME, for a deleted or a damaged run."""
    try:
        run = store.find(id) if id else None
    except RunError:
        return None
    return run if run and not run.damaged else None


def _will_train(run: store.Run) -> bool:
    return run.waits or run.active
