"""Odd tables to be scored, each with its truth: the cells of its rows, or why it is refused. For row E7.

A network of three classes answers; TEXT is the column of the texts.
"""

import csv
import io
import json
from dataclasses import dataclass

import numpy as np

from imdb_core.scoring.predictor import Predictor
from tests.faults.support.scored_texts import pretrained

CLASSES = ("bad", "=so so", "good")
TEXT = "review"
CELLS = [
    "a fine film",
    "",
    'he said "never", twice',
    "one line\nand another",
    "=1+1 a film",
    "  ",
    "\t=film",
    "zzqx",
    "-5",
]
NUMBERS = ["-1.5", "+3", "1e5", "NA", "", "007", "-5", "@x", "=2"]
WIDTH = 15  # columns


class ThreeClasses(Predictor):
    """A pretrained network whose positive share is split in two."""

    def __init__(self):
        self.__dict__ |= vars(pretrained())
        self.config = self.config.model_copy(update={"classes": CLASSES})

    def for_batches(self):
        return self

    def shares(self, rows, width, limit=None):
        negative, positive = pretrained().shares(rows, width, limit).T
        return np.stack([negative, positive * 0.4, positive * 0.6], axis=1)


@dataclass(frozen=True)
class OddTable:
    """A file: its bytes, and its header and rows as texts, or a regular expression for the `refusal`."""

    content: bytes
    rows: list[list[str]] | None = None
    refusal: str = ""
    name: str = "reviews.csv"


HEADER = ["id", TEXT, "amount", *(f"column {number}" for number in range(3, WIDTH))]
ROWS = [
    [str(number), CELLS[number % len(CELLS)], NUMBERS[number % len(NUMBERS)], *["x, y"] * (WIDTH - 3)]
    for number in range(2100)  # more than one window
]
FEW = [HEADER, *ROWS[:9]]


def written(rows, **options) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, **options).writerows(rows)
    return file.getvalue()


def _json_lines(rows) -> bytes:
    objects = [{**dict(zip(rows[0], row, strict=True)), "number": i + 0.5} for i, row in enumerate(rows[1:])]
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode()


PLAIN = written(FEW, lineterminator="\n")
ONE_COLUMN = [[TEXT], ["a fine film, never dull"], [""], ["zzqx"], ["boring, dull and bad"], ["a fine film"]]
STRAY = [["id", TEXT], ["1", '"fine film'], ["2", 'a " dull one'], ["3", ""], ["4", "a good film"]]
TABLES = {
    "2,100 rows of 15 columns": OddTable(
        written([HEADER, *ROWS], lineterminator="\n").encode(), [HEADER, *ROWS]
    ),
    "CRLF": OddTable(written(FEW).encode(), FEW),
    "a byte order mark": OddTable(PLAIN.encode("utf-8-sig"), FEW),
    "UTF-16": OddTable(PLAIN.encode("utf-16"), FEW),
    "semicolons": OddTable(written(FEW, delimiter=";").encode(), FEW),
    "one column": OddTable("".join(f"{row[0]}\n" for row in ONE_COLUMN).encode(), ONE_COLUMN),
    "stray quotes": OddTable(
        "".join("\t".join(row) + "\n" for row in STRAY).encode(), STRAY, name="reviews.tsv"
    ),
    "JSON lines": OddTable(
        _json_lines(FEW),
        [[*HEADER, "number"], *([*row, f"{i}.5"] for i, row in enumerate(FEW[1:]))],
        name="reviews.jsonl",
    ),
    "a short row": OddTable(f"{PLAIN}10,short\n".encode(), refusal=r"line 12 has 2 columns"),
    "a long row": OddTable(f"{PLAIN}{'x,' * 15}x\n".encode(), refusal=r"line 12 has 16 columns"),
    "an open quote": OddTable(f'{PLAIN}10,"open,{"x," * 13}\n'.encode(), refusal="line 1"),
    "a NUL": OddTable(PLAIN.replace("zzqx", "zz\0qx").encode(), refusal="line 10: a NUL"),
    "a broken line of JSON": OddTable(
        _json_lines(FEW) + b'{"id": 1\n', refusal="line 10 is not JSON", name="reviews.jsonl"
    ),
    "an unknown name in JSON": OddTable(
        _json_lines([HEADER, *(ROWS * 3)[:5000]]) + b'{"other": "x"}\n',
        refusal="line 5001 has the name 'other'",
        name="reviews.jsonl",
    ),
    "only a header": OddTable(written([HEADER]).encode(), refusal="no rows below its header"),
    "empty": OddTable(b"", refusal="is empty"),
    "an archive": OddTable(b"PK\x03\x04....", refusal="not a table"),
}
