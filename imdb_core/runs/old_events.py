"""Events of earlier versions in today's form. Called by rows, so that all other modules see only codes.

Earlier versions wrote English: the phase, and `message`, `notice` and `reason`, which are shown unchanged.
"""

from typing import Any

PHASES = {
    "loading the reviews": "loading_texts",
    "starting Keras": "starting_keras",
    "evaluating on the test reviews": "evaluating",
}
FAILURES = {"reviews": "reviews_unusable", "disk": "disk_failed", "memory": "out_of_memory"}
DIVERGED = "training has diverged"  # in the message of a failure; the oldest versions wrote no cause


def upgraded(event: dict[str, Any]) -> dict[str, Any]:
    """`event` with codes for its phase, its failure, its notice and the reason of its failed extra."""
    codes: dict[str, Any] = {}
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


def _cause(failure: dict[str, Any]) -> str | None:
    cause: str | None = failure.get("cause")
    return cause or ("diverged" if DIVERGED in (failure.get("message") or "") else None)
