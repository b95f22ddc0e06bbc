"""Sentences about problems that did not end a run: a failed extra, a missing device, a changed framework.

Computed from the run's events. Called by the Watch page.
"""

import os
from typing import Any

from imdb_core.runs import layout
from imdb_core.runs.rows import Row
from imdb_core.runs.run import Run
from imdb_core.sentences import Sentence

MOST_CHANGES = 5  # only the newest changes of device, framework or version are listed
MOST_UNKNOWN = 3  # extras of a newer version that are listed
LONGEST_NAME = 40  # characters of the name of an unknown extra
LONGEST_VERSION = 20  # characters
# Codes of the extras, in the order of their notes. The text is in sentences, as "extra_" and the code.
EXTRAS = (
    "probes",
    "continuations",
    "epoch-model",
    "inside",
    "learning",
    "log",
    "output",
    "memory",
    "model",
    "weights",
    "predictions",
    "balance",
    "pruning",
)


def notes(run: Run) -> list[Sentence]:
    """Problems that did not end the run, the most important first; usually an empty list."""
    return [*_notices(run), *_failed_extras(run), *_changes(run)]


def _notices(run: Run) -> list[Sentence]:
    """The worker's newest notices, about its device and about a missing TensorFlow."""
    for event in reversed(run.events):
        if event.get("notices"):
            return [Sentence(notice["code"], **notice.get("values", {})) for notice in event["notices"]]
    return []


def _failed_extras(run: Run) -> list[Sentence]:
    failures = _newest_failures(run)
    unknown = [extra for extra in failures if extra not in EXTRAS]
    shown = [*(extra for extra in EXTRAS if extra in failures), *unknown[:MOST_UNKNOWN]]
    return [_extra_failed(failures[extra]) for extra in shown]


def _newest_failures(run: Run) -> dict[str, Row]:
    """Extra -> its newest "extra-failed" event, without extras that succeeded after a resume."""
    failures = {event["extra"]: event for event in run.events if event.get("event") == "extra-failed"}
    succeeded = {
        "model": run.has_model,
        "weights": run.is_exported,
        "predictions": os.path.isfile(run.folder / layout.PREDICTIONS),
    }
    return {extra: event for extra, event in failures.items() if not succeeded.get(extra)}


def _extra_failed(event: Row) -> Sentence:
    extra, epoch = event["extra"], event.get("epoch")
    known = extra in EXTRAS
    failure = Sentence(f"extra_{extra}") if known else Sentence("unknown_extra", extra=extra[:LONGEST_NAME])
    reason = Sentence(event["code"], **event.get("values", {}))
    if epoch:
        return Sentence("extra_failed_since", failure=failure, epoch=epoch, reason=reason)
    return Sentence("extra_failed", failure=failure, reason=reason)


def _changes(run: Run) -> list[Sentence]:
    """One sentence per resume that changed the device, the framework or a version; the newest ones."""
    sentences, previous, device = [], dict[str, Any](), "cpu"
    for event, epoch in zip(run.events, _epochs_of_resumes(run.events), strict=True):
        if event.get("event") == "started":
            device = event["device"].partition(":")[0]
        if isinstance(event.get("versions"), dict):  # the event of the phase "training"
            current = {"device": device, "backend": event.get("backend"), **event["versions"]}
            changed = [name for name in current if name in previous and current[name] != previous[name]]
            if changed and epoch:
                changes = ", ".join(_change(name, current[name], previous[name]) for name in changed)
                sentences.append(Sentence("resumed_differently", epoch=epoch, changes=changes))
            previous = current
    return sentences[-MOST_CHANGES:]


def _change(name: str, now: Any, before: Any) -> Sentence:
    return Sentence("change", name=name, now=str(now)[:LONGEST_VERSION], before=str(before)[:LONGEST_VERSION])


def _epochs_of_resumes(events: list[Row]) -> list[int | None]:
    """For each event, the epoch of the first "resumed" event from there on; None if there is none."""
    epochs, epoch = list[int | None](), None
    for event in reversed(events):
        if event.get("event") == "resumed":
            epoch = event.get("epoch")
        epochs.append(epoch)
    return epochs[::-1]
