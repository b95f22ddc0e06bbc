"""How far a run is, from its rows: for the live page and the list."""

import time
from dataclasses import dataclass

from imdb_core.runs import layout
from imdb_core.runs.store import Run

SILENT_SECONDS = 60  # a worker writes at least twice a minute; only a first batch may take longer than this
LOOK_SECONDS = (
    2,
    8,
)  # least and most between two looks at a run: what looking takes, the run and other visitors lack


@dataclass(frozen=True)
class Progress:
    """`share` 0 to 1 of all epochs; `seconds_left` None until it can be told; `memory` in bytes."""

    share: float
    epoch: int
    epochs: int
    seconds_left: float | None
    words_per_second: float | None
    memory: int | None
    doing: str


def progress(run: Run) -> Progress:
    """The progress of a run with a readable config; early stopping may end it sooner."""
    last = run.metrics[-1] if run.metrics else {}
    epochs = run.config.epochs
    within = last.get("step", 0) / max(1, last.get("steps", 1))
    done = (last["epoch"] - 1 + within) if last else 0.0
    return Progress(
        share=1.0 if run.state == "finished" else min(1.0, done / epochs),
        epoch=min(epochs, last["epoch"] + (last["kind"] == "epoch" and run.active)) if last else 1,
        epochs=epochs,
        seconds_left=_seconds_left(run, epochs - done) if run.active else None,
        words_per_second=last.get("words_per_second"),
        memory=last.get("memory"),
        doing=_doing(run),
    )


def look_seconds(run: Run) -> int:
    """How long a page that watches the run rests between two looks: an epoch, within bounds; whole seconds,
    lest it waver.
    """
    least, most = LOOK_SECONDS
    return min(most, max(least, round(_newest_epoch_seconds(run) or least)))


def _newest_epoch_seconds(run):
    """Validation included; before the first whole epoch from the steps between the first and the last row, or
    None.

    Not the median of all: another run may have begun, or ended, beside this one.
    """
    if run.epochs:
        newest = run.epochs[-1]
        return newest["seconds"] + newest["validation_seconds"]
    first, last = (run.metrics[0], run.metrics[-1]) if run.metrics else ({}, {})
    steps = last["step"] - first["step"] if last else 0
    if (
        steps <= 0
    ):  # the first row alone says nothing: it includes Keras's preparations; in validation no step is added
        return None
    return last["steps"] * (last["seconds"] - first["seconds"]) / steps


def _seconds_left(run, epochs_left):
    seconds = _newest_epoch_seconds(run)
    return None if seconds is None else epochs_left * seconds


def _doing(run):
    if run.state != "running":
        return run.state
    phase = run.event("phase").get("phase") or "starting"
    silent = _silent_seconds(run)
    if phase == "training" and silent > SILENT_SECONDS:
        return f"not responding for {silent:.0f} s (it may be paused or stuck; Stop ends it)"
    return phase


def _silent_seconds(run) -> float:
    """How long this process has seen nothing new from the run's worker; its lock says that it lives."""
    size = sum(_size(run.folder / name) for name in (layout.EVENTS, layout.METRICS))
    known, since = _last_news.get(run.folder, (None, 0.0))
    if size != known:
        since = time.monotonic()
        _last_news[run.folder] = (size, since)
    return time.monotonic() - since


def _size(path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it is not there yet, or somebody takes it away just now
        return 0


_last_news: dict = {}  # run's folder -> (size of its rows, when this process first saw it)
