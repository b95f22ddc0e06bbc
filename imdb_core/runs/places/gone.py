"""A place that the settings file no longer names. Its runs stay readable. Called by places."""

from imdb_core.config import RunConfig
from imdb_core.errors import UserError
from imdb_core.runs.places.place import PlaceError
from imdb_core.runs.run import Run
from imdb_core.sentences import Sentence


class Gone:
    """Stands for the unknown place `name`; see Place. Nothing is started and nothing is known there."""

    end_seconds = 0.0
    workers_dispatch = True

    def __init__(self, name: str, refusal: UserError) -> None:
        self.name = self.title = name
        self._refusal = refusal

    def get_ready(self, config: RunConfig) -> None:
        return

    def slots(self) -> int:
        raise PlaceError(str(self._refusal))

    def occupies(self, run: Run) -> bool:
        return True

    def device(self, run: Run, busy: list[str]) -> str | None:
        raise PlaceError(str(self._refusal))

    def threads(self, *, alone: bool) -> int:
        return 1

    def start(self, run: Run, device: str, *, threads: int) -> bool:
        raise PlaceError(str(self._refusal))

    def alive(self, run: Run) -> bool | None:
        return None

    def why_unreachable(self, run: Run) -> Sentence:
        return Sentence("place_gone", place=self.name)

    def stop(self, run: Run, *, force: bool) -> bool:
        return False

    def how_it_ended(self, run: Run) -> Sentence:
        return Sentence("ended_silently")

    def goes_on_by_itself(self, run: Run) -> bool:
        return False
