"""Append-only files of JSON lines: one strict JSON object per line. Called by store, rows and recorder.

Only complete lines count. If a crash cuts a line, the next writer ends it with a line break and readers skip
it: no complete row is lost or merged.
"""

import errno
import io
import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imdb_core.files import open_appending, open_regular
from imdb_core.operating_system.file_locks import appending_alone
from imdb_core.runs.rows_memory import Memory, PartRead, Row

LONGEST_ROW = 2**20  # bytes
BLOCK_BYTES = 2**20  # read at a time


class UnsoundRow(ValueError):
    """A row that this app did not write, or a file that cannot hold rows (a pipe, a folder, too large)."""


def _json_object(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


@dataclass(frozen=True, eq=False)
class Form:
    """How to read one kind of file, and which of its lines.

    `read(line)` returns the row, or None for a line that a crash has cut; it raises UnsoundRow. There may be
    very many frequent lines, which begin with `frequent`. All are read in a file of up to `unthinned_bytes`,
    every second one in a file twice as large, and so on; none if `unthinned_bytes` is 0. The newest is always
    read. A file of more than `most_bytes`, or with more than `most_rows` other lines, is refused.
    """

    read: Callable[[bytes], Row | None] = _json_object
    most_bytes: int = 512 * 2**20
    frequent: bytes | None = None
    unthinned_bytes: int = 0
    most_rows: int = 1_000_000

    def step(self, size: int) -> int:
        """n if every nth frequent line of a file of `size` bytes is read; 0 if none is."""
        if self.frequent is None:
            return 1
        return 1 + size // self.unthinned_bytes if self.unthinned_bytes else 0

    def without_frequent(self, lines: list[bytes]) -> list[bytes]:
        if self.frequent is None:
            return lines
        return [line for line in lines if not line.startswith(self.frequent)]


ANY = Form()
memory = Memory()


def append(path: Path, row: Row, *, durable: bool = False) -> None:
    """Write `row` as one line; if `durable`, wait until it is on the disk. NaN and infinity become null.

    Raises OSError, also for a pipe, a folder or a link, which are not changed.
    """
    line = json.dumps(_strict(row), ensure_ascii=False, allow_nan=False).encode() + b"\n"
    with _opened(path) as file, appending_alone(file):
        if _ends_within_a_line(file):
            line = b"\n" + line
        while line:  # a nearly full disk writes only a part, without an error; the next write raises OSError
            line = line[file.write(line) :]
        if durable:
            os.fsync(file.fileno())


def _opened(path: Path) -> io.FileIO:
    try:
        return open_appending(path, readable=True)
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from error


def _ends_within_a_line(file: io.FileIO) -> bool:
    """Whether a crash has cut the last line, so that it has no line break."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"


def rows(path: Path, form: Form = ANY) -> list[Row]:
    """All complete rows; an unfinished last line is left out. A missing file has no rows.

    Each line is read once, however often this is called. Raises OSError, or UnsoundRow, which names the file
    and the row.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return []
    read, step = memory.get(path, form), form.step(status.st_size)
    if read is None or read.step != step or not _has_only_grown(read.status, status):
        read = PartRead(status, step)
    elif status.st_size <= read.bytes_read:
        return read.all_rows
    read = _read_further(read, status, path, form)
    memory.keep(path, form, read)
    return read.all_rows


def _has_only_grown(before: os.stat_result, now: os.stat_result) -> bool:
    """Whether the part of the file that was read before is unchanged.

    An edit that keeps the size changes the time.
    """
    if before.st_ino != now.st_ino or now.st_size < before.st_size:
        return False
    return now.st_size > before.st_size or now.st_mtime_ns == before.st_mtime_ns


def _read_further(old: PartRead, status: os.stat_result, path: Path, form: Form) -> PartRead:
    """`old` and the complete lines after it, as a copy, because other threads may use `old`."""
    read = old.copy(status)
    skipped_newest = b""
    for lines in _complete_lines(path, form, start=old.bytes_read, end=status.st_size):
        read.bytes_read += sum(map(len, lines)) + len(lines)  # with the line breaks
        others = form.without_frequent(lines)
        read.other_lines += len(others)
        if read.other_lines > form.most_rows:
            raise UnsoundRow(f"{path.name} has more than {form.most_rows:,} rows")
        wanted = [line for line in (lines if read.step else others) if line]
        to_parse, skipped = _without_skipped(wanted, read, form)
        read.rows += _parsed(to_parse, path, len(read.rows), form)
        if to_parse or skipped:
            skipped_newest, read.skipped_newest = skipped, None
    if skipped_newest:
        read.skipped_newest = next(iter(_parsed([skipped_newest], path, len(read.rows), form)), None)
    return read


def _complete_lines(path: Path, form: Form, *, start: int, end: int) -> Iterator[list[bytes]]:
    """The complete lines of the file between the bytes `start` and `end`: one list for each block read."""
    try:
        file = open_regular(path, form.most_bytes)
    except ValueError as error:
        raise UnsoundRow(str(error)) from None
    with file:
        position, unfinished = file.seek(start), b""
        while block := file.read(min(BLOCK_BYTES, end - position)):
            position += len(block)
            *lines, unfinished = (unfinished + block).split(b"\n")
            if len(unfinished) > LONGEST_ROW:
                raise UnsoundRow(f"{path.name} has a line of more than {LONGEST_ROW:,} bytes")
            yield lines


def _without_skipped(lines: list[bytes], read: PartRead, form: Form) -> tuple[list[bytes], bytes]:
    """(the lines to parse, the last of `lines` if it is skipped, else b"").

    Only every `read.step`-th frequent line is parsed; `read.frequent_lines` counts all of them. With step 0
    there is no frequent line in `lines`.
    """
    if form.frequent is None or read.step <= 1:
        return lines, b""
    to_parse, skipped = [], b""
    for line in lines:
        is_frequent = line.startswith(form.frequent)
        read.frequent_lines += is_frequent
        if is_frequent and read.frequent_lines % read.step:
            skipped = line
        else:
            to_parse.append(line)
            skipped = b""
    return to_parse, skipped


def _parsed(lines: list[bytes], path: Path, rows_before: int, form: Form) -> list[Row]:
    """The rows of `lines`. Raises UnsoundRow with the row's number, which counts from `rows_before` + 1."""
    rows: list[Row] = []
    for line in lines:
        try:
            row = form.read(line)
        except UnsoundRow as error:
            raise UnsoundRow(f"{path.name}, row {rows_before + len(rows) + 1}: {error}") from None
        if row is not None:
            rows.append(row)
    return rows


def _strict(value: Any) -> Any:
    r"""`value` as strict JSON in UTF-8 can hold it: null for NaN, an escape (\udcff) for a lone surrogate."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    return [_strict(item) for item in value] if isinstance(value, list | tuple) else value
