"""Tables of labelled texts in odd encodings, shapes and states."""

import csv
import os
import re
import tempfile
from pathlib import Path

from imdb_core.data.own import proposal, reader, store, tables
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.survey import Survey
from imdb_core.errors import DataError
from tests.faults.rows import Outcome, row
from tests.faults.support.nasty_tables import NASTY, PLAIN, Nasty
from tests.faults.support.refused_tables import REFUSED

ALL = {**NASTY, **REFUSED}


@row(
    "C5",
    "a table of labelled texts is odd",
    "all as intended: refused with a reason, or the rows of the file; 0 files left",
    breaks=("short rows are filled up", "labels are stripped", "quotes are always quoting"),
)
def odd_tables(place, patch, broken):
    if broken:
        _break(patch, broken)
    patch.setattr(
        proposal.bounded, "answer", lambda request, progress: reader.answer(request, lambda *_: None)
    )
    wrong = [fault for name, nasty in ALL.items() if (fault := _fault(place, name, nasty))]
    left = os.listdir(place / "cache")
    patch.undo()
    patch.setenv("IMDB_CACHE_DIR", str(place / "cache"))
    no_files = [] if broken else _no_files(place)
    wrong += [fault for fault in map(_why_wrong, no_files) if fault]
    count = len(ALL) + len(no_files)
    figure = f"{count - len(wrong)} of {count} as intended, {len(left)} files left"
    return Outcome(figure + "".join(f"; {fault}" for fault in wrong), not wrong and not left)


def _fault(place: Path, name: str, nasty: Nasty) -> str:
    """What went wrong with one file; empty if nothing did."""
    folder = Path(tempfile.mkdtemp(dir=place))
    path = folder / nasty.name
    path.write_bytes(nasty.content)
    shown = []
    try:
        stored = proposal.add(path, Choices(**nasty.choices), before_storing=shown.append)
    except DataError as error:
        return "" if nasty.refusal and re.search(nasty.refusal, str(error)) else f"{name}: {error}"
    except Exception as error:  # noqa: BLE001 - every exception is counted
        return f"{name}: {error!r}"
    try:
        return _difference(name, nasty, stored, shown[0])
    finally:
        store.delete(stored)


def _difference(name: str, nasty: Nasty, stored: str, understood: proposal.Proposal) -> str:
    if nasty.refusal:
        return f"{name}: accepted"
    classes, rows = store.facts(stored).classes, []
    for part in ("training", "test"):
        texts = store.texts(stored, part)
        rows += [(text, classes[label]) for text, label in zip(texts, texts.labels, strict=True)]
    expected = [(text.replace("\r\n", "\n"), label) for text, label in nasty.rows]
    dropped = {entry.reason: list(entry.places) for entry in understood.dropped}
    if sorted(rows) != sorted(expected):
        return f"{name}: {len(rows)} rows that are not those of the file"
    if dropped != nasty.dropped:
        return f"{name}: dropped {dropped}"
    return "" if nasty.warning in " ".join(understood.warnings) else f"{name}: no warning"


def _no_files(place: Path) -> list[tuple[Path, str]]:
    """What is no file or cannot be read, with the expected refusal; read by the process of its own."""
    pipe, loop, secret = place / "pipe", place / "loop", place / "huge.csv"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    with open(secret, "w", encoding="utf-8") as file:
        file.write(PLAIN + '"')
        for _ in range(50):
            file.write("x" * 2**20)
    return [
        (pipe, "is a pipe"),
        (loop, "is a link to itself"),
        (Path("/dev/zero"), "is a device"),
        (place / "missing.csv", "cannot be read"),
        (secret, "line 10: a cell has more than 1,048,576 characters"),
    ]


def _why_wrong(pair: tuple[Path, str]) -> str:
    path, refusal = pair
    try:
        proposal.propose(path)
    except DataError as error:
        return "" if refusal in str(error) else f"{path.name}: {error}"
    return f"{path.name}: accepted"


def _break(patch, broken: str) -> None:
    if broken == "short rows are filled up":
        patch.setattr(tables, "_cells", _filled_rows)
    elif broken == "labels are stripped":
        take = Survey.take

        def stripped(survey, entry, text, label):
            entry[1][label] = entry[1][label].strip()
            take(survey, entry, text, label)

        patch.setattr(Survey, "take", stripped)
    else:
        patch.setattr(tables.separators, "is_quoted", lambda *_: True)


def _filled_rows(path: Path, layout: tables.Layout):
    """The broken variant: as csv.DictReader, which hides rows of another length."""
    with open(path, encoding=layout.encoding, newline="") as file:
        for line, row in enumerate(csv.DictReader(file, layout.columns, delimiter=layout.separator), start=1):
            if line > layout.header:
                yield line, [row[name] or "" for name in layout.columns]
