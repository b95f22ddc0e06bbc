"""What a row of the scorecard is: a fault, its bound, and the check that injects the fault.

A check is a function `check(place, patch)`. `place` is an empty folder; IMDB_RUNS_DIR and IMDB_CACHE_DIR
point into it. `patch` is a pytest.MonkeyPatch that is undone afterwards. The check injects the fault, counts
what went wrong and returns an Outcome.

`breaks` names variants of the app that are broken on purpose. A row with variants has a check
`check(place, patch, broken)`; `broken` is None, or the name of the variant that the check must produce. With
a variant the row must miss its bound: this shows that the check can fail. A variant replaces functions of
the app, private ones too, because it stands for a mistake inside a module.

`missing` is for rows that need a program which this machine may lack, such as Ray: they are skipped there.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.support.processes import end_processes_of


@dataclass(frozen=True)
class Outcome:
    """`figure`: what was counted, as the scorecard prints it; `held`: whether it is within the bound."""

    figure: str
    held: bool


@dataclass(frozen=True)
class Row:
    """One line of the scorecard.

    `tensorflow`: the row trains with the real worker. `alone`: it measures times, so no other row runs
    meanwhile. `missing()`: what the row needs and this machine lacks, as a sentence; None: nothing.
    """

    id: str
    fault: str
    bound: str
    check: Callable[..., Outcome]
    tensorflow: bool
    alone: bool
    breaks: tuple[str, ...]
    missing: Callable[[], str | None]


ROWS: dict[str, Row] = {}


def row(
    id: str,
    fault: str,
    bound: str,
    *,
    tensorflow: bool = False,
    alone: bool = False,
    breaks: tuple[str, ...] = (),
    missing: Callable[[], str | None] = lambda: None,
):
    """Register the decorated check as the row `id`; the parameters are the fields of Row."""

    def register(check):
        if id in ROWS:
            raise ValueError(f"There are two rows {id}.")
        ROWS[id] = Row(id, fault, bound, check, tensorflow, alone, breaks, missing)
        return check

    return register


def checked_row(row: Row, broken: str | None = None) -> Outcome:
    """Run one row's check in a sandbox, on the app itself or on the variant `broken`."""
    with sandbox() as (place, patch):
        return row.check(place, patch, broken) if row.breaks else row.check(place, patch)


@contextmanager
def sandbox() -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
    """(an empty folder for runs and cache, a patch); afterwards no process of the folder is left."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name, pytest.MonkeyPatch.context() as patch:
        place = Path(name)
        patch.setenv("IMDB_RUNS_DIR", str(place / "runs"))
        patch.setenv("IMDB_CACHE_DIR", str(place / "cache"))
        try:
            yield place, patch
        finally:
            end_processes_of(place)
