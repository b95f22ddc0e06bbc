"""The folder of a job that scores a table: its files, what was ordered, and how far it is. See table_jobs.py.

```
job.json       the request, written once; it shows that this app made the folder
status.json    replaced once a second: phase, rows done and in all, times; at the end the figures or the error
job.lock       locked while the process runs
stop           exists once the user has asked for the end
job.log        output of the process; empty unless it crashes
table/         a hard link to the table if it was uploaded, while the process runs
scored.*       the scored table, once it is complete
```
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imdb_core import files, paths, temporary
from imdb_core.data.own.tables import Wishes

REQUEST, STATUS, LOCK, STOP, LOG = "job.json", "status.json", "job.lock", "stop", "job.log"
TABLE = "table"
RESULT = "scored"  # the name of the result without its ending

ID = r"[0-9a-f]{32}"
_FILE = (
    rf"(?:{'|'.join(map(re.escape, (REQUEST, STATUS, LOCK, STOP, LOG)))}|{RESULT}\.(?:csv|tsv|jsonl|parquet))"
)
OWN = re.compile(rf"{_FILE}|{TABLE}(?:/[^/]+)?|{temporary.names_of(_FILE)}|{files.DESKTOP}")

# Phases of a job, beside tables.READING and tables.SCORING; a job in the last three has ended.
STARTING, DONE, FAILED, STOPPED = "starting", "done", "failed", "stopped"
ENDED = (DONE, FAILED, STOPPED)


@dataclass(frozen=True)
class Order:
    """What a job is to do. `model` is the model's key, `suffix` the ending of the result.

    `column` and `label` are columns; empty stands for a guess, None for no label.
    """

    model: str
    source: str
    name: str  # of the table, for the name of the download
    suffix: str = ".csv"
    column: str = ""
    label: str | None = ""
    encoding: str = ""
    separator: str = ""
    header: bool | None = None

    @property
    def wishes(self) -> Wishes:
        """What the user has said about the layout."""
        return Wishes(self.encoding, self.separator, None, self.header)


@dataclass(frozen=True)
class Job:
    """A job as it is now. `total` is 0 while the rows are counted; `seconds` since the scoring began."""

    id: str
    order: Order
    phase: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: str = ""
    figures: dict[str, Any] | None = None
    is_stopping: bool = False

    @property
    def has_ended(self) -> bool:
        return self.phase in ENDED

    @property
    def seconds_left(self) -> float | None:
        """None while this cannot be told."""
        return self.seconds * (self.total - self.done) / self.done if self.done and self.total else None

    @property
    def result(self) -> Path:
        """The scored table; it exists if the phase is DONE."""
        return folder_of(self.id) / f"{RESULT}{self.order.suffix}"

    @property
    def download_name(self) -> str:
        """The name of the result for the user: "reviews-scored.csv"."""
        return f"{Path(self.order.name).stem or 'table'}-scored{self.order.suffix}"


def folder_of(id: str) -> Path:
    """The folder of a job; `id` must come from start() or have been checked."""
    return root() / id


def root() -> Path:
    """The folder of all jobs; it may be missing."""
    return paths.cache_folder() / "scored"
