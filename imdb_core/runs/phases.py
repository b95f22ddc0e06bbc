"""Which phase a run is in while it has no new rows, since when, and how long the phase usually takes.

Before its first row a run starts, loads texts, starts Keras and trains the first batches. After its last row
it is tested. The phases follow from the run's events. Called by live, for the page "Watch a run".
"""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from imdb_core.runs.journal import UnsoundRow
from imdb_core.runs.rows import Row
from imdb_core.runs.run import NAMING_EVENTS, Run

FIRST_BATCHES = "first_batches"  # the phase "training" before its first row: code is compiled then
FIRST_ROW = "first-row"  # the event that ends this phase
MOST_DURATIONS = 5  # a median of the newest durations follows a change of the machine
FEWEST_SECONDS = 0.0  # a clock that was set back must not make a duration negative


@dataclass(frozen=True)
class Phase:
    """A phase that goes on: its code (see sentences), and the seconds since its begin.

    `usual_seconds` is the median duration of this phase in past runs; None if no past run has completed it.
    """

    code: str
    seconds: float
    usual_seconds: float | None


@dataclass(frozen=True)
class _Span:
    """A phase of a run; `end` is None while it goes on, or if the run ended within it.

    A standby has imported Keras already, so its phases take less time. `by_standby` tells them apart; None if
    no process has recorded yet that it trains the run.
    """

    code: str
    begin: datetime
    by_standby: bool | None = None
    end: datetime | None = None

    @property
    def seconds(self) -> float:
        end = self.end or datetime.now(UTC)  # perhaps by the clock of another machine, which differs
        return max(FEWEST_SECONDS, (end - self.begin).total_seconds())


def current(run: Run, past_runs: Iterable[Run] = ()) -> Phase | None:
    """The phase that the run is in; None while it writes rows, waits, or has ended.

    `past_runs` are newest first, as store.runs() lists them; `run` may be among them. The usual duration
    comes from past runs with the same network and data set. If there are none, it comes from runs with the
    same network; if there are none of these either, from all runs. Durations of a standby are kept apart.
    """
    if run.state not in ("starting", "running"):
        return None
    spans = _spans(run.events)
    if not spans or spans[-1].end is not None:
        return None
    now = spans[-1]
    others = [other for other in past_runs if other.id != run.id]
    return Phase(now.code, now.seconds, _usual_seconds(run, now, others))


def _usual_seconds(run: Run, now: _Span, past_runs: list[Run]) -> float | None:
    """The median duration of the phase `now` in the past runs that are most like `run`."""
    durations = {likeness: list[float]() for likeness in (2, 1, 0)}
    for past in past_runs:
        seconds = durations[_likeness(past, run)]
        seconds += list(_durations(past, now))[: MOST_DURATIONS - len(seconds)]
        if len(durations[2]) == MOST_DURATIONS:
            break
    return next((statistics.median(seconds) for seconds in durations.values() if seconds), None)


def _likeness(past: Run, run: Run) -> int:
    """2: the same network and data set, 1: the same network, 0: another network."""
    if past.config is None or run.config is None or past.network != run.network:
        return 0
    return 1 + (past.config.dataset == run.config.dataset)


def _durations(run: Run, now: _Span) -> Iterator[float]:
    """Seconds of each completed phase with the code of `now`, newest first; none for unreadable events.

    If it is known whether a standby trains `now`, only phases of the same kind of process count.
    """
    try:
        spans = _spans(run.events)
    except (OSError, UnsoundRow):  # the run was damaged after it was listed
        return
    for span in reversed(spans):
        is_like = now.by_standby in (None, span.by_standby)
        if span.code == now.code and is_like and span.end is not None:
            yield span.seconds


def _spans(events: list[Row]) -> list[_Span]:
    """The phases of all starts of a run, in order, without phases that a kill or an error cut off."""
    spans: list[_Span] = []
    open_span: _Span | None = None
    by_standby: bool | None = None
    launched: datetime | None = None
    for event in events:
        kind, time = event["event"], _time(event)
        if time is None:
            continue
        if open_span and kind in ("phase", FIRST_ROW, "finished"):
            spans.append(replace(open_span, end=time))
        if kind == "launching":
            by_standby, launched = None, time
        elif kind == "started":
            by_standby = event.get("standby", False)
            open_span = replace(open_span, by_standby=by_standby) if open_span else None
        if kind in ("launching", "phase") or (kind == "started" and open_span is None):
            open_span = _Span(_code(event), time, by_standby)
        elif kind not in ("started", "resumed", "stop-requested", "extra-failed", *NAMING_EVENTS):
            open_span = None
    if open_span and launched:  # the worker's clock may be behind that of the machine that launched it
        open_span = replace(open_span, begin=max(open_span.begin, launched))
    return [*spans, open_span] if open_span else spans


def _code(event: Row) -> str:
    """The code of the phase that begins with `event`."""
    phase: str = event.get("phase", "starting")
    return FIRST_BATCHES if phase == "training" else phase


def _time(event: Row) -> datetime | None:
    """When the event was recorded; None if a run of an older version has no time there."""
    try:
        return datetime.fromisoformat(event["time"])
    except (KeyError, ValueError):
        return None
