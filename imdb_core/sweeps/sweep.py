"""SweepConfig: what a sweep varies, how it judges runs and when it ends. Sweep: its folder as it is now.

Called by the other modules of sweeps, the worker and the command line.
"""

import functools
import hashlib
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.config import problems as run_problems
from imdb_core.errors import ConfigError
from imdb_core.runs import layout, places
from imdb_core.runs.run import Run
from imdb_core.sentences import Sentence
from imdb_core.sweeps import problems
from imdb_core.sweeps.fields import SweepFields
from imdb_core.sweeps.space import Dimension, grid_points

FILE, EVENTS = "sweep.json", layout.EVENTS


class SweepConfig(SweepFields):
    """What a sweep does; written once.

    `base` holds the values that do not vary. A run is judged by `objective`, and by `cost` if that is not
    "none": then there is no single best run. The budget is `most_runs` and, if above 0, `most_epochs` of all
    runs together and `most_hours` of training. Each setting is trained with `seeds` seeds.
    """

    name: str = Field("", max_length=80)
    base: RunConfig
    space: tuple[Dimension, ...]  # each hyperparameter at most once

    @property
    def minimizes(self) -> bool:
        """Whether a smaller objective is better."""
        return self.objective == "val_loss"

    @property
    def runs(self) -> int:
        """The most runs: a grid has no more settings than its points."""
        if self.sampler != "grid":
            return self.most_runs
        return min(self.most_runs, self.seeds * grid_points(self.space))


def checked(values: Mapping[str, Any]) -> SweepConfig:
    """A SweepConfig from plain values; raises ConfigError with a sentence on each wrong value."""
    base = configs.checked(values["base"])
    if wrong := problems.of_sweep(values, base):
        raise run_problems.error(wrong)
    try:
        return SweepConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"The sweep's {where} is {first['input']!r:.60}: {first['msg']}.") from None


@dataclass(frozen=True)
class Chosen:
    """A setting that was chosen to be trained again with fresh seeds, and the ids of these runs."""

    setting: int
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """One sweep as its folder shows it now; `damaged` is None or why the folder cannot be read.

    `stopped_at` is the UTC time of the newest "stopped", or "". `chosen` is in the order of the choices.
    `reason` says why the sweep stopped itself. `reported` is the id of the last failed run for which it did.
    """

    folder: Path
    config: SweepConfig | None
    events: tuple[str, ...] = ()  # "stopped", "finished", "continued", oldest first
    damaged: str | None = None
    stopped_at: str = ""
    chosen: tuple[Chosen, ...] = ()
    reason: Sentence | None = None
    reported: str = ""

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str:
        """The user's name; without one, the network's title and what varies."""
        if self.config is None:
            return self.id
        varied = ", ".join(dimension.name for dimension in self.config.space)
        return self.config.name or f"{self.config.base.network}: {varied}"

    @property
    def place(self) -> str:
        """The name of the place where its runs are trained, see runs.places."""
        return self.config.base.place if self.config else places.HERE

    @cached_property
    def state(self) -> str:
        """running, stopped, finished or damaged. A stopped sweep can go on."""
        if self.damaged:
            return "damaged"
        return "running" if not self.events or self.events[-1] == "continued" else self.events[-1]

    def run_id(self, number: int) -> str:
        """The id of the run with this number, from 0. It follows from the sweep, so no run is made twice."""
        digest = hashlib.sha256(f"{self.id} {number}".encode()).digest()
        time = _began(self.id) + timedelta(milliseconds=number + 1)
        return f"{time:%Y%m%d-%H%M%S%f}"[:18] + "-" + b32encode(digest)[:8].decode().lower()

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The ids of all runs that the sweep may make, by number; none for a damaged sweep."""
        return _run_ids(self.folder, self.config.runs) if self.config else ()


@functools.lru_cache(64)
def _run_ids(folder: Path, count: int) -> tuple[str, ...]:
    """Cached, because a page that follows a sweep of 1,000 runs needs them every few seconds."""
    sweep = Sweep(folder, None)
    return tuple(map(sweep.run_id, range(count)))


@functools.lru_cache(64)
def _began(id: str) -> datetime:
    return datetime.strptime(id[:18], "%Y%m%d-%H%M%S%f").replace(tzinfo=UTC)


def membership(run: Run) -> tuple[str, int] | None:
    """(id of its sweep, number in it) of a run; None if it belongs to no sweep."""
    first = next((event for event in run.events if event.get("event") == "queued"), {})
    sweep, number = first.get("sweep"), first.get("number")
    return None if sweep is None or number is None else (sweep, number)


def origin(run: Run) -> tuple[str, int] | None:
    """(id of a sweep, number of its setting) if the run trains this setting again with a fresh seed."""
    first = next((event for event in run.events if event.get("event") == "queued"), {})
    sweep, setting = first.get("best_of"), first.get("setting")
    return None if sweep is None or setting is None else (sweep, setting)
