"""Compare the reviews and the version of the app that a run recorded with the present ones.

The worker does this before it resumes a run. Evaluation does it before a page shows a review beside a run's
probability, compares two runs or draws a baseline. Runs of older versions recorded less; a fact that a run
did not record is not compared.
"""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imdb_core.config import RunConfig
from imdb_core.data import sources
from imdb_core.errors import DataError, RunError
from imdb_core.files import checksum, open_regular, read_bounded
from imdb_core.runs import layout
from imdb_core.runs.ownership import LARGEST_CONFIG
from imdb_core.runs.rows import MOST_EVENT_BYTES
from imdb_core.runs.run import Run

CODE = Path(__file__).resolve().parent.parent
SHOWN_DIGITS = 12  # of a fingerprint, in sentences
ADD_AGAIN = "Its data set was deleted: add the texts again and train a new run"


def fingerprint(run: Run) -> str | None:
    """The fingerprint (sha256, hex) of the reviews that the run was trained on; None if it recorded none."""
    return _newest(run, "fingerprint")


def learned_from(run: Run, reviews: str) -> bool:
    """Whether the run was trained on the corpus with the fingerprint `reviews`; True if it recorded none."""
    return fingerprint(run) in (None, reviews)


def same_reviews(first: Run, second: Run) -> bool:
    """Whether both runs were trained and tested on the same reviews; True if one recorded no fingerprint."""
    if _config(first).dataset != _config(second).dataset:
        return False
    return len({fingerprint(first), fingerprint(second)} - {None}) < 2


def require_shown_reviews(run: Run, shown_fingerprint: str) -> None:
    """Raise DataError if this machine's reviews are not the run's.

    A page would show a review's text beside the probability of another review.
    """
    if not learned_from(run, shown_fingerprint):
        raise DataError(
            f"{run.name} was trained and tested on texts ({_shortened(fingerprint(run))}) that differ from "
            f"those on this machine ({_shortened(shown_fingerprint)}), so their text cannot be shown. "
            f"{_remedy(run)}, or train a new run."
        )


def require_same_reviews(run: Run, facts: Mapping[str, Any]) -> None:
    """Raise DataError if a run that has finished an epoch would go on with other reviews than before.

    `facts` is Material.facts() of the present reviews. A run without a finished epoch starts from the
    beginning, with any reviews.
    """
    if not run.epochs and not any((run.folder / layout.CHECKPOINTS).glob("epoch-*")):
        return
    current = facts["fingerprint"]
    if not learned_from(run, current):
        fingerprints = f"{_shortened(fingerprint(run))}, now {_shortened(current)}"
        raise DataError(
            f"The texts differ from those this run began with (fingerprint {fingerprints}), so it was not "
            f"resumed and its files were not changed. {_remedy(run)} and resume the run, or train a new run "
            "with “Train a variant”."
        )
    if _newest(run, "prepared") not in (None, facts["prepared"]):
        raise DataError(
            "This version of the app splits or shortens the texts differently from the version this run "
            "began with, so it was not resumed and its files were not changed. Use the earlier version, or "
            "train a new run with “Train a variant”."
        )


def require_data_set(run: Run) -> None:
    """Raise DataError if the data set that the run learns from was deleted, so that it cannot go on."""
    dataset = _config(run).dataset
    if not sources.exists(dataset):
        raise DataError(
            f"{run.name} learned from the data set {dataset}, which was deleted, so it cannot be resumed. "
            f"Its files and figures stay. {ADD_AGAIN}."
        )


def folder_identity(folder: Path) -> str | None:
    """A checksum (sha256, hex) of the config and first event in a run's folder; None if they cannot be read.

    A moved or copied folder keeps its checksum. Each checkpoint records the checksum, so the worker notices a
    checkpoint of another run.
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
    folders = (CODE / name for name in ("architectures", "config", "data", "training"))
    modules = [
        *(CODE / name for name in ("answers.py", "class_weights.py", "initial_weights.py")),
        *(path for folder in folders for path in folder.rglob("*.py")),
    ]
    for path in sorted(modules):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:SHOWN_DIGITS]


def _newest(run: Run, name: str) -> str | None:
    """The text that the newest event with the field `name` holds there; None if no event has the field."""
    return next((event[name] for event in reversed(run.events) if isinstance(event.get(name), str)), None)


def _shortened(reviews: str | None) -> str:
    return f"{(reviews or '')[:SHOWN_DIGITS]}…"


def _config(run: Run) -> RunConfig:
    if run.config is None:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}), so its texts are not known.")
    return run.config


def _remedy(run: Run) -> str:
    dataset = _config(run).dataset
    return sources.get(dataset).remedy if sources.exists(dataset) else ADD_AGAIN
