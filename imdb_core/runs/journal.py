"""Append-only JSON lines: one strict JSON object a line, whole lines only.

A line that was cut by a crash is closed before the next one is written, and readers skip it: no complete row is lost or merged.
"""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

_read: dict[Path, tuple[int, int, list[dict]]] = {}  # path -> (inode, bytes parsed, rows): pages poll, so only new bytes are read


class UnsoundRow(ValueError):
    """A row that no writer of ours has written."""


def append(path: Path, row: dict[str, Any], *, durable: bool = False):
    """Write `row` as one line; with `durable` it is on the disk when this returns. NaN and infinity become null."""
    line = json.dumps(_finite(row), ensure_ascii=False, allow_nan=False).encode() + b"\n"
    with open(path, "ab+", buffering=0) as file:
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
        stat = path.stat()
    except FileNotFoundError:
        return []
    inode, parsed, known = _read.get(path, (None, 0, []))
    if inode != stat.st_ino or stat.st_size < parsed:
        parsed, known = 0, []
    if stat.st_size > parsed:
        with open(path, "rb") as file:
            file.seek(parsed)
            text = file.read(stat.st_size - parsed)
        complete = text[: text.rfind(b"\n") + 1]
        new = [row for row in map(_parsed, complete.splitlines()) if row is not None]
        for number, row in enumerate(new, len(known) + 1):
            if wrong := fault(row):
                raise UnsoundRow(f"{path.name}, row {number}: {wrong}")
        known = known + new
        parsed += len(complete)
    _read[path] = (stat.st_ino, parsed, known)
    return known


def marked(path: Path, *marks: bytes) -> list[dict[str, Any]]:
    """The complete rows whose text holds one of `marks`: a quick look at a long file, nothing kept in memory."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    lines = text[: text.rfind(b"\n") + 1].splitlines()
    return [row for line in lines if any(mark in line for mark in marks) and (row := _parsed(line)) is not None]


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
