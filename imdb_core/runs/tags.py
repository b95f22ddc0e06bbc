"""The tags of a run: short texts by which a user finds runs again. Called by the list of runs and `tag`.

Each change of tags is an event, as each new name is. The current tags follow from all events.
"""

from collections.abc import Iterable

from imdb_core.errors import RunError
from imdb_core.plain_text import one_line
from imdb_core.runs import store
from imdb_core.runs.run import Run

MOST_TAGS = 10  # of one run
LONGEST_TAG = 30  # characters
SET, REMOVED = "tagged", "untagged"  # events


def tags(run: Run) -> list[str]:
    """The run's tags in the order in which they were set; none for a damaged run."""
    current: dict[str, None] = {}
    for event in [] if run.damaged else run.events:
        if event.get("event") == SET:
            current |= dict.fromkeys(event.get("tags") or [])
        elif event.get("event") == REMOVED:
            for tag in event.get("tags") or []:
                current.pop(tag, None)
    return list(current)[:MOST_TAGS]


def parsed(text: str) -> list[str]:
    """The tags in a text with commas between them. Raises RunError for a tag that is too long."""
    return checked(text.split(","))


def checked(given: Iterable[str]) -> list[str]:
    """`given` without empty and repeated tags. Raises RunError for a tag that is not allowed."""
    tags = [" ".join(one_line(tag).split()) for tag in given]
    for tag in tags:
        if len(tag) > LONGEST_TAG or "," in tag:
            raise RunError(
                f"The tag {tag[:60]!r} is not allowed: a tag has 1 to {LONGEST_TAG} characters and no comma."
            )
    return list(dict.fromkeys(tag for tag in tags if tag))


def add(run: Run, given: Iterable[str]) -> Run:
    """Set tags. Raises RunError if a tag is not allowed, if there are too many, or if the disk refuses."""
    present = tags(_changeable(run))
    new = [tag for tag in checked(given) if tag not in present]
    if len(present) + len(new) > MOST_TAGS:
        raise RunError(
            f"{run.name} has {len(present)} tags and would get {len(new)} more; {MOST_TAGS} are allowed. "
            "Remove a tag first."
        )
    return _recorded(run, SET, new)


def remove(run: Run, given: Iterable[str]) -> Run:
    """Remove the tags that the run has of `given`. Raises RunError as add()."""
    present = tags(_changeable(run))
    return _recorded(run, REMOVED, [tag for tag in checked(given) if tag in present])


def _changeable(run: Run) -> Run:
    if run.damaged:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}) and cannot be tagged, only deleted.")
    return run


def _recorded(run: Run, event: str, changed: list[str]) -> Run:
    """Without a change no event is written, so that clicks do not fill the file."""
    if changed:
        store.record(run.folder, event, tags=changed)
    return store.read(run.folder)
