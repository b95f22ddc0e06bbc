"""How far a run is, computed from its rows. Called by the Watch page."""

import time
from dataclasses import dataclass
from pathlib import Path

from imdb_core.runs import layout
from imdb_core.runs.rows import Row
from imdb_core.runs.run import time_of_epoch
from imdb_core.runs.store import Run
from imdb_core.sentences import Sentence

SILENT_SECONDS = 60  # a worker writes a row at least every 30 s; only its first batch may take longer


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    `share` is the trained share of all planned epochs, 0 to 1. `seconds_left` is None while unknown. `memory`
    is in bytes.
    """

    share: float
    epoch: int
    epochs: int
    seconds_left: float | None
    words_per_second: float | None
    memory: int | None
    activity: Sentence


def progress(run: Run) -> Progress:
    """The progress of a run whose config can be read. Early stopping may end the run before `epochs`."""
    if run.config is None:
        raise ValueError(f"Run {run.id} is damaged, so its planned epochs are unknown.")
    last = run.metrics[-1] if run.metrics else {}
    epochs, unreachable = run.config.epochs, run.unreachable
    epochs_done = last["epoch"] - 1 + last.get("step", 0) / max(1, last.get("steps", 1)) if last else 0.0
    next_began = bool(last) and last["kind"] == "epoch" and run.active
    return Progress(
        share=1.0 if run.state == "finished" else min(1.0, epochs_done / epochs),
        epoch=min(epochs, last["epoch"] + next_began) if last else 1,
        epochs=epochs,
        seconds_left=_seconds_left(run, epochs - epochs_done) if run.active and not unreachable else None,
        words_per_second=last.get("words_per_second"),
        memory=last.get("memory"),
        activity=unreachable or run.delay or _activity(run),
    )


def row_seconds(run: Run) -> float | None:
    """Seconds between the two newest rows within an epoch; None while there are no two."""
    within = [row for row in run.metrics[-3:] if row["kind"] == "batch"]
    if len(within) < 2 or within[-1]["epoch"] != within[-2]["epoch"]:
        return None
    seconds: float = within[-1]["seconds"] - within[-2]["seconds"]
    return seconds


def _newest_epoch_seconds(run: Run) -> float | None:
    """Seconds of the newest epoch, validation included; None while unknown.

    Before the first epoch is finished, it is estimated from the steps between the first row and the last.
    The time before the first row does not count, because Keras compiles then. The median of all epochs would
    react too slowly when another run starts or ends on this machine.
    """
    if run.epochs:
        return time_of_epoch(run.epochs[-1])
    if not run.metrics:
        return None
    first, last = run.metrics[0], run.metrics[-1]
    steps = last["step"] - first["step"]
    return _seconds_of_all_steps(first, last) if steps > 0 else None


def _seconds_of_all_steps(first: Row, last: Row) -> float:
    seconds: float = last["steps"] * (last["seconds"] - first["seconds"]) / (last["step"] - first["step"])
    return seconds


def _seconds_left(run: Run, epochs_left: float) -> float | None:
    seconds = _newest_epoch_seconds(run)
    return None if seconds is None else epochs_left * seconds


def _activity(run: Run) -> Sentence:
    """The state, or the phase of a running training, or that its worker is silent for too long."""
    if run.state != "running":
        return Sentence(run.state)
    phase = run.event("phase").get("phase") or "starting"
    silent_seconds = _silent_seconds(run)
    if phase == "training" and silent_seconds > SILENT_SECONDS:
        return Sentence("not_responding", seconds=silent_seconds)
    return Sentence(phase)


def _silent_seconds(run: Run) -> float:
    """How long this process has seen no new row of the run."""
    size = sum(_size(run.folder / name) for name in (layout.EVENTS, layout.METRICS))
    known_size, since = _last_change.get(run.folder, (None, 0.0))
    if size != known_size:
        since = time.monotonic()
        _last_change[run.folder] = (size, since)
    return time.monotonic() - since


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # not written yet, or deleted at this moment
        return 0


_last_change: dict[Path, tuple[int, float]] = {}  # run's folder -> (bytes of its rows, when first seen)
