"""What a run's config and events say: its names, place and machine, and the newest events of a kind.

The base of run.Run, which adds state and figures.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.plain_text import one_line
from imdb_core.runs import journal, layout, names, places
from imdb_core.runs.rows import Row, rows

UNREADABLE = (OSError, journal.UnsoundRow)
STARTS = ("launching", "started")
ENDED = ("finished", "stopped", "failed", "interrupted")


@dataclass(frozen=True)
class Recorded:
    """What the run's files say; `damaged` is None or why the folder cannot be read."""

    folder: Path
    config: configs.RunConfig | None
    damaged: str | None = None

    @property
    def id(self) -> str:
        """The folder's name. Control characters become escapes such as \\x1b, so that ids cannot be faked."""
        name = self.folder.name
        return name if one_line(name) == name else ascii(name)[1:-1]

    @cached_property
    def events(self) -> list[Row]:
        """Rows of events.jsonl; none for a damaged run whose events cannot be read.

        Raises OSError or journal.UnsoundRow if events became unreadable after the run was read.
        """
        try:
            return rows(self.folder / layout.EVENTS)
        except UNREADABLE:
            if self.damaged:
                return []
            raise

    @cached_property
    def name(self) -> str:
        """The user's name for the run; without one, its network and settings; of a damaged run the id.

        Several runs may have the same name; in a list of runs, names.display_names tells them apart.
        """
        return self.chosen_name or (names.described(self.config) if self.config else self.id)

    @cached_property
    def chosen_name(self) -> str:
        """The name that the user gave the run, or ""."""
        chosen = self.event("renamed").get("name")
        if chosen is None and self.config:
            chosen = self.config.name
        return one_line(str(chosen or "")).strip()

    @property
    def title(self) -> str:
        """The network's name for people."""
        return architectures.get(self.network).title if self.config else self.network

    @property
    def network(self) -> str:
        return self.config.network if self.config else "unknown"

    @property
    def predicts_words(self) -> bool:
        """Whether its network is a language model, which judges no texts."""
        return self.config is not None and architectures.predicts_words(self.network)

    def event(self, kind: str) -> Row:
        """The newest event of that kind, or {}."""
        return next((event for event in reversed(self.events) if event.get("event") == kind), {})

    @property
    def place(self) -> str:
        """The name of the place where the run is trained, see places."""
        return self.config.place if self.config else places.HERE

    @property
    def host(self) -> str:
        """The name of the machine on which its newest worker started; "" if that is not known."""
        return str(self.event("started").get("host") or "")

    @cached_property
    def machine(self) -> Row:
        """The event of the first start since the run was last queued, with its machine; {} without a start.

        If two machines have started it at the same moment, the first of them has the run.
        """
        return next((event for event in self.since_queued if event.get("event") in STARTS), {})

    @property
    def since_queued(self) -> list[Row]:
        """The events after the newest "queued"."""
        return self.events_since("queued")[1:] if self.event("queued") else self.events

    def events_since(self, kind: str) -> list[Row]:
        """The newest event of that kind and all later events; [] if there is none."""
        kinds = [event.get("event") for event in self.events]
        return self.events[len(kinds) - 1 - kinds[::-1].index(kind) :] if kind in kinds else []

    @property
    def stop_requested(self) -> bool:
        """Whether a stop was requested since the run was last queued, perhaps before its worker started."""
        kinds = {event.get("event") for event in self.since_queued}
        return not {"stop-requested", "stopped"}.isdisjoint(kinds)

    def has_more_events(self) -> bool:
        """Whether an event was recorded since `events` were read."""
        try:
            return len(rows(self.folder / layout.EVENTS)) > len(self.events)
        except UNREADABLE:  # read() reports this when the run is read next
            return False

    @cached_property
    def deciding_event(self) -> Row:
        """The newest event that decides the state, or {}."""
        deciding = ("queued", "started", *ENDED)
        return next((event for event in reversed(self.events) if event.get("event") in deciding), {})
