"""Score a table of texts: the same rows in the same order, with class, probabilities and a reason.

The table is read twice. The first time every row is checked and counted, so a file that cannot be read to
its end is refused at once. The second time its rows are scored and written window by window, so the memory
does not grow with the number of rows. Called by the command `score` and by table_job.py.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from imdb_core.data.own import limits
from imdb_core.data.own.records import Nested
from imdb_core.data.own.tables import Wishes
from imdb_core.errors import DataError
from imdb_core.scoring import many, table_writers
from imdb_core.scoring.predictor import Predictor, Score
from imdb_core.scoring.table_figures import Figures
from imdb_core.scoring.table_reading import Table, Window, understand, windows
from imdb_core.scoring.table_writers import Added, added_names

READING, SCORING = "reading", "scoring"  # phases
Progress = Callable[[str, int, int], object]  # gets phase, rows done, rows in all (0: unknown); may raise

KINDS = ("no-text", "too-long", "not-text", "no-known-word")  # why a row is not scored
PREVIEW = 10  # rows
DIGITS = 6  # of a probability


@dataclass(frozen=True)
class Request:
    """What is to be scored. `column` and `label` are columns of the table.

    Empty stands for a guess, None for no label.
    """

    source: Path
    output: Path
    column: str = ""
    label: str | None = ""
    wishes: Wishes = Wishes()
    overwrite: bool = False


def nothing(phase: str, done: int, total: int) -> None:
    """A Progress for callers that show none."""


def score_table(network: Predictor, request: Request, progress: Progress = nothing) -> dict[str, Any]:
    """Write the scored table; returns its figures, see Figures.as_dict(), its columns and its first rows.

    Raises DataError with a line number for a table that cannot be read, ModelError if the network cannot
    answer, and OSError if the output cannot be written. Then, and if `progress` raises, there is no output.
    """
    table_writers.require_output(request.output, request.source, overwrite=request.overwrite)
    classes = network.config.classes
    table = understand(
        request.source,
        classes,
        request.wishes,
        text=request.column,
        label=request.label,
        progress=lambda rows: progress(READING, rows, 0),
    )
    names = added_names(table.columns, classes)
    figures, preview, done = Figures(classes, table.label), list[list[Any]](), 0
    with table_writers.output(request.output, table, names, overwrite=request.overwrite) as write:
        progress(SCORING, 0, table.rows)
        for window, answers in _answered(network, table):
            added = [_added(answer, len(classes)) for answer in answers]
            write(window, added)
            _count(figures, window, answers, table)
            preview += _first_rows(window, added, PREVIEW - len(preview))
            done += len(answers)
            progress(SCORING, done, table.rows)
        if done != table.rows:
            raise DataError(f"{table.path.name} was changed while it was read. Score it again.")
    facts = {
        "read_as": layout_facts(table),
        "column": table.text,
        "columns": [*table.columns, *names],
        "preview": preview,
    }
    return facts | {"new_columns": names} | figures.as_dict()


def layout_facts(table: Table) -> dict[str, Any]:
    """How the table was read, for JSON: the fields of its Layout without the columns."""
    return {name: value for name, value in asdict(table.layout).items() if name != "columns"}


class _Refused(Exception):
    """Why a row is not scored: `kind` is one of KINDS; its text is the reason, for the user."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


_Answer = Score | _Refused


def _answered(network: Predictor, table: Table) -> Iterator[tuple[Window, list[_Answer]]]:
    """Each window of the table with the answer to each of its rows."""
    column, waiting = table.columns.index(table.text), deque[tuple[Window, list[_Refused | None]]]()

    def texts() -> Iterator[Sequence[str]]:
        for window in windows(table.path, table.layout):
            cells = [row[column] for row in window.cells]
            refused = list(map(_refusal, cells))
            waiting.append((window, refused))
            yield ["" if no else cell for cell, no in zip(cells, refused, strict=True)]

    with closing(many.scored(network, texts())) as scored:
        for _, answers in scored:
            window, refused = waiting.popleft()
            yield (
                window,
                [
                    no or (answer if isinstance(answer, Score) else _Refused("no-known-word", str(answer)))
                    for no, answer in zip(refused, answers, strict=True)
                ],
            )


def _refusal(cell: str) -> _Refused | None:
    """Why the network need not see the cell, or None."""
    if isinstance(cell, Nested):
        return _Refused("not-text", "The cell holds a list, an object or bytes, not a text.")
    if not cell.strip():
        return _Refused("no-text", "The cell is empty.")
    if len(cell) > limits.LONGEST_TEXT:
        return _Refused(
            "too-long", f"The text has {len(cell):,} characters; at most {limits.LONGEST_TEXT:,} are scored."
        )
    return None


def _added(answer: _Answer, classes: int) -> Added:
    if isinstance(answer, _Refused):
        return [None, *[None] * classes, str(answer)]
    return [answer.label, *(round(share, DIGITS) for share in answer.shares), None]


def _count(figures: Figures, window: Window, answers: list[_Answer], table: Table) -> None:
    text = table.columns.index(table.text)
    label = table.columns.index(table.label) if table.label else None
    for line, cells, answer in zip(window.lines, window.cells, answers, strict=True):
        name = "" if label is None else cells[label]
        if isinstance(answer, _Refused):
            figures.add_refused(answer.kind, str(answer), name)
        else:
            figures.add(answer, line=line, label=name, text=cells[text])


def _first_rows(window: Window, added: list[Added], most: int) -> list[list[Any]]:
    """The first rows with their new cells; long cells are cut."""
    pairs = zip(window.cells[:most], added[:most], strict=True) if most > 0 else ()
    return [[*(cell[:100] for cell in cells), *new] for cells, new in pairs]
