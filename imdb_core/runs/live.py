"""The state and the new points of a watched run, for which its page asks again and again.

All tabs that watch one run share one look at its folder. Called by ui/live_route.py, ui/live_status.py and
ui/panels/live_run.py.
"""

import re
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field

from imdb_core.runs import launcher, layout, phases, queue, rows, store
from imdb_core.runs.phases import Phase
from imdb_core.runs.progress import Progress, progress, row_seconds
from imdb_core.runs.queue import Place
from imdb_core.runs.rows import Row
from imdb_core.runs.run import Run

LOOK_SECONDS = 0.3  # a look is shared for that long
QUEUE_SECONDS = 2.0  # a look at a queued run, because it lists all runs
LISTING_SECONDS = 5.0  # how long a look waits for the queue, which may be starting a run for 30 s
MOST_LOOKS = 64  # of runs that are watched at the same time
POSITION = re.compile(r"[0-9]{1,16}(\.[0-9]{1,16}){3}", re.ASCII)
ASK_SECONDS = 2.0, 8.0  # shortest and longest time between two questions of a page for new rows
START_SECONDS = 0.5  # between two questions while the run prepares its first row
DIGITS = 5  # of a point: significant digits of a figure, decimals of an epoch

Position = tuple[int, int, int, int]  # resumes of the run; epoch, step, whether the epoch is done


@dataclass(frozen=True)
class Look:
    """A run at one moment. A damaged run has neither progress nor phase; only a queued run has a place."""

    run: Run
    resumes: int
    progress: Progress | None
    phase: Phase | None
    place: Place | None

    @property
    def moving(self) -> bool:
        """Whether the run waits or is active."""
        return self.run.active or self.run.state == "queued"

    @property
    def position(self) -> Position:
        """The position of the newest row; points() returns what comes after a position."""
        newest = self.run.metrics[-1:]
        return _position(self.resumes, newest[0]) if newest else (self.resumes, 0, 0, 0)


@dataclass
class _Watched:
    """The newest look at a run, and since when its phase is known; `lock` guards all of it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    look: Look | None = None
    expires: float = 0.0
    events: int = -1
    phase: Phase | None = None
    phase_read: float = 0.0


def look(id: str) -> Look:
    """The run with this id as it is now. Raises RunMissing if there is none."""
    watched = _watched_run(id)
    with watched.lock:
        if watched.look is None or time.monotonic() >= watched.expires:
            watched.look = _look(store.find(id), watched)
            queued = watched.look.run.state == "queued"
            watched.expires = time.monotonic() + (QUEUE_SECONDS if queued else LOOK_SECONDS)
        return watched.look


def seen(run: Run) -> Look:
    """A look at `run`, which the page has just read; it is not shared with other tabs."""
    watched = _watched_run(run.id) if run.active else _Watched()
    with watched.lock:
        return _look(run, watched)


def ask_seconds(look: Look) -> float:
    """After how many seconds a page asks again. The page spreads the rows of one answer over this time.

    A question takes some milliseconds from the training, so a page does not ask for each row.
    """
    if look.run.state == "queued":
        return QUEUE_SECONDS
    if look.phase and look.phase.code != "evaluating":
        return START_SECONDS
    shortest, longest = ASK_SECONDS
    return min(longest, max(shortest, row_seconds(look.run) or shortest))


def points(look: Look, after: Position | None) -> tuple[bool, list[list[float | None]]]:
    """(whether the points replace all earlier points, the points after the position `after`).

    A point is [epoch, loss, accuracy]; at the end of an epoch [epoch, loss, accuracy, validation loss,
    validation accuracy]. All points are returned if `after` is None, or if the run was resumed since:
    then earlier points are void.
    """
    replaces = after is None or after[0] != look.resumes
    new: list[Row] = []
    for row in reversed(look.run.metrics):
        if not replaces and after is not None and _position(look.resumes, row) <= after:
            break
        new.append(row)
    return replaces, [_point(row) for row in reversed(new)]


def parsed_position(text: str) -> Position | None:
    """The position that the text of a request holds; None if the text is no position."""
    if not POSITION.fullmatch(text):
        return None
    resumes, epoch, step, done = map(int, text.split("."))
    return resumes, epoch, step, done


def forget() -> None:
    """Forget all looks, for tests."""
    with _lock:
        _watched.clear()


def _look(run: Run, watched: _Watched) -> Look:
    if run.damaged or run.config is None:
        return Look(run, 0, None, None, None)
    place = queue.place(run, _listed_runs()) if run.state == "queued" else None
    return Look(run, _resumes(run), progress(run), _phase(run, watched), place)


def _listed_runs() -> list[Run]:
    """All runs, after moving the queue on. If that takes long it goes on in a thread, and this returns."""
    global _listing
    with _lock:
        if _listing is None or _listing.done():
            _listing = Future()
            threading.Thread(target=_list_runs, args=(_listing,), daemon=True).start()
        listing = _listing
    try:
        return listing.result(LISTING_SECONDS)
    except TimeoutError:
        return store.runs()


def _list_runs(listing: "Future[list[Run]]") -> None:
    try:
        listing.set_result(launcher.runs())
    except BaseException as error:  # noqa: BLE001 - the look that waits raises it
        listing.set_exception(error)


def _phase(run: Run, watched: _Watched) -> Phase | None:
    """The phase now. Past runs are read once for each new event, because there may be thousands."""
    now = time.monotonic()
    if len(run.events) != watched.events:
        past = store.runs() if phases.current(run) else []
        watched.events, watched.phase, watched.phase_read = len(run.events), phases.current(run, past), now
    if watched.phase is None or not run.active:
        return None
    return Phase(
        watched.phase.code,
        watched.phase.seconds + now - watched.phase_read,
        watched.phase.usual_seconds,
    )


def _resumes(run: Run) -> int:
    """How often earlier rows became void."""
    if not run.event("resumed"):  # most runs; then the rows need not be counted
        return 0
    return sum(row["kind"] == "resumed" for row in rows.rows(run.folder / layout.METRICS))


def _position(resumes: int, row: Row) -> Position:
    return resumes, row["epoch"], row.get("step", 0), int(row["kind"] == "epoch")


def _point(row: Row) -> list[float | None]:
    at = row["epoch"] - 1 + row["step"] / row["steps"]
    names = ("loss", "accuracy", "val_loss", "val_accuracy")[: 4 if row["kind"] == "epoch" else 2]
    return [round(at, DIGITS), *(_rounded(row[name]) for name in names)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def _watched_run(id: str) -> _Watched:
    with _lock:
        if id not in _watched:
            store.find(id)  # an id without a run must not displace the look at another run
            _watched[id] = _Watched()
        _watched.move_to_end(id)
        while len(_watched) > MOST_LOOKS:
            _watched.popitem(last=False)
        return _watched[id]


_lock = threading.Lock()
_watched: OrderedDict[str, _Watched] = OrderedDict()
_listing: "Future[list[Run]] | None" = None  # the newest listing of all runs, which may not be done yet
