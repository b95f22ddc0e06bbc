"""Write a scored table as CSV, TSV, JSON lines or Parquet: the file appears when it is complete.

The rows go to a temporary file beside the output. It gets the output's name at the end, so a process that is
killed leaves no output. All columns of the input stay. In CSV and TSV a text that a spreadsheet would compute
gets an apostrophe, also in the user's own columns (see formulas.py); numbers stay. JSON lines and Parquet
hold the texts as they are, because no program computes them. Called by tables.py.
"""

import contextlib
import csv
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from imdb_core import files, temporary
from imdb_core.data.own import records
from imdb_core.errors import DataError
from imdb_core.formulas import harmless_unless_number
from imdb_core.operating_system.file_access import replace_file, sync_folder
from imdb_core.scoring.table_reading import Table, Window

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}

Added = list[str | float | None]  # the new cells of a row: class, a probability for each class, reason
Write = Callable[[Window, Sequence[Added]], None]


def require_output(path: Path, source: Path, *, overwrite: bool) -> None:
    """Raise DataError if the table `source` cannot be written to `path`."""
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{path.name} ends with none of {', '.join(SUFFIXES)}. The ending says the format.")
    if not path.parent.is_dir():
        raise DataError(f"There is no folder {path.parent}. Create it, or name another file.")
    if os.path.exists(path) and os.path.samefile(path, source):
        raise DataError(f"{path} is the table itself, which stays as it is. Name another file.")
    if os.path.lexists(path) and (not overwrite or not path.is_file()):
        raise DataError(f"{path} exists already. Name another file, or give --overwrite for a file.")


def added_names(columns: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The names of the new columns, none of which is one of `columns`, whatever its case.

    A name that is taken gets "model_" in front: "model_class".
    """
    taken = {name.casefold() for name in columns}
    names = []
    for name in ("class", *(f"probability_{name}" for name in classes), "reason"):
        while name.casefold() in taken:
            name = f"model_{name}"
        names.append(name)
    return names


@contextlib.contextmanager
def output(path: Path, table: Table, names: Sequence[str], *, overwrite: bool) -> Iterator[Write]:
    """A function that appends a window and its new cells to the output; `names` are the new columns.

    The file gets its name at the end of the context, unless an exception ends the context. Raises OSError,
    and DataError if another program has created the file meanwhile.
    """
    files.sweep(path.parent, re.escape(path.name))
    beside = temporary.beside(path)
    try:
        with open(beside, "xb") as file:
            with _writer(file, path.suffix.lower(), table, names) as write:
                yield write
            file.flush()
            os.fsync(file.fileno())
        require_output(path, table.path, overwrite=overwrite)
        replace_file(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextlib.contextmanager
def _writer(file: Any, suffix: str, table: Table, names: Sequence[str]) -> Iterator[Write]:
    if suffix == ".parquet":
        with _parquet_writer(file, table, names) as write:
            yield write
        return
    # For CSV with a byte order mark, without which Excel would assume another encoding.
    encoding = "utf-8" if suffix == ".jsonl" else "utf-8-sig"
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="", write_through=False)
    try:
        yield (
            _json_writer(text, table, names)
            if suffix == ".jsonl"
            else _csv_writer(text, _SEPARATORS[suffix], [*table.columns, *names])
        )
        text.flush()
    finally:
        with contextlib.suppress(OSError, ValueError):  # a full disk; the first error is on its way
            text.detach()


def _csv_writer(text: io.TextIOWrapper, separator: str, header: list[str]) -> Write:
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(map(harmless_unless_number, header))

    def write(window: Window, added: Sequence[Added]) -> None:
        for cells, new in zip(window.cells, added, strict=True):
            writer.writerow([*map(harmless_unless_number, cells), *map(_cell, new)])

    return write


def _cell(value: str | float | None) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else harmless_unless_number(value)


def _json_writer(text: io.TextIOWrapper, table: Table, names: Sequence[str]) -> Write:
    def write(window: Window, added: Sequence[Added]) -> None:
        for line, new in zip(_json_lines(window, table), added, strict=True):
            more = json.dumps(dict(zip(names, new, strict=True)), ensure_ascii=False)
            start = line[:-1].rstrip()  # without the closing brace
            text.write(f"{start}{'' if start == '{' else ', '}{more[1:]}\n")

    return write


def _json_lines(window: Window, table: Table) -> Iterator[str]:
    """Each row as a JSON object. A line of a JSONL file stays exactly as it is."""
    if table.layout.kind == "jsonl":
        yield from (line.strip() for line in window.originals)
    elif table.layout.kind == "parquet":
        rows = (row for batch in window.originals for row in batch.to_pylist())
        for row, cells in zip(rows, window.cells, strict=True):
            yield _object(row, cells, table.columns)
    else:
        for cells in window.cells:
            yield json.dumps(dict(zip(table.columns, cells, strict=True)), ensure_ascii=False)


def _object(row: dict[str, Any], cells: list[str], columns: Sequence[str]) -> str:
    """A row of Parquet as a JSON object: NaN becomes null, a date a text."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
    try:
        return json.dumps(finite, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:  # NaN within a list
        return json.dumps(dict(zip(columns, cells, strict=True)), ensure_ascii=False)


@contextlib.contextmanager
def _parquet_writer(file: Any, table: Table, names: Sequence[str]) -> Iterator[Write]:
    """Columns of a Parquet file keep their types; cells of other files are texts."""
    import pyarrow  # type: ignore[import-untyped]  # only files of this kind need it
    from pyarrow import parquet

    text, number = pyarrow.string(), pyarrow.float64()
    new = [pyarrow.field(name, number) for name in names]
    new[0], new[-1] = pyarrow.field(names[0], text), pyarrow.field(names[-1], text)
    own = [pyarrow.field(name, text) for name in table.columns]
    if table.layout.kind == "parquet":
        own = list(records.parquet_schema(table.path))
    schema = pyarrow.schema([*own, *new])

    def write(window: Window, added: Sequence[Added]) -> None:
        if table.layout.kind == "parquet":
            columns = pyarrow.Table.from_batches(window.originals).columns
        else:
            columns = [pyarrow.array(map(_valid, column), text) for column in zip(*window.cells, strict=True)]
        more = [
            pyarrow.array(column, field.type)
            for column, field in zip(zip(*added, strict=True), new, strict=True)
        ]
        writer.write_table(pyarrow.Table.from_arrays([*columns, *more], schema=schema))

    with parquet.ParquetWriter(file, schema) as writer:
        yield write


def _valid(cell: str) -> str:
    """`cell` without lone surrogates, which UTF-8 cannot encode."""
    return cell if cell.isascii() else cell.encode("utf-8", "replace").decode()
