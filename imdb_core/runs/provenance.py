"""Which reviews and which version of the app a run was trained with, and whether these are the same now.

The worker asks before it resumes a run. Pages ask before they show a review beside a run's probability, compare two
runs or draw a baseline. Runs of older versions recorded less; what was not recorded is not compared.
"""

import functools
import hashlib
from pathlib import Path

from imdb_core.errors import DataError
from imdb_core.files import checksum, open_regular, read_bounded
from imdb_core.runs.ownership import LARGEST_CONFIG
from imdb_core.runs.rows import MOST_EVENT_BYTES
from imdb_core.runs.run import Run

CODE = Path(__file__).resolve().parent.parent
SHOWN_DIGITS = 12  # of a fingerprint, in sentences


def fingerprint(run: Run) -> str | None:
    """The fingerprint of the reviews that the run learned from; None if it recorded none."""
    return _newest(run, "fingerprint")


def learned_from(run: Run, reviews: str) -> bool:
    """Whether the run learned from the corpus with the fingerprint `reviews`, as far as it recorded it."""
    return fingerprint(run) in (None, reviews)


def same_reviews(first: Run, second: Run) -> bool:
    """Whether both runs were trained and tested on the same reviews, as far as they recorded it."""
    if first.config.dataset != second.config.dataset:
        return False
    return len({fingerprint(first), fingerprint(second)} - {None}) < 2


def demand_shown(run: Run, shown_fingerprint: str) -> None:
    """Raise DataError if the reviews of this machine are not the run's: a text would stand beside a wrong probability."""
    if not learned_from(run, shown_fingerprint):
        raise DataError(
            f"{run.name} was trained and tested on other reviews ({fingerprint(run)[:SHOWN_DIGITS]}…) than those of this machine "
            f"({shown_fingerprint[:SHOWN_DIGITS]}…), so their text cannot be shown. {_remedy(run)}, or train a new run."
        )


def demand_same_reviews(run: Run, facts: dict) -> None:
    """Raise DataError if a run that has finished an epoch would go on with other reviews than it began with.

    `facts` is what Material.facts() gives now. A run without a finished epoch starts anew, whatever it began with.
    """
    if not run.epochs and not any(run.folder.glob("checkpoints/epoch-*")):
        return
    now = facts["fingerprint"]
    if not learned_from(run, now):
        digits = f"{fingerprint(run)[:SHOWN_DIGITS]}…, now {now[:SHOWN_DIGITS]}…"
        raise DataError(
            f"The reviews are others than those this run began with (fingerprint {digits}), so it was not resumed and "
            f"nothing of it was changed. {_remedy(run)} and resume the run, or train a new run with “Train a variant”."
        )
    if _newest(run, "prepared") not in (None, facts["prepared"]):
        raise DataError(
            "This version of the app splits or shortens the reviews otherwise than the one this run began with, so it was not "
            "resumed and nothing of it was changed. Use the earlier version, or train a new run with “Train a variant”."
        )


def of_folder(folder: Path) -> str | None:
    """A checksum of what makes a run's folder this run: its config and its first event. None if they are missing.

    It stays the same if the folder is moved or copied; files from another run's folder do not have it.
    """
    try:
        with open_regular(folder / "events.jsonl", MOST_EVENT_BYTES) as events:
            first = events.readline(LARGEST_CONFIG)
        return checksum([read_bounded(folder / "config.json", LARGEST_CONFIG).hex(), first.hex()])
    except (OSError, ValueError):
        return None


@functools.cache
def app_version() -> str:
    """The first digits of a checksum of the code that decides a run's figures."""
    digest = hashlib.sha256()
    folders = (CODE / name for name in ("architectures", "data", "training"))
    modules = [CODE / "config.py", CODE / "initial_weights.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    for path in sorted(modules):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:SHOWN_DIGITS]


def _newest(run: Run, name: str) -> str | None:
    return next((event[name] for event in reversed(run.events) if isinstance(event.get(name), str)), None)


def _remedy(run: Run) -> str:
    if run.config.dataset == "demo":
        return "Use the version of the app that made the run's demo reviews"
    return "Put the run's reviews back or name their folder with IMDB_DATA_DIR"
