"""Read JSON lines and Parquet as rows of text cells. Called by tables.py, in the reading process.

Numbers stay as they are written: 1 and 1.0 are two labels. A missing value is an empty cell. A list or an
object within a row becomes a Nested cell, which is no text and no label.
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from imdb_core.data.own import limits
from imdb_core.errors import DataError

PARQUET_MARK = b"PAR1"
_BATCH = 1_000  # rows


class Lines(Protocol):
    """An open text file."""

    def readline(self, size: int = -1, /) -> str: ...


class Nested(str):
    """A cell that holds a list, an object or bytes: it can be neither a text nor a label."""


def bounded_lines(file: Lines, name: str) -> Iterator[str]:
    """The lines of a text file. Raises DataError for a line longer than a text may be."""
    for number in itertools.count(1):
        line = file.readline(limits.LONGEST_FIELD + 1)
        if not line:
            return
        if len(line) > limits.LONGEST_FIELD:
            raise DataError(
                f"{name}, line {number} has more than {limits.LONGEST_FIELD:,} characters. Split the line."
            )
        yield line


def json_columns(path: Path, encoding: str, fewest: int = 2) -> tuple[str, ...]:
    """The names in the first rows, in the order of their first appearance."""
    names: dict[str, None] = {}
    for _, _, record in itertools.islice(json_objects(path, encoding), limits.SAMPLE_ROWS):
        names |= dict.fromkeys(record)
        if len(names) > limits.MOST_COLUMNS:
            raise DataError(
                f"{path.name} has more than {limits.MOST_COLUMNS} different names in its objects."
            )
    if len(names) < fewest:
        raise DataError(f"{path.name} needs at least {fewest} names in its JSON objects: a text and a label.")
    return tuple(names)


def json_rows(path: Path, encoding: str, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each JSON object. Raises DataError with a line number."""
    for line, _, record in json_objects(path, encoding):
        yield line, [cell(record.get(name)) for name in columns]


def json_objects(path: Path, encoding: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(line number, the line, its object) of each line; numbers are texts. Raises DataError."""
    with open(path, encoding=encoding) as file:
        for line, content in enumerate(bounded_lines(file, path.name), start=1):
            if content.strip():
                yield line, content, _json_object(content, f"{path.name}, line {line}")


def _json_object(content: str, place: str) -> dict[str, Any]:
    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            raise DataError(f"{place} has a name twice. Rename one of the two values.")
        return record

    try:
        record = json.loads(
            content, object_pairs_hook=distinct, parse_int=str, parse_float=str, parse_constant=str
        )
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{place} is not JSON: {reason}. Each line must hold one object.") from error
    if not isinstance(record, dict):
        kind = "a list" if isinstance(record, list) else "a single value"
        raise DataError(
            f"{place} holds {kind}, not an object. Each line must be like "
            + '{"text": "...", "label": "..."}.'
        )
    return record


def parquet_columns(path: Path, fewest: int = 2) -> tuple[str, ...]:
    """The names of the columns. Raises DataError for a damaged file and for repeated names."""
    names = tuple(_parquet(path).schema_arrow.names)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path.name} has the column {twice!r} twice. Rename one of the two.")
    if not fewest <= len(names) <= limits.MOST_COLUMNS:
        raise DataError(f"{path.name} has {len(names)} columns; it needs {fewest} to {limits.MOST_COLUMNS}.")
    return names


def parquet_schema(path: Path) -> Any:
    """The columns as pyarrow knows them. Raises DataError for a damaged file."""
    return _parquet(path).schema_arrow


def parquet_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of each row. Raises DataError for a damaged file."""
    line = 0
    for _, values in parquet_batches(path):
        for cells in zip(*values, strict=True):
            line += 1
            yield line, [cell(value) for value in cells]


def parquet_batches(path: Path) -> Iterator[tuple[Any, list[list[Any]]]]:
    """(batch, its columns as lists) of at most _BATCH rows. Raises DataError for a damaged file."""
    rows = 0
    batches = _parquet(path).iter_batches(batch_size=_BATCH)
    while True:
        try:
            batch = next(batches, None)
            values = [column.to_pylist() for column in batch.columns] if batch else []
        except (OSError, ValueError, ArithmeticError) as error:  # pyarrow's errors are subclasses of these
            raise DataError(_damaged(path, f"after row {rows}: {error}")) from error
        if batch is None:
            return
        rows += batch.num_rows
        yield batch, values


def _parquet(path: Path) -> Any:
    from pyarrow import parquet  # type: ignore[import-untyped]  # only files of this kind need it

    try:
        return parquet.ParquetFile(path, memory_map=False)
    except (OSError, ValueError) as error:
        raise DataError(_damaged(path, error)) from error


def _damaged(path: Path, reason: object) -> str:
    text = " ".join(str(reason).split()).removesuffix(".")[:200]
    return f"{path.name} is not a readable Parquet file ({text}). Write it again."


def cell(value: Any) -> str:
    """A value of JSON or Parquet as a cell."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (dict, list, bytes, tuple)):
        return Nested(json.dumps(value, ensure_ascii=False, default=str))
    return str(value)
