"""Compare the reviews and the app's version that a run recorded with those of now.

The worker does this before it resumes a run; evaluation does it before a page shows a review beside a run's
probability, compares two runs or draws a baseline. Runs of older versions recorded less; what they did not
record is not compared.
"""

import functools
import hashlib
from pathlib import Path

from imdb_core.errors import DataError
from imdb_core.files import checksum, open_regular, read_bounded
from imdb_core.runs import layout
from imdb_core.runs.ownership import LARGEST_CONFIG
from imdb_core.runs.rows import MOST_EVENT_BYTES
from imdb_core.runs.run import Run

CODE = Path(__file__).resolve().parent.parent
SHOWN_DIGITS = 12  # of a fingerprint, in sentences


def fingerprint(run: Run) -> str | None:
    """The fingerprint (sha256, hex) of the reviews that the run was trained on; None if it recorded none."""
    return _newest(run, "fingerprint")


def learned_from(run: Run, reviews: str) -> bool:
    """Whether the run was trained on the corpus with the fingerprint `reviews`; True if it recorded none."""
    return fingerprint(run) in (None, reviews)


def same_reviews(first: Run, second: Run) -> bool:
    """Whether both runs were trained and tested on the same reviews; True if one recorded no fingerprint."""
    if first.config.dataset != second.config.dataset:
        return False
    return len({fingerprint(first), fingerprint(second)} - {None}) < 2


def demand_shown(run: Run, shown_fingerprint: str) -> None:
    """Raise DataError if this machine's reviews are not the run's: a text would be shown with another
    review's probability.
    """
    if not learned_from(run, shown_fingerprint):
        raise DataError(
            f"{run.name} was trained and tested on reviews ({fingerprint(run)[:SHOWN_DIGITS]}…) that differ from those on this "
            f"machine ({shown_fingerprint[:SHOWN_DIGITS]}…), so their text cannot be shown. {_remedy(run)}, or train a new run."
        )


def demand_same_reviews(run: Run, facts: dict) -> None:
    """Raise DataError if a run that has finished an epoch would go on with other reviews than it began with.

    `facts` are those of Material.facts() now. A run without a finished epoch starts from the beginning, with
    any reviews.
    """
    if not run.epochs and not any(run.folder.glob("checkpoints/epoch-*")):
        return
    now = facts["fingerprint"]
    if not learned_from(run, now):
        digits = f"{fingerprint(run)[:SHOWN_DIGITS]}…, now {now[:SHOWN_DIGITS]}…"
        raise DataError(
            f"The reviews differ from those this run began with (fingerprint {digits}), so it was not resumed and its files "
            f"were not changed. {_remedy(run)} and resume the run, or train a new run with “Train a variant”."
        )
    if _newest(run, "prepared") not in (None, facts["prepared"]):
        raise DataError(
            "This version of the app splits or shortens the reviews differently from the version this run began with, so it was "
            "not resumed and its files were not changed. Use the earlier version, or train a new run with “Train a variant”."
        )


def of_folder(folder: Path) -> str | None:
    """A checksum (sha256, hex) of a run's config and first event, which identify the run; None if they cannot
    be read.

    A moved or copied folder keeps it. Checkpoints record it, so that a checkpoint of another run is noticed.
    """
    try:
        with open_regular(folder / layout.EVENTS, MOST_EVENT_BYTES) as events:
            first = events.readline(LARGEST_CONFIG)
        return checksum([read_bounded(folder / layout.CONFIG, LARGEST_CONFIG).hex(), first.hex()])
    except (OSError, ValueError):
        return None


@functools.cache
def code_fingerprint() -> str:
    """The first digits of a checksum of the code that decides a run's figures."""
    digest = hashlib.sha256()
    folders = (CODE / name for name in ("architectures", "data", "training"))
    modules = [
        CODE / "config.py",
        CODE / "initial_weights.py",
        *(path for folder in folders for path in folder.rglob("*.py")),
    ]
    for path in sorted(modules):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:SHOWN_DIGITS]


def _newest(run: Run, name: str) -> str | None:
    return next((event[name] for event in reversed(run.events) if isinstance(event.get(name), str)), None)


def _remedy(run: Run) -> str:
    if run.config.dataset == "demo":
        return "Use the version of the app that made the run's demo reviews"
    return "Put the run's reviews back or name their folder with IMDB_DATA_DIR"
