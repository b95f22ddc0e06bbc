"""A list of runs as the page "All runs" shows it: filtered by the user's words and ordered by a column.

Cheap for 10,000 runs: a figure is computed only if the order or the filter needs it. Called by
ui/panels/run_list.py.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imdb_core.data import sources
from imdb_core.runs import places
from imdb_core.runs.names import changed_settings, settings_text
from imdb_core.runs.run import Run
from imdb_core.runs.tags import tags


@dataclass(frozen=True)
class Filter:
    """Which runs to list; an empty text lists all. All `words` must be in the run's texts, in any order."""

    words: str = ""
    state: str = ""
    network: str = ""
    dataset: str = ""
    sweep: str = ""  # the id of a sweep: its runs, and the runs that train its settings again


class Listing:
    """Runs with their names in the list and the titles of their data sets, each title read once."""

    def __init__(self, runs: Sequence[Run], names: Mapping[str, str]) -> None:
        """`names` by id is the result of names.display_names."""
        self.runs, self.names = runs, names
        self.titles = {
            name: sources.title(name) for name in {run.config.dataset for run in runs if run.config}
        }

    def dataset(self, run: Run) -> str:
        """The title of the run's data set, also if it is deleted; "" for a run without a config."""
        return self.titles[run.config.dataset] if run.config else ""

    def where(self, run: Run) -> str:
        """Where the run is trained; "" if that is this machine, the only place."""
        return places.where(run)

    def chosen(self, wanted: Filter, order: str) -> list[Run]:
        """The runs that pass the filter. `order` is a key of ORDERS, with "-" before it for the reverse.

        Runs without the figure come last in both directions; equal runs stay in the order of the list.
        """
        words = plain(wanted.words).split()
        runs = [run for run in self.runs if self._passes(run, wanted, words)]
        if order == "-created":  # the runs are in this order already
            return runs
        reverse, key = order.startswith("-"), ORDERS[order.removeprefix("-")]
        ranks = {id(run): key(self, run) for run in runs}
        with_rank = [run for run in runs if ranks[id(run)] not in (None, "")]
        without = [run for run in runs if ranks[id(run)] in (None, "")]
        return sorted(with_rank, key=lambda run: ranks[id(run)], reverse=reverse) + without

    def _passes(self, run: Run, wanted: Filter, words: Sequence[str]) -> bool:
        if wanted.state and run.state != wanted.state:
            return False
        if wanted.network and run.network != wanted.network:
            return False
        if wanted.dataset and not (run.config and run.config.dataset == wanted.dataset):
            return False
        if wanted.sweep and wanted.sweep not in sweeps_of(run):
            return False
        if not words:
            return True
        text = plain(self._text(run))
        return all(word in text for word in words)

    def _text(self, run: Run) -> str:
        """Everything by which the words of a filter find the run."""
        settings = settings_text(changed_settings(run.config)) if run.config else ""
        remark = run.damaged or run.remark or ""
        parts = (self.names[run.id], run.title, settings, self.dataset(run), *tags(run), remark, run.id)
        parts += (self.where(run),)
        return "\n".join((*parts, run.state, f"seed {run.config.seed}" if run.config else ""))


def sweeps_of(run: Run) -> tuple[str, ...]:
    """The ids of the sweeps to which the run belongs by its first event; none for a damaged run."""
    first = {} if run.damaged or not run.events else run.events[0]
    return tuple(id for name in ("sweep", "best_of") if (id := first.get(name)))


def plain(text: str) -> str:
    """`text` as it is compared: small and capital letters are the same, and so are 20,000 and 20000."""
    return text.casefold().replace(",", "")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


ORDERS: dict[str, Callable[[Listing, Run], Any]] = {
    "created": lambda listing, run: run.id,
    "name": lambda listing, run: plain(listing.names[run.id]),
    "state": lambda listing, run: run.state,
    "dataset": lambda listing, run: plain(listing.dataset(run)),
    "network": lambda listing, run: run.title if run.config else "",
    "place": lambda listing, run: plain(listing.where(run)),
    "seed": lambda listing, run: run.config.seed if run.config else None,
    "validation": lambda listing, run: _finite(run.val_accuracy),
    "test": lambda listing, run: _finite(run.test_accuracy),
    "epochs": lambda listing, run: None if run.damaged else len(run.epochs),
}
