"""Append-only files of JSON lines: one strict JSON object per line, complete lines only. Called by store,
rows and recorder.

If a crash cuts a line, the next writer ends it with a line break and readers skip it: no complete row is lost
or merged.
"""

import errno
import io
import json
import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imdb_core.files import open_appending, open_regular
from imdb_core.operating_system import appending_alone

LONGEST_ROW = 2**20  # bytes
BLOCK_BYTES = 2**20  # read at a time
MOST_ROWS = 400_000  # kept in memory, of all files together; the files read longest ago are forgotten first


class UnsoundRow(ValueError):
    """A row that this app did not write, or a file that cannot hold rows (a pipe, a folder, too large)."""


def _object(line: bytes) -> dict | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


@dataclass(frozen=True, eq=False)
class Form:
    """How the lines of one kind of file are read, and how many of them.

    `read(line)` returns the row, or None for a line that a crash has cut; it raises UnsoundRow. A file may
    have very many lines that begin with `often`. Up to `enough_bytes` all of these are read, in a file twice
    as large every second one, and so on, always including the newest. With 0 `enough_bytes`, none of them is
    read. A file above `most_bytes` is not read at all, nor one with more than `most_rows` other lines.
    """

    read: Callable[[bytes], dict | None] = _object
    most_bytes: int = 512 * 2**20
    often: bytes | None = None
    enough_bytes: int = 0
    most_rows: int = 1_000_000

    def every(self, size: int) -> int:
        """n if every nth of the `often` lines of a file of `size` bytes is read; 0 if none is."""
        if self.often is None:
            return 1
        return 1 + size // self.enough_bytes if self.enough_bytes else 0


ANY = Form()


@dataclass
class _Read:
    """The rows read from a file, how many bytes were read, and its stat at that time.

    `newest` is the last row of the file if it is not among `rows` because only a part of them is kept.
    """

    about: os.stat_result
    every: int
    bytes: int = 0
    often: int = 0
    seldom: int = 0
    rows: list[dict] = field(default_factory=list)
    newest: dict | None = None

    @property
    def all(self) -> list[dict]:
        return self.rows if self.newest is None else [*self.rows, self.newest]


class _Memory:
    """The rows of the files read last. Pages poll; with this only new bytes are read."""

    def __init__(self):
        self._read: dict[tuple[str, Form], _Read] = {}
        self._rows, self._lock = 0, threading.Lock()

    def get(self, path: Path, form: Form) -> _Read | None:
        return self._read.get((str(path), form))

    def keep(self, path: Path, form: Form, read: _Read) -> None:
        with self._lock:
            self._forget((str(path), form))
            self._read[str(path), form] = read
            self._rows += len(read.rows)
            while self._rows > MOST_ROWS and len(self._read) > 1:
                self._forget(next(iter(self._read)))

    def _forget(self, key) -> None:
        if key in self._read:
            self._rows -= len(self._read.pop(key).rows)

    def clear(self) -> None:
        with self._lock:
            self._read.clear()
            self._rows = 0


memory = _Memory()


def append(path: Path, row: dict[str, Any], *, durable: bool = False):
    """Write `row` as one line; if `durable`, wait until it is on the disk. NaN and infinity become null.

    Raises OSError. A pipe, a folder or a link is not changed; it is an OSError, too.
    """
    line = json.dumps(_strict(row), ensure_ascii=False, allow_nan=False).encode() + b"\n"
    with _opened(path) as file, appending_alone(file):
        size = file.seek(0, os.SEEK_END)
        if size and (file.seek(size - 1), file.read(1))[1] != b"\n":
            line = b"\n" + line
        while line:  # a nearly full disk takes only a part, without an error; the next write names the reason
            line = line[file.write(line) :]
        if durable:
            os.fsync(file.fileno())


def _opened(path: Path) -> io.FileIO:
    try:
        return open_appending(path, readable=True)
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from error


def rows(path: Path, form: Form = ANY) -> list[dict]:
    """All complete rows; an unfinished last line is left out. A missing file has no rows.

    Each line is read once, however often this is called. Raises OSError, or UnsoundRow, which names the file
    and the row.
    """
    try:
        about = os.stat(path)
    except FileNotFoundError:
        return []
    before, every = memory.get(path, form), form.every(about.st_size)
    if before and before.every == every and _has_only_grown(before.about, about):
        if about.st_size <= before.bytes:
            return before.all
    else:
        before = _Read(about, every)
    read = _continued(before, about, path, form)
    memory.keep(path, form, read)
    return read.all


def _continued(before: _Read, about: os.stat_result, path: Path, form: Form) -> _Read:
    """`before`, which stays as it is, and the complete lines after it."""
    read = _Read(
        about, before.every, before.bytes, before.often, before.seldom, list(before.rows), before.newest
    )
    left_out = rest = b""
    try:
        file = open_regular(path, form.most_bytes)
    except ValueError as error:
        raise UnsoundRow(str(error)) from None
    with file:
        file.seek(read.bytes)
        while block := file.read(min(BLOCK_BYTES, about.st_size - read.bytes - len(rest))):
            *lines, rest = (rest + block).split(b"\n")
            if len(rest) > LONGEST_ROW:
                raise UnsoundRow(f"{path.name} has a line of more than {LONGEST_ROW:,} bytes")
            read.bytes += sum(map(len, lines)) + len(lines)
            read.seldom += sum(1 for line in lines if not form.often or not line.startswith(form.often))
            if read.seldom > form.most_rows:
                raise UnsoundRow(f"{path.name} has more than {form.most_rows:,} rows")
            lines, left_out = _thinned(lines, left_out, read, form)
            if lines:
                read.newest = None
                read.rows += _parsed(lines, path, len(read.rows), form)
    if left_out:
        read.newest = (_parsed([left_out], path, len(read.rows), form) or [None])[0]
    return read


def _thinned(lines: list[bytes], left_out: bytes, read: _Read, form: Form) -> tuple[list[bytes], bytes]:
    """(the lines to parse, the newest line if it was skipped, else b"")."""
    lines = [line for line in lines if line]
    if form.often is None or read.every == 1 or not lines:
        return lines, left_out
    if read.every == 0:
        return [line for line in lines if not line.startswith(form.often)], b""
    wanted = []
    for line in lines:
        read.often += line.startswith(form.often)
        if line.startswith(form.often) and read.often % read.every:
            left_out = line
        else:
            wanted.append(line)
            left_out = b""
    return wanted, left_out


def _parsed(lines: list[bytes], path: Path, before: int, form: Form) -> list[dict]:
    rows: list[dict] = []
    for line in lines:
        try:
            row = form.read(line)
        except UnsoundRow as error:
            raise UnsoundRow(f"{path.name}, row {before + len(rows) + 1}: {error}") from None
        if row is not None:
            rows.append(row)
    return rows


def _has_only_grown(before: os.stat_result, now: os.stat_result) -> bool:
    """Whether the part of the file that was read before is unchanged. An edit that keeps the size changes the
    time.
    """
    if before.st_ino != now.st_ino or now.st_size < before.st_size:
        return False
    return now.st_size > before.st_size or now.st_mtime_ns == before.st_mtime_ns


def _strict(value):
    """`value` in a form that strict JSON in UTF-8 can hold: NaN becomes null, a lone surrogate an escape such
    as \\udcff.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    return [_strict(item) for item in value] if isinstance(value, list | tuple) else value
