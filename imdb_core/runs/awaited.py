"""The runs that a queued run waits for: its teacher, and the language model that it starts from.

Called by assignment, scoring.teachers and scoring.language_models.
"""

from imdb_core.config import RunConfig
from imdb_core.errors import RunError
from imdb_core.runs import store


def awaited_runs(config: RunConfig) -> list[store.Run]:
    """The teacher and the language model of `config` that will be ready later; see below."""
    awaited = awaited_language_model(config), awaited_teacher(config)
    return [run for run in awaited if run]


def awaited_teacher(config: RunConfig) -> store.Run | None:
    """The teacher of `config` if it is a run that waits, trains, or was interrupted before it had a network.

    None for any other teacher: it can be asked now, or it will never have a network.
    """
    run = _found(config.teacher)
    return run if run and (_comes(run) or (run.state == "interrupted" and not run.has_model)) else None


def awaited_language_model(config: RunConfig) -> store.Run | None:
    """The language model that `config` starts from, if its run waits, trains, or was interrupted."""
    run = _found(config.start_from)
    return run if run and (_comes(run) or run.state == "interrupted") else None


def _found(id: str) -> store.Run | None:
    """The run with this id; None for pretrained/NAME, for a deleted or a damaged run."""
    try:
        run = store.find(id) if id else None
    except RunError:
        return None
    return run if run and not run.damaged else None


def _comes(run: store.Run) -> bool:
    return run.waits or run.active
