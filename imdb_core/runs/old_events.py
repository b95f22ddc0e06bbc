"""Events of earlier versions in today's form. Called by rows, so that all other modules see only codes.

Earlier versions wrote English: the phase, and `message`, `notice` and `reason`, which are shown unchanged.
They knew two classes only and counted the positive reviews.
"""

from typing import Any

PHASES = {
    "loading the reviews": "loading_texts",
    "starting Keras": "starting_keras",
    "evaluating on the test reviews": "evaluating",
}
FAILURES = {"reviews": "reviews_unusable", "disk": "disk_failed", "memory": "out_of_memory"}
DIVERGED = "training has diverged"  # in the message of a failure; the oldest versions wrote no cause


# Today's counts of both classes: the earlier versions' counts of positive reviews and of all reviews.
COUNTS = {
    "class_counts": ("positive_reviews", "reviews"),
    "validation_class_counts": ("positive_validation_reviews", "validation_reviews"),
    "test_class_counts": ("test_positive_reviews", "test_reviews"),
}


def upgraded(event: dict[str, Any]) -> dict[str, Any]:
    """`event` with codes for its phase, failure, notice and failed extra, and with counts of all classes."""
    codes = _class_counts(event)
    if event.get("phase") in PHASES:
        codes["phase"] = PHASES[event["phase"]]
    if event.get("notice"):
        codes["notices"] = [_text(event["notice"])]
    if "code" in event:
        return event | codes
    if event["event"] == "failed" and (cause := _cause(event)):
        codes["code"] = FAILURES.get(cause, cause)
    elif event["event"] == "extra-failed" and "reason" in event:
        codes |= _text(event["reason"])
    return event | codes


def _text(text: str) -> dict[str, Any]:
    return {"code": "text", "values": {"text": text}}


def _class_counts(event: dict[str, Any]) -> dict[str, Any]:
    """The counts [negative, positive] of an event that counts only the positive reviews."""
    counts: dict[str, Any] = {}
    for name, (old_positive, old_reviews) in COUNTS.items():
        if old_positive not in event or name in event:
            continue
        positive, reviews = event[old_positive], event.get(old_reviews)
        if positive is not None and reviews is not None and positive <= reviews:
            counts[name] = [reviews - positive, positive]
    return counts


def _cause(failure: dict[str, Any]) -> str | None:
    cause: str | None = failure.get("cause")
    return cause or ("diverged" if DIVERGED in (failure.get("message") or "") else None)
