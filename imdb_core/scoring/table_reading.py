"""Read a table of texts that is to be scored: what it is, and its rows in windows. Called by tables.py.

data/own reads the files. This runs in a process of its own, see table_job.py, because a file may be built to
fill the memory.
"""

import csv
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imdb_core.data.own import columns, limits, records, tables
from imdb_core.data.own.tables import Layout, Wishes
from imdb_core.errors import DataError
from imdb_core.scoring.many import WINDOW

Progress = Callable[[int], object]  # gets the number of rows so far; may raise to end the work

WINDOW_CHARACTERS = 2**22  # a window ends at this many characters of all cells, or at WINDOW rows
LABELS_SHARE = 0.9  # of a column's cells must be classes, if the column is guessed to be the label
SAMPLES = 3  # of each column
LONGEST_SAMPLE = 200  # characters
_PACKED = {b"PK\x03\x04": "a .zip file or an office document", b"\x1f\x8b": "packed with gzip"}


@dataclass(frozen=True)
class Table:
    """What a file was understood to be. `label` is "" if no column holds the model's classes."""

    path: Path
    layout: Layout
    rows: int
    text: str
    label: str
    samples: dict[str, list[str]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.layout.columns


@dataclass
class Window:
    """Rows that are scored together. `lines`: their line numbers. `cells`: a list of columns for each row.

    `originals` are the lines of a JSONL file, or the batches of a Parquet file; otherwise empty.
    """

    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    originals: list[Any] = field(default_factory=list)
    characters: int = 0

    def add(self, line: int, cells: list[str]) -> None:
        """Append a row."""
        self.lines.append(line)
        self.cells.append(cells)
        self.characters += sum(map(len, cells))

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= WINDOW or self.characters >= WINDOW_CHARACTERS


def understand(
    path: Path,
    classes: Sequence[str],
    wishes: Wishes = Wishes(),
    *,
    text: str = "",
    label: str | None = "",
    progress: Progress = lambda rows: None,
) -> Table:
    """Read the whole file once; `text` and `label` are columns, empty for a guess; None stands for no label.

    `classes` are the model's; a column that holds little else is the label. Raises DataError with a line
    number for a file that cannot be scored as a whole.
    """
    csv.field_size_limit(limits.LONGEST_FIELD)
    _require_table(path)
    layout = tables.detect(path, wishes, fewest_columns=1)
    for option, name in (("--column", text), ("--label-column", label)):
        if name and name not in layout.columns:
            names = ", ".join(map(repr, layout.columns[:20]))
            raise DataError(f"{path.name} has no column {name!r} ({option}); its columns are {names}.")
    if text and text == label:
        raise DataError(f"The column {text!r} cannot be both the text and the label. Choose two columns.")
    rows, first_rows = 0, list[list[str]]()
    for window in windows(path, layout):
        first_rows += window.cells[: limits.SAMPLE_ROWS - len(first_rows)]
        rows += len(window.lines)
        progress(rows)
        if rows > limits.MOST_ROWS:
            raise DataError(f"{path.name} has more than {limits.MOST_ROWS:,} rows. Split the file.")
    if not rows:
        raise DataError(f"{path.name} has no rows below its header. Choose a file with texts.")
    text = text or columns.text_column(layout.columns, first_rows, label or "")
    if label == "":
        label = _label_column(layout.columns, first_rows, classes, text)
    samples = {
        name: _samples([row[number] for row in first_rows]) for number, name in enumerate(layout.columns)
    }
    return Table(path, layout, rows, text, label or "", samples)


def windows(path: Path, layout: Layout) -> Iterator[Window]:
    """All rows of the file. Raises DataError with a line number for a row that does not fit."""
    readers = {"jsonl": _json_windows, "parquet": _parquet_windows}
    yield from readers.get(layout.kind, _cell_windows)(path, layout)


def _cell_windows(path: Path, layout: Layout) -> Iterator[Window]:
    window = Window()
    for line, cells in tables.rows(path, layout):
        window.add(line, cells)
        if window.is_full:
            yield window
            window = Window()
    if window.lines:
        yield window


def _json_windows(path: Path, layout: Layout) -> Iterator[Window]:
    known, window = set(layout.columns), Window()
    for line, content, record in records.json_objects(path, layout.encoding):
        if not known.issuperset(record):
            name = next(name for name in record if name not in known)
            raise DataError(
                f"{path.name}, line {line} has the name {name!r}, which the first "
                f"{limits.SAMPLE_ROWS:,} rows do not have. Add it to the first row, with the value null."
            )
        cells = [records.cell(record.get(name)) for name in layout.columns]
        if any(isinstance(cell, records.Nested) for cell in cells):
            cells = _with_nested(cells, json.loads(content), layout.columns)
        window.add(line, cells)
        window.originals.append(content)
        if window.is_full:
            yield window
            window = Window()
    if window.lines:
        yield window


def _with_nested(cells: list[str], record: dict[str, Any], names: Sequence[str]) -> list[str]:
    """The cells again, with numbers within lists and objects as numbers."""
    return [
        records.Nested(json.dumps(record[name], ensure_ascii=False))
        if isinstance(cell, records.Nested)
        else cell
        for name, cell in zip(names, cells, strict=True)
    ]


def _parquet_windows(path: Path, layout: Layout) -> Iterator[Window]:
    window, line = Window(), 0
    for batch, values in records.parquet_batches(path):
        for row in zip(*values, strict=True):
            line += 1
            window.add(line, list(map(records.cell, row)))
        window.originals.append(batch)
        if len(window.lines) + batch.num_rows > WINDOW or window.is_full:
            yield window
            window = Window()
    if window.lines:
        yield window


def _require_table(path: Path) -> None:
    """Raise DataError for what is no file, is too large, or is packed."""
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}. Check the path.") from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{path} is not a file. Give a table: .csv, .tsv, .jsonl or .parquet.")
    if status.st_size > limits.MOST_FILE_BYTES:
        raise DataError(
            f"{path.name} has {status.st_size:,} bytes; at most {limits.MOST_FILE_BYTES:,} are allowed. "
            "Split the file."
        )
    with open(path, "rb") as file:
        start = file.read(4)
    for mark, kind in _PACKED.items():
        if start.startswith(mark):
            raise DataError(f"{path.name} is {kind}, not a table. Unpack it, or save it as CSV in UTF-8.")


def _label_column(names: Sequence[str], rows: list[list[str]], classes: Sequence[str], text: str) -> str:
    """The first column but `text` that holds two classes at least and little else; else ""."""
    for number, name in enumerate(names):
        values = [value for row in rows if (value := row[number].strip())]
        known = [value for value in values if value in classes]
        if name != text and len(set(known)) > 1 and len(known) >= LABELS_SHARE * len(values):
            return name
    return ""


def _samples(cells: list[str]) -> list[str]:
    different = dict.fromkeys(cell[:LONGEST_SAMPLE] for cell in cells if cell.strip())
    return list(different)[:SAMPLES]
