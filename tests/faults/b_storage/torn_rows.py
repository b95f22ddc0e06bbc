"""Rows whose last bytes were not written."""

import json
from pathlib import Path

from imdb_core.runs import journal
from tests.faults.rows import Outcome, row


@row(
    "B5",
    "the last rows are cut off at any byte",
    "0 complete rows lost, 0 rows merged",
    breaks=("naive append",),
)
def torn_rows(place, patch, broken):
    path, written = (
        place / "metrics.jsonl",
        [{"event": "queued"}, {"event": "größer \u2028", "n": 1}, {"event": 'quote " \\', "n": [1]}],
    )
    append = _naive_append if broken else journal.append
    for one in written:
        append(path, one)
    whole = path.read_bytes()
    ends = [number + 1 for number, byte in enumerate(whole) if byte == ord("\n")]
    cuts = range(ends[0], len(whole) + 1)
    lost = merged = 0
    for length in cuts:
        path.write_bytes(whole[:length])
        before, complete = _fresh(path), sum(end <= length for end in ends)
        append(path, {"event": "after"})
        after = _fresh(path)
        # A row whose line end alone is missing is complete as well: closing the line brings it back.
        closed = sum(end <= length + 1 for end in ends)
        lost += (
            before != written[:complete]
            or after[:closed] != written[:closed]
            or {"event": "after"} not in after
        )
        merged += len(after) != closed + 1
    return Outcome(f"{lost} of {len(cuts)} cuts lost a record, {merged} merged two", lost + merged == 0)


def _fresh(path: Path) -> list[dict]:
    """The rows as a process sees them that reads the file for the first time."""
    journal.memory.clear()
    return journal.rows(path)


def _naive_append(path: Path, one: dict) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(one, ensure_ascii=False) + "\n")
