"""What a place must be able to do. A place is where runs are trained: this machine, or a cluster.

Called by the launcher, run and the pages, which treat all places alike. The modules beside this one are the
places. To add a kind of place, write a class with these methods, add it to places.get(), and add it to
tests/runs/test_places.py.
"""

from typing import TYPE_CHECKING, Protocol

from imdb_core.errors import RunError
from imdb_core.sentences import Sentence

if TYPE_CHECKING:
    from imdb_core.config import RunConfig
    from imdb_core.runs.run import Run


class PlaceError(RunError):
    """The place cannot be used now. Its runs stay queued, and this reason is shown at them."""


class Place(Protocol):
    """Where runs are trained."""

    @property
    def name(self) -> str:
        """The name in a run's config: "here", or the cluster's name in the settings file."""

    @property
    def title(self) -> str:
        """The name for people."""

    @property
    def end_seconds(self) -> float:
        """How long stop(force=True) may take to end a worker."""

    @property
    def workers_dispatch(self) -> bool:
        """Whether a worker that ends starts the next queued run; if not, the keeper does (runs.keeper)."""

    def get_ready(self, config: "RunConfig") -> None:
        """Prepare for a run like `config`, while the Train page is shown; returns at once, never raises."""

    def slots(self) -> int:
        """How many runs of device "auto" train at once. Raises PlaceError."""

    def occupies(self, run: "Run") -> bool:
        """Whether an active run whose config names this place takes one of its slots."""

    def device(self, run: "Run", busy: list[str]) -> str | None:
        """The device for the run; None if it must wait. `busy` are the devices of the runs that occupy().

        Raises PlaceError.
        """

    def threads(self, *, alone: bool) -> int:
        """How many cores a run uses; `alone` if no other run occupies the place or waits for it."""

    def start(self, run: "Run", device: str, *, threads: int) -> bool:
        """Record "launching" (starts.begin), then start the worker; whether one was started.

        Raises PlaceError, and RunError if the event cannot be written.
        """

    def alive(self, run: "Run") -> bool | None:
        """Whether the run has a worker; None if that cannot be told now. Never raises."""

    def why_unreachable(self, run: "Run") -> Sentence:
        """Why alive() is None, and since when, by this process's monotonic clock. Never raises."""

    def stop(self, run: "Run", *, force: bool) -> bool:
        """Ask the worker to end, or end it by force; False if there is none that this place can reach.

        The launcher has recorded "stop-requested" already, which each worker looks for once a second. Raises
        RunError.
        """

    def how_it_ended(self, run: "Run") -> Sentence:
        """How the worker of an interrupted run ended, for the event "interrupted". Never raises."""

    def goes_on_by_itself(self, run: "Run") -> bool:
        """Whether an interrupted run is queued again at once. A place bounds how often."""
