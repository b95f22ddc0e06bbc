"""Append-only JSON lines: one strict JSON object a line, whole lines only.

A line that was cut by a crash is closed before the next one is written, and readers skip it: no complete row is lost or merged.
"""

import json
import math
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from imdb_core.operating_system import appending_alone

LARGEST_FILE = 512 * 2**20  # bytes; a run of 200 long epochs has some ten

# path -> (its stat when it was read, bytes parsed, rows): pages poll, so only new bytes are read
_read: dict[Path, tuple[os.stat_result, int, list[dict]]] = {}


class UnsoundRow(ValueError):
    """A row that no writer of ours has written."""


def append(path: Path, row: dict[str, Any], *, durable: bool = False):
    """Write `row` as one line; with `durable` it is on the disk when this returns. NaN and infinity become null."""
    line = json.dumps(_finite(row), ensure_ascii=False, allow_nan=False).encode() + b"\n"
    with open(path, "ab+", buffering=0) as file, appending_alone(file):
        size = file.seek(0, os.SEEK_END)
        if size and (file.seek(size - 1), file.read(1))[1] != b"\n":
            line = b"\n" + line
        while line:  # a nearly full disk takes only a part, without an error; the next write names the reason
            line = line[file.write(line) :]
        if durable:
            os.fsync(file.fileno())


def rows(path: Path, fault: Callable[[dict], str | None] = lambda row: None) -> list[dict]:
    """All complete rows; an unfinished last line is not there yet. A missing file has no rows.

    `fault(row)` says what is wrong with a row, or None; each row is asked about once. Raises UnsoundRow.
    """
    try:
        about = path.stat()
    except FileNotFoundError:
        return []
    before, parsed, known = _read.get(path, (None, 0, []))
    if before is None or not _has_only_grown(before, about):
        parsed, known = 0, []
    if about.st_size > parsed:
        _demand_journal(path, about)
        with open(path, "rb") as file:
            file.seek(parsed)
            text = file.read(about.st_size - parsed)
        complete = text[: text.rfind(b"\n") + 1]
        new = [row for row in map(_parsed, complete.splitlines()) if row is not None]
        for number, row in enumerate(new, len(known) + 1):
            if wrong := fault(row):
                raise UnsoundRow(f"{path.name}, row {number}: {wrong}")
        known = known + new
        parsed += len(complete)
    _read[path] = (about, parsed, known)
    return known


def marked(path: Path, *marks: bytes) -> list[dict[str, Any]]:
    """The complete rows whose text holds one of `marks`: a quick look at a long file, nothing kept in memory."""
    try:
        _demand_journal(path, path.stat())
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    lines = text[: text.rfind(b"\n") + 1].splitlines()
    return [row for line in lines if any(mark in line for mark in marks) and (row := _parsed(line)) is not None]


def _has_only_grown(before: os.stat_result, now: os.stat_result) -> bool:
    """Whether rows that were read may still be believed; an editor that keeps the size changes the time."""
    if before.st_ino != now.st_ino or now.st_size < before.st_size:
        return False
    return now.st_size > before.st_size or now.st_mtime_ns == before.st_mtime_ns


def _demand_journal(path: Path, about: os.stat_result) -> None:
    """Raises UnsoundRow for a file that no writer of ours can have made, before anything of it is read."""
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):  # opening a folder names the error by itself
        raise UnsoundRow(f"{path.name} is a pipe or a device, not a file")
    if about.st_size > LARGEST_FILE:
        raise UnsoundRow(f"{path.name} has {about.st_size:,} bytes, more than {LARGEST_FILE:,}")


def _parsed(line: bytes) -> dict | None:
    """The object in one line, or None for a line that a crash has cut."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _finite(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
