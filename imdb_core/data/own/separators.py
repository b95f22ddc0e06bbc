"""Which character separates the columns of a table, and whether quotes are quoting or plain characters.

Nothing in such a file says so: each possibility is tried and the rows that fit are counted. Called by
tables.py, in the reading process.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imdb_core.data.own import limits

SEPARATORS = (",", "\t", ";", "|")
QUOTING: dict[bool, Literal[0, 3]] = {True: csv.QUOTE_MINIMAL, False: csv.QUOTE_NONE}
_LABEL_FIRST = re.compile(r"(\S{1,100})[ \t]+\S")
# fastText's mark, or "CLASS:finer class". With a separator in it, the line is a row of a table.
_MARKED = re.compile(r'(__label__[^\s,;|"]+|[^\s:,;|"]+:[^\s:,;|"]+)$')


@dataclass
class Count:
    """What a file is under one rule: its rows, where the first fault is, and rows with a cell in quotes."""

    width: int = 0  # cells of the first row
    rows: int = 0
    ragged: int = 0  # rows with another number of cells
    first_fault: int | None = None  # line
    wrapped: int = 0
    opened: int = 0  # rows with a cell that begins with a quote and ends without one
    broken: bool = False  # csv gave up: a quote is not closed, or a cell is too long

    @property
    def share(self) -> float:
        """The share of rows that fit the first row; halved if csv gave up."""
        return (self.rows - self.ragged) / max(1, self.rows) / (2 if self.broken else 1)


class _Cut:
    """The lines of a text file up to `most` characters; `is_cut` says whether there were more."""

    def __init__(self, file: io.TextIOBase | io.StringIO, most: int) -> None:
        self.file, self.left, self.is_cut = file, most, False

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            if self.left < 0:
                self.is_cut = True
                return
            self.left -= len(line)
            yield line


def separator(sample: str, *, prefer_tab: bool) -> tuple[str, Count]:
    """The separator of a table that begins with `sample`, and how well it fits.

    A table has two columns at least, so a separator that is not in the first row gets the width 1.
    """
    order = sorted(SEPARATORS, key=lambda character: character != "\t") if prefer_tab else SEPARATORS
    fits = []
    for character in order:
        counts = [
            _count(_Cut(io.StringIO(sample, newline=""), len(sample)), character, way) for way in QUOTING
        ]
        fits.append((character, max(counts, key=lambda count: count.share)))
    return max(fits, key=lambda fit: (fit[1].width > 1, fit[1].share, fit[1].width > 1 and fit[0] == "\t"))


def is_quoted(path: Path, encoding: str, separator: str) -> bool:
    """Whether quotes around a cell are quoting, as in CSV, and not characters of the text, as in NSMC."""
    counts = {}
    for way in QUOTING:
        with open(path, encoding=encoding, newline="") as file:
            counts[way] = _count(_Cut(file, limits.QUOTE_BYTES), separator, way)
    quoted, plain = counts[True], counts[False]
    if plain.wrapped * 2 > plain.rows:  # most rows have a cell in quotes, so a program has put them there
        return True
    if plain.first_fault is None and quoted.first_fault is None:
        # Without quoting there are more rows: a stray quote has swallowed some, or most cells have line ends.
        return plain.rows <= quoted.rows or plain.opened * 5 >= quoted.rows
    if plain.first_fault is None or quoted.first_fault is None:
        return quoted.first_fault is None
    return quoted.first_fault >= plain.first_fault


def labels_come_first(lines: list[str]) -> bool:
    """Whether each line is a label, a space and a text: "NUM:date When did ...", "__label__spam Win ..."."""
    matches = [match for line in lines if (match := _LABEL_FIRST.match(line))]
    labels = [match[1] for match in matches]
    if len(lines) < 4 or len(labels) < 0.95 * len(lines):
        return False
    return sum(map(bool, map(_MARKED.match, labels))) >= 0.95 * len(labels) and len({*labels}) * 2 <= len(
        labels
    )


def _count(lines: _Cut, separator: str, quoted: bool) -> Count:
    count = Count()
    # A generator as input would hide `lines.is_cut` from csv; csv only iterates.
    reader = csv.reader(lines, delimiter=separator, strict=True, quoting=QUOTING[quoted])
    line = 1
    try:
        for row in reader:
            if not is_blank(row):
                _add(count, row, line, quoted)
            line = reader.line_num + 1
    except csv.Error:
        if not lines.is_cut:  # a sample may end within a quoted cell
            count.broken = True
            count.first_fault = line if count.first_fault is None else count.first_fault
    return count


def _add(count: Count, row: list[str], line: int, quoted: bool) -> None:
    count.width = count.width or len(row)
    count.rows += 1
    if len(row) != count.width:
        count.ragged += 1
        count.first_fault = line if count.first_fault is None else count.first_fault
    count.opened += not quoted and any(cell[:1] == '"' and not cell[1:].endswith('"') for cell in row)
    count.wrapped += not quoted and any(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in row)


def is_blank(row: list[str]) -> bool:
    """Whether csv has read an empty line."""
    return not row or len(row) == 1 and not row[0].strip()
