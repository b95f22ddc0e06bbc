"""The runs that a queued run waits for: its teacher, and the language model that it starts from.

Called by assignment, scoring.teachers and scoring.language_models.
"""

from collections.abc import Callable

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
    return _awaited(config.teacher, lambda run: run.has_model)


def awaited_language_model(config: RunConfig) -> store.Run | None:
    """The language model that `config` starts from; the same rule as for a teacher, with its weights."""
    return _awaited(config.start_from, lambda run: weights_file(run) is not None)


def _awaited(id: str, can_be_used: Callable[[store.Run], bool]) -> store.Run | None:
    """The run with this id, if it will be trained; None for pretrained/NAME, a deleted or a damaged run."""
    try:
        run = store.find(id) if id else None
    except RunError:
        return None
    if run is None or run.damaged:
        return None
    comes = run.waits or run.active or (run.state == "interrupted" and not can_be_used(run))
    return run if comes else None
