"""A place for tests, like a cluster: it starts tests/stub_worker.py with --elsewhere as a process.

It knows its workers by their processes, not by their locks, and can be told to be unreachable.
"""

import contextlib
import os
import signal
import subprocess

from imdb_core import background, paths
from imdb_core.runs import layout, places, starts
from imdb_core.sentences import Sentence

NAME = "lab"
MOST_RESUMES = 3


class StubPlace:
    """See imdb_core.runs.places.place.Place."""

    name, title, end_seconds, workers_dispatch = NAME, "The lab", 5.0, False

    def __init__(self, slots: int = 2) -> None:
        self.is_reachable, self.workers = True, dict[str, subprocess.Popen]()
        self._slots = slots

    def get_ready(self, config) -> None:
        return

    def slots(self) -> int:
        self._require_reachable()
        return self._slots

    def occupies(self, run) -> bool:
        return True

    def device(self, run, busy) -> str | None:
        self._require_reachable()
        return "cpu" if len(busy) < self._slots else None

    def threads(self, *, alone) -> int:
        return 1

    def start(self, run, device, *, threads) -> bool:
        self._require_reachable()
        if starts.begin(run, job=f"job of {run.id}") is None:
            return False
        command = background.command("-m", "stub_worker", run.folder, "--elsewhere")
        with background.opened_log(run.folder / layout.LOG) as log:
            self.workers[run.id] = subprocess.Popen(
                command,
                cwd=paths.PROJECT,
                stdout=log,
                stderr=log,
                env=background.environment(),
                start_new_session=True,
            )
        return True

    def alive(self, run) -> bool | None:
        if not self.is_reachable:
            return None
        return run.id in self.workers and self.workers[run.id].poll() is None

    def why_unreachable(self, run) -> Sentence:
        return Sentence("place_gone", place=self.title)

    def stop(self, run, *, force) -> bool:
        if force:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.workers[run.id].pid, signal.SIGKILL)
        return self.is_reachable

    def how_it_ended(self, run) -> Sentence:
        return Sentence("ended_silently")

    def goes_on_by_itself(self, run) -> bool:
        return starts.in_all(run) <= MOST_RESUMES

    def _require_reachable(self) -> None:
        if not self.is_reachable:
            raise places.PlaceError("The lab cannot be reached. Start its head.")


def use_stub_place(patch, slots: int = 2) -> StubPlace:
    """From now on there is the place "lab" beside this machine, in this process."""
    place = StubPlace(slots)
    patch.setattr(places, "clusters", lambda: {NAME: place})
    return place
