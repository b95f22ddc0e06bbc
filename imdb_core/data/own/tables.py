"""Read a table of texts: CSV with any separator, JSON lines, Parquet, or lines that begin with a label.

detect() says how a file is built, rows() reads it row by row. Both run in the reading process (reader.py),
because a file may be built to fill the memory. csv.DictReader is not used: it hides rows that are too short.
"""

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imdb_core.data.own import columns, encodings, limits, records, separators
from imdb_core.data.own.encodings import UndecodableLine
from imdb_core.errors import DataError

Row = tuple[int, list[str]]  # (line number, cells)
WHOLE_LINE = "\x1f"  # the separator of a table with one column: a character that texts do not hold
FEWEST_FIT = 0.5  # share of the rows that must have as many cells as the first row; else a file holds lines
LABEL_FIRST_COLUMNS = ("class", "finer", "class:finer", "text")  # before and after the colon; both; the text
SUFFIXES = (
    ".csv",
    ".tsv",
    ".tab",
    ".txt",
    ".label",
    ".jsonl",
    ".ndjson",
    ".json",
    ".parquet",
    ".data",
    ".dat",
)


@dataclass(frozen=True)
class Layout:
    """How a table is built. `kind`: "table", "jsonl", "parquet", "label first" or "folder"."""

    encoding: str
    separator: str
    quoted: bool
    header: bool
    columns: tuple[str, ...]
    kind: str = "table"
    encoding_is_certain: bool = True
    other_encodings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What the user has said about the layout; empty and None stand for "guess"."""

    encoding: str = ""
    separator: str = ""
    quoted: bool | None = None
    header: bool | None = None


def detect(path: Path, wishes: Wishes = Wishes(), *, fewest_columns: int = 2) -> Layout:
    """How the table is built. Raises DataError with a line number if it cannot be one.

    With `fewest_columns` 1 a file of lines, which no separator cuts, is a table with one column. Its empty
    lines are rows.
    """
    with open(path, "rb") as file:
        start = file.read(4)
    if start == records.PARQUET_MARK:
        return Layout("", "", False, True, records.parquet_columns(path, fewest_columns), "parquet")
    encoding = _encoding(path, wishes.encoding)
    sample = _sample(path, encoding.name)
    if not sample.strip():
        raise DataError(f"{path.name} has only empty lines. Choose a file with labelled texts.")
    facts = (encoding.is_certain, encoding.others)
    if path.suffix in (".jsonl", ".ndjson", ".json") or sample.lstrip()[:1] == "{":
        names = records.json_columns(path, encoding.name, fewest_columns)
        return Layout(encoding.name, "", False, True, names, "jsonl", *facts)
    if not wishes.separator and separators.labels_come_first(sample.splitlines()):
        return Layout(encoding.name, " ", False, False, LABEL_FIRST_COLUMNS, "label first", *facts)
    separator = _separator(path, sample, wishes, fewest_columns)
    quoted = wishes.quoted
    if quoted is None:
        quoted = separators.is_quoted(path, encoding.name, separator)
    draft = Layout(encoding.name, separator, quoted, False, ())
    header, names = _header(path, draft, wishes.header)
    return Layout(encoding.name, separator, quoted, header, names, "table", *facts)


def rows(path: Path, layout: Layout) -> Iterator[Row]:
    """(line number, cells) of each row after the header. Raises DataError with a line number."""
    if layout.kind == "parquet":
        yield from records.parquet_rows(path, layout.columns)
    elif layout.kind == "jsonl":
        yield from records.json_rows(path, layout.encoding, layout.columns)
    elif layout.kind == "label first":
        yield from _label_first_rows(path, layout)
    else:
        yield from _cells(path, layout)


def _encoding(path: Path, wish: str) -> encodings.Encoding:
    if not wish:
        return encodings.detect(path)
    name = encodings.known(wish)
    try:
        encodings.check(path, name)
    except UndecodableLine as error:
        raise DataError(
            f"{path.name}, line {error.line} is not text in the encoding {name}. Choose another encoding."
        ) from error
    except UnicodeError as error:  # UTF-16 without its mark, for instance
        raise DataError(f"{path.name} is not text in the encoding {name}: {error}.") from error
    return encodings.Encoding(name)


def _sample(path: Path, encoding: str) -> str:
    """The first lines of a text file; a line that is cut is left out."""
    with open(path, encoding=encoding, errors="replace", newline="") as file:
        text = file.read(limits.SAMPLE_BYTES)
        return text if not file.read(1) else text[: text.rfind("\n") + 1] or text


def _separator(path: Path, sample: str, wishes: Wishes, fewest_columns: int) -> str:
    if wishes.separator:
        wish = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";"}.get(
            wishes.separator, wishes.separator
        )
        if len(wish) != 1 or wish in '\r\n"':
            raise DataError(f"{wishes.separator!r} is not a separator. Give one character, or “tab”.")
        return wish
    separator, count = separators.separator(sample, prefer_tab=path.suffix in (".tsv", ".tab"))
    is_lines = count.width < 2 or path.suffix not in (".csv", ".tsv", ".tab") and count.share < FEWEST_FIT
    if is_lines and fewest_columns < 2:
        return WHOLE_LINE
    if count.width < 2:
        raise DataError(
            f"{path.name}, line 1 has only one column: none of comma, tab, semicolon and “|” separates a "
            "text "
            "from its label. Give the separator, or choose a file with two columns."
        )
    return separator


def _header(path: Path, draft: Layout, wish: bool | None) -> tuple[bool, tuple[str, ...]]:
    """(whether the first row names the columns, the names)."""
    first_rows = list(itertools.islice(_all_cells(path, draft), limits.SAMPLE_ROWS))
    first, others = first_rows[0][1], [cells for _, cells in first_rows[1:]]
    if len(first) > limits.MOST_COLUMNS:
        raise DataError(f"{path.name} has {len(first)} columns; at most {limits.MOST_COLUMNS} are allowed.")
    others = [cells for cells in others if len(cells) == len(first)]
    header = columns.is_header(first, others) if wish is None else wish
    if not header:
        return False, tuple(f"column {number}" for number in range(1, len(first) + 1))
    return True, columns.names(first, path.name)


def _cells(path: Path, layout: Layout) -> Iterator[Row]:
    width, is_header = len(layout.columns), layout.header
    for line, cells in _all_cells(path, layout):
        if len(cells) != width:
            raise DataError(
                f"{path.name}, line {line} has {_columns(len(cells))}, but the first row has {width}. Put a "
                f"text that contains “{layout.separator}” or a line end between quotes, or choose another "
                "separator."
            )
        if not is_header:
            yield line, cells
        is_header = False


def _all_cells(path: Path, layout: Layout) -> Iterator[Row]:
    quoting = separators.QUOTING[layout.quoted]
    with open(path, encoding=layout.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=layout.separator, strict=True, quoting=quoting)
        line = 1
        try:
            for cells in reader:
                if layout.separator == WHOLE_LINE:
                    yield line, cells or [""]
                elif not separators.is_blank(cells):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise DataError(_csv_sentence(path, line, error)) from error


def _csv_sentence(path: Path, line: int, error: csv.Error) -> str:
    if "field limit" in str(error):
        return (
            f"{path.name}, line {line}: a cell has more than {csv.field_size_limit():,} characters. It is "
            "too long, "
            "or a quote in it is not closed."
        )
    if "unexpected end" in str(error):
        return f"{path.name}, line {line}: a quote is opened and not closed before the end of the file."
    return (
        f"{path.name}, line {line}: text follows a closing quote ({error}). Double the quotes within a "
        "text, or "
        "say that quotes are plain characters."
    )


def _columns(number: int) -> str:
    return f"{number} column{'s' * (number != 1)}"


def _label_first_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """Lines "CLASS:finer text": the cells of LABEL_FIRST_COLUMNS."""
    with open(path, encoding=layout.encoding) as file:
        for line, content in enumerate(_bounded_lines(file, path.name), start=1):
            if not content.strip():
                continue
            label, _, text = content.rstrip("\n").partition(" ")
            label = re.sub("^__label__", "", label)
            coarse, colon, finer = label.partition(":")
            yield line, [coarse, finer if colon else coarse, label, text]


def _bounded_lines(file: "records.Lines", name: str) -> Iterator[str]:
    return records.bounded_lines(file, name)
