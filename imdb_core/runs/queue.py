"""Where a queued run waits: its place, the run before it, and how long the training runs still take.

Called by live, for the Watch page. The queue itself is moved on by launcher.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from imdb_core.runs.progress import progress
from imdb_core.runs.run import Run


@dataclass(frozen=True)
class Place:
    """A place in the queue, from 1; `before` names the queued run before it or, at place 1, a training run.

    `seconds_left` is for the training run that ends first; None while unknown.
    """

    number: int
    before: str | None
    seconds_left: float | None


def place(run: Run, listed: Iterable[Run]) -> Place | None:
    """The run's place among the runs `listed`, newest first; None if it has left the queue.

    Only runs that are trained at the same place (runs.places) count.
    """
    listed = [each for each in listed if each.place == run.place]
    queued = [each for each in reversed(listed) if each.state == "queued"]
    ids = [each.id for each in queued]
    if run.id not in ids:
        return None
    number = ids.index(run.id) + 1
    training = [(_seconds_left(each), each) for each in listed if each.active]
    known = [(seconds, each) for seconds, each in training if seconds is not None]
    first = min(known, key=lambda pair: pair[0]) if known else (None, training[0][1]) if training else None
    before = queued[number - 2] if number > 1 else first[1] if first else None
    return Place(number, before.name if before else None, first[0] if first else None)


def _seconds_left(run: Run) -> float | None:
    return progress(run).seconds_left if run.config else None
