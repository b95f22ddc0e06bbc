"""Remember the rows read from files, so that a page that polls reads only new bytes. Called by journal."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOST_ROWS = 400_000  # of all files together; the files read longest ago are forgotten first

Row = dict[str, Any]


@dataclass
class PartRead:
    """The part of a file that was read: the number of bytes, the number of lines of each kind, and the rows.

    `status` is the file's stat when it was read. Every `step`-th frequent line is in `rows`.
    `skipped_newest` is the file's last row if it is a frequent line that is not in `rows`.
    """

    status: os.stat_result
    step: int
    bytes_read: int = 0
    frequent_lines: int = 0
    other_lines: int = 0
    rows: list[Row] = field(default_factory=list)
    skipped_newest: Row | None = None

    @property
    def all_rows(self) -> list[Row]:
        return self.rows if self.skipped_newest is None else [*self.rows, self.skipped_newest]

    def copy(self, status: os.stat_result) -> "PartRead":
        """A copy with the file's present stat. Faster than dataclasses.replace, for lists of many runs."""
        counts = self.bytes_read, self.frequent_lines, self.other_lines
        return PartRead(status, self.step, *counts, rows=list(self.rows), skipped_newest=self.skipped_newest)


class Memory:
    """The rows of the files read last, at most MOST_ROWS. Pages poll; with this only new bytes are read."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, object], PartRead] = {}
        self._rows, self._lock = 0, threading.Lock()

    def __len__(self) -> int:
        return len(self._files)

    def get(self, path: Path, form: object) -> PartRead | None:
        return self._files.get((str(path), form))

    def keep(self, path: Path, form: object, read: PartRead) -> None:
        with self._lock:
            self._forget((str(path), form))
            self._files[str(path), form] = read
            self._rows += len(read.rows)
            while self._rows > MOST_ROWS and len(self._files) > 1:
                self._forget(next(iter(self._files)))

    def _forget(self, key: tuple[str, object]) -> None:
        if key in self._files:
            self._rows -= len(self._files.pop(key).rows)

    def clear(self) -> None:
        with self._lock:
            self._files.clear()
            self._rows = 0
