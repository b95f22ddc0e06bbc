"""How often a run was started, and the "launching" event of the next start. Called by places and the standby.

A place records "launching" before it starts a worker. The worker records "started". If it never does, the run
has failed after MOST_STARTS.
"""

from imdb_core.operating_system import machine
from imdb_core.runs import refusals, store
from imdb_core.sentences import Sentence

MOST_STARTS = 2  # after so many starts without a "started" event of the worker, a run has failed
ALREADY_TRAINED = 75  # exit code of a worker elsewhere that ends because another worker trains the run


def begin(run: store.Run, **fields: object) -> int | None:
    """Record "launching" with the place, this machine and `fields`; returns the attempt, from 1.

    After MOST_STARTS of these events without a "started" event, the run has failed and must not be started:
    then it records the failure and returns None. Raises RunError if an event cannot be written.
    """
    starts = since_queued(run)
    if starts >= MOST_STARTS:
        record_failure(run, Sentence("never_recorded", starts=starts))
        return None
    attempt = starts + 1
    store.record(run.folder, "launching", attempt=attempt, place=run.place, **machine.identity(), **fields)
    refusals.forget(run.folder)
    return attempt


def record_failure(run: store.Run, failure: Sentence) -> None:
    """Record that the run has failed. Raises RunError."""
    store.record(run.folder, "failed", **failure.fields)


def since_queued(run: store.Run) -> int:
    """How often the run was started since it was last queued."""
    return sum(event["event"] == "launching" for event in run.since_queued)


def in_all(run: store.Run) -> int:
    """How often the run was started since it was created."""
    return sum(event["event"] == "launching" for event in run.events)
