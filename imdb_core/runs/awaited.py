"""The teacher that a queued run waits for. Called by assignment and scoring.teachers."""

from imdb_core.config import RunConfig
from imdb_core.errors import RunError
from imdb_core.runs import store


def awaited_teacher(config: RunConfig) -> store.Run | None:
    """The teacher of `config` if it is a run that waits, trains, or was interrupted before it had a network.

    None for any other teacher: it can be asked now, or it will never have a network.
    """
    if not config.teacher:
        return None
    try:
        run = store.find(config.teacher)
    except RunError:  # pretrained/NAME is no run of the user, and a run may have been deleted
        return None
    comes = run.waits or run.active or (run.state == "interrupted" and not run.has_model)
    return run if comes and not run.damaged else None
