"""One run of a comparison: its title, its place in the page's link, and the line that its place decides.

Called by the Compare page and its panels.
"""

from dataclasses import dataclass

from imdb_core.runs.store import Run
from ui import colors
from ui.formats import shortened

LONGEST_TITLE = 40  # characters
MOST = len(colors.RUNS) * len(colors.DASHES)  # runs side by side: there are this many different lines


@dataclass(frozen=True)
class ComparedRun:
    """`key` is "pretrained/NAME" or the run's id; `place`, from 0, is its place in the link."""

    key: str
    title: str
    place: int
    run: Run

    @property
    def line(self) -> dict[str, str]:
        """Colour and dashes for a plotly line."""
        return colors.run_line(self.place)

    @property
    def mark(self) -> dict[str, str]:
        """The run's name with a piece of its line, for ui.run_marks."""
        return {"run": shortened(self.title, LONGEST_TITLE), "title": self.title, **self.line}


def with_baseline_first(runs: list[ComparedRun], baseline: ComparedRun | None) -> list[ComparedRun]:
    """The runs in their order, the baseline run before all others."""
    return sorted(runs, key=lambda run: run is not baseline)


def places_of(link: str, known: dict[str, Run]) -> list[str]:
    """The keys of runs in a link, separated by commas, by place; "" for a place without a known run.

    The place decides the colour, so a run that leaves the comparison leaves its place free.
    """
    keys: list[str] = []
    for key in link.split(","):
        keys.append(key if key in known and key not in keys else "")
    return _without_free_end(keys)


def places_after(before: list[str], chosen: list[str]) -> list[str]:
    """The keys by place when the `chosen` runs are shown; `before` holds the keys by place until now.

    A run that stays keeps its place. A new run takes the first free place.
    """
    after = [key if key in chosen else "" for key in before]
    for key in chosen:
        if key not in after:
            free = after.index("") if "" in after else len(after)
            after[free : free + 1] = [key]
    return _without_free_end(after)


def _without_free_end(keys: list[str]) -> list[str]:
    end = max((number for number, key in enumerate(keys, 1) if key), default=0)
    return keys[:end]
