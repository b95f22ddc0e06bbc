"""Sentences on what did not go as usual in a run: a failed extra, a missing device, a changed framework.

Computed from the run's events. Called by the pages and the command line.
"""

import os

from imdb_core.runs import layout
from imdb_core.runs.run import Run

MOST_CHANGES = 5  # the newest ones are listed
# Code in an "extra-failed" event -> the beginning of its sentence.
EXTRAS = {
    "probes": "The probe reviews were not scored",
    "epoch-model": "The model of an epoch was not written",
    "log": "The log was not shortened",
    "output": "The log was not written",
    "memory": "The memory in use was not measured",
    "model": "The model for the text box was not written, so this run cannot score reviews",
    "predictions": "The predictions on single reviews were not written, so this run cannot be looked into or compared",
    "balance": "The figures for uneven classes were not computed",
}


def notes(run: Run) -> list[str]:
    """Sentences on what did not go as usual, the most important first; usually an empty list."""
    return [*_notice(run), *_failed_extras(run), *_changes(run)]


def _notice(run: Run) -> list[str]:
    """The worker's newest sentence about its device or about a missing TensorFlow."""
    newest = next((event["notice"] for event in reversed(run.events) if event.get("notice")), None)
    return [newest] if newest else []


def why_no_model(run: Run) -> str | None:
    """A sentence on why a run has no model for the text box; None if it has one, or its export did not fail."""
    failed = _newest_failures(run).get("model")
    return _sentence(failed) if failed else None


def _failed_extras(run: Run) -> list[str]:
    failures = _newest_failures(run)
    return [_sentence(failures[extra]) for extra in EXTRAS if extra in failures]


def _newest_failures(run: Run) -> dict[str, dict]:
    """Extra -> its newest "extra-failed" event, without extras that succeeded after a resume."""
    failures = {event["extra"]: event for event in run.events if event.get("event") == "extra-failed"}
    succeeded = {"model": run.has_model, "predictions": os.path.isfile(run.folder / layout.PREDICTIONS)}
    return {extra: event for extra, event in failures.items() if not succeeded.get(extra)}


def _sentence(event: dict) -> str:
    failure = EXTRAS.get(event["extra"], f"An extra ({event['extra'][:40]}) failed")
    since = f", from epoch {event['epoch']} on" if event.get("epoch") else ""
    return f"{failure}{since}: {event['reason']}. No epoch was lost."


def _changes(run: Run) -> list[str]:
    """A sentence for each of the newest resumes after which a run went on with another device, framework or
    version.
    """
    sentences, before, device, resumed_after = [], {}, "cpu", _resumes(run.events)
    for number, event in enumerate(run.events):
        if event.get("event") == "started":
            device = event["device"].partition(":")[0]
        if isinstance(event.get("versions"), dict):  # the event of the phase "training"
            now = {"device": device, "backend": event.get("backend"), **event["versions"]}
            changed = [name for name in now if name in before and now[name] != before[name]]
            epoch = resumed_after[number]
            if changed and epoch:
                values = ", ".join(
                    f"{name} {str(now[name])[:20]} instead of {str(before[name])[:20]}" for name in changed
                )
                sentences.append(
                    f"After epoch {epoch} it was resumed with {values}, so its figures may differ slightly."
                )
            before = now
    return sentences[-MOST_CHANGES:]


def _resumes(events: list[dict]) -> list[int | None]:
    """For each event the epoch of the first "resumed" from it on, or None."""
    epochs, epoch = [], None
    for event in reversed(events):
        if event.get("event") == "resumed":
            epoch = event.get("epoch")
        epochs.append(epoch)
    return epochs[::-1]
