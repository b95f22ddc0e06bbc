"""`python -m imdb_core score --file`: score a table. Called by score.py."""

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from imdb_core.commands import console
from imdb_core.data.own.tables import WHOLE_LINE, Wishes
from imdb_core.errors import DataError
from imdb_core.operating_system import resources
from imdb_core.plain_text import one_line
from imdb_core.quantities import counted
from imdb_core.scoring import table_limits, tables
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.tables import Request

SHOWN_ERRORS = 5
NOT_SCORED = {  # kind of refusal -> the end of "12 rows ..."
    "no-text": "have no text",
    "too-long": "have a text that is too long",
    "not-text": "hold a list or an object instead of a text",
    "no-known-word": "have no word that the network knows",
}
_OPTIONS = ("out", "column", "label_column", "encoding", "separator", "header", "overwrite")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options for tables to the parser of `score`."""
    table = parser.add_argument_group("a table of texts")
    table.add_argument("--file", metavar="IN", help="a table: CSV, TSV, JSON lines or Parquet")
    table.add_argument("--out", metavar="OUT", help="the scored table: .csv, .tsv, .jsonl or .parquet")
    table.add_argument("--column", metavar="TEXT", help="the column of the texts; without it, it is guessed")
    table.add_argument(
        "--label-column",
        metavar="LABEL",
        help="the column of the right classes; without it, a column that holds the network's classes",
    )
    table.add_argument("--encoding", help="of the table; default: a byte order mark, UTF-8, or a guess")
    table.add_argument("--separator", metavar="S", help="between columns: one character, or “tab”")
    table.add_argument(
        "--header", action=argparse.BooleanOptionalAction, help="whether the first row names the columns"
    )
    table.add_argument("--overwrite", action="store_true", default=None, help="replace OUT if it exists")


def check_options(options: Namespace) -> None:
    """Raise DataError for options that do not go together."""
    if options.file and not options.out:
        raise DataError("--file needs --out, the file for the scored table. Its ending says the format.")
    if options.file and options.text:
        raise DataError("--file scores a table, so give no texts as arguments.")
    if not options.file:
        for name in _OPTIONS:
            if getattr(options, name) is not None:
                raise DataError(f"--{name.replace('_', '-')} belongs to a table. Name the table with --file.")


def score(options: Namespace, network: Predictor) -> int:
    """Score the table; returns the exit code."""
    wishes = Wishes(options.encoding or "", options.separator or "", None, options.header)
    request = Request(
        *(Path(options.file), Path(options.out), options.column or "", options.label_column or "", wishes),
        overwrite=bool(options.overwrite),
    )
    if console.is_program():
        resources.limit_this_process(
            memory=table_limits.memory(),
            cpu_seconds=table_limits.CPU_SECONDS,
            file_bytes=table_limits.OUTPUT_BYTES,
        )
    try:
        with _Progress() as progress:
            figures = tables.score_table(network, request, progress)
    except KeyboardInterrupt:
        console.say(f"{options.out} was not written.")
        raise
    except MemoryError as error:
        raise DataError(table_limits.TOO_LARGE) from error
    console.show_result(options, figures | {"out": options.out}, _lines(figures, options.out))
    return 0 if figures["scored"] else 2


class _Progress:
    """Shows how many rows are read, then how many are scored."""

    def __enter__(self) -> "_Progress":
        self._phase, self._bar = "", console.Bar()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.clear()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            self._bar.clear()
            self._phase = phase
            self._bar = console.Bar(noun="rows read" if phase == tables.READING else "rows scored")
        self._bar.draw(done, done / total if total else None)


def _lines(figures: dict[str, Any], out: str) -> list[str]:
    """The figures for a terminal."""
    shares = ", ".join(f"{count:,} {name!r}" for name, count in figures["classes"].items())
    refused = [f"  {count:,} {NOT_SCORED[kind]}" for kind, count in figures["not_scored"].items()]
    return [
        _reading(figures["read_as"]),
        f"{counted(figures['rows'], 'row')}, text: {figures['column']}. Written to {out}.",
        f"{figures['scored']:,} scored: {shares}",
        *([f"Not scored, see the column {figures['new_columns'][-1]}:"] if refused else []),
        *refused,
        *(_labels(figures) if figures["labels"] else []),
    ]


def _reading(layout: dict[str, Any]) -> str:
    """How the table was read, and a warning if its encoding is a guess."""
    names = {"\t": "tab", " ": "first space", WHOLE_LINE: "none, one text a line", "": ""}
    separator = names.get(layout["separator"], layout["separator"])
    parts = [layout["kind"], layout["encoding"], separator and f"separator: {separator}"]
    guess = "" if layout["encoding_is_certain"] else ". The encoding is a guess; --encoding names another"
    return f"Read as {', '.join(filter(None, parts))}{guess}."


def _labels(figures: dict[str, Any]) -> list[str]:
    labels, lines = figures["labels"], []
    if labels["compared"]:
        low, high = labels["interval"]
        lines.append(
            f"Compared with {labels['column']}: {labels['right']:,} of {labels['compared']:,} right, "
            f"{labels['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%})"
        )
        for name, row in zip(figures["classes"], labels["confusion"], strict=True):
            answers = zip(row, figures["classes"], strict=True)
            lines.append(f"  labelled {name!r}: " + ", ".join(f"{count:,} as {c!r}" for count, c in answers))
    if labels["unknown_rows"]:
        names = ", ".join(f"{name!r} ({count:,})" for name, count in labels["unknown_labels"].items())
        lines.append(
            f"Labels that are no class of the network, in {counted(labels['unknown_rows'], 'row')}: {names}"
        )
    for error in labels["errors"][:SHOWN_ERRORS]:
        lines.append(
            f"  line {error['line']:,}: {error['label']!r}, but {error['share']:.1%} {error['class']!r}: "
            f"{one_line(error['text'])[:80]}"
        )
    return lines
