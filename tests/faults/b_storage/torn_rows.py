"""Rows of events and metrics whose last bytes were not written."""

import json
from pathlib import Path

from imdb_core.runs import journal, layout
from tests.faults.rows import Outcome, row


@row(
    "B5",
    "the last rows are cut off at any byte",
    "0 complete rows lost, 0 rows merged",
    breaks=("naive append",),
)
def torn_rows(place, patch, broken):
    path, written = (
        place / layout.METRICS,
        [{"event": "queued"}, {"event": "größer \u2028", "n": 1}, {"event": 'quote " \\', "n": [1]}],
    )
    append = _naive_append if broken else journal.append
    for event in written:
        append(path, event)
    whole = path.read_bytes()
    ends = [number + 1 for number, byte in enumerate(whole) if byte == ord("\n")]
    cuts = range(ends[0], len(whole) + 1)
    lost = merged = 0
    for length in cuts:
        path.write_bytes(whole[:length])
        before, complete = _rows_afresh(path), sum(end <= length for end in ends)
        append(path, {"event": "after"})
        after = _rows_afresh(path)
        # A row without its line end is complete, too: the next append closes the line.
        closed = sum(end <= length + 1 for end in ends)
        lost += (
            before != written[:complete]
            or after[:closed] != written[:closed]
            or {"event": "after"} not in after
        )
        merged += len(after) != closed + 1
    return Outcome(f"{lost} of {len(cuts)} cuts lost a row, {merged} merged two rows", lost + merged == 0)


def _rows_afresh(path: Path) -> list[dict]:
    """The rows for a process that reads the file for the first time."""
    journal.memory.clear()
    return journal.rows(path)


def _naive_append(path: Path, row: dict) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
