"""Odd tables of labelled texts, each with its truth: the rows that it holds, or why it is refused.

All are generated. Called by the row C5.
"""

import io
import json
from dataclasses import dataclass, field

TEXTS = ["a good film", "a bad film", "well made", "boring", "I liked it", "too long", "great", "awful"]
LABELS = ["pos", "neg"] * 4
ROWS = list(zip(TEXTS, LABELS, strict=True))
HEADER = "review,sentiment"


@dataclass(frozen=True)
class Nasty:
    """A file: its bytes, and either its (text, label) `rows` or a regular expression for the `refusal`."""

    content: bytes
    rows: list | None = None
    refusal: str = ""
    name: str = "reviews.csv"
    choices: dict = field(default_factory=dict)
    dropped: dict = field(default_factory=dict)  # reason -> places
    warning: str = ""


def lines(rows, separator=",", header=HEADER, end="\n"):
    first = [header.replace(",", separator)] if header else []
    return end.join([*first, *(separator.join(row) for row in rows)]) + end


PLAIN = lines(ROWS)
KOREAN = [("정말 재미있는 영화였어요", "긍정"), ("지루하고 시간이 아까운 영화", "부정")] * 20
KOREAN = [(f"{text} {number}", label) for number, (text, label) in enumerate(KOREAN)]
FRENCH = [(text.replace("a ", "été déçu, "), label) for text, label in ROWS]
QUOTED = [('He said "no", twice', "neg"), ("line one\r\nline two", "pos"), (" padded ", "pos"), *ROWS]
COMMAS = [("no, no", "neg"), *ROWS]
STRAY = [('"never closed', "neg"), ('5" disk', "pos"), ('ends with"', "neg"), *ROWS]
ODD_TEXTS = ["NA", "null", "1e5", "None", "#N/A", "-", "0", "TRUE"]
ODD = list(zip(ODD_TEXTS, LABELS, strict=True))


def quoted(rows, header=HEADER, separator=","):
    cells = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    return lines(cells, separator, header)


def _encodings() -> dict[str, Nasty]:
    mark = "\ufeff"
    return {
        "UTF-8 with a mark": Nasty((mark + PLAIN).encode(), ROWS),
        "UTF-16 with a mark": Nasty(PLAIN.encode("utf-16"), ROWS),
        "UTF-16 without a mark": Nasty(PLAIN.encode("utf-16-le"), ROWS),
        "UTF-32": Nasty(PLAIN.encode("utf-32"), ROWS),
        "cp1252, not confirmed": Nasty(
            quoted(FRENCH).encode("cp1252"), refusal="not UTF-8. It looks like cp1252"
        ),
        "cp1252 whose characters cp1250 has in the same places": Nasty(
            quoted([(f"Größe „{text}“ – teuer €", label) for text, label in ROWS]).encode("cp1252"),
            refusal="not UTF-8. It looks like cp1252",
        ),
        "cp1252, confirmed": Nasty(quoted(FRENCH).encode("cp1252"), FRENCH, choices={"encoding": "cp1252"}),
        "cp949, not confirmed": Nasty(
            lines(KOREAN).encode("cp949"), refusal="not UTF-8. It looks like cp949"
        ),
        "cp949, confirmed": Nasty(lines(KOREAN).encode("cp949"), KOREAN, choices={"encoding": "cp949"}),
        "no such encoding": Nasty(
            PLAIN.encode(), refusal="'klingon' is not a character", choices={"encoding": "klingon"}
        ),
        "an encoding of bytes": Nasty(
            PLAIN.encode(), refusal="is not an encoding", choices={"encoding": "base64"}
        ),
        "the wrong encoding": Nasty(
            lines(KOREAN).encode("cp949"),
            refusal="line 2 is not text in the encoding utf-8",
            choices={"encoding": "utf8"},
        ),
        "UTF-8, broken in line 5": Nasty(
            PLAIN.replace("boring", "bor\udcffing").encode("utf-8", "surrogateescape"), refusal="not UTF-8"
        ),
        "cut UTF-16": Nasty(PLAIN.encode("utf-16")[:-1], refusal="line 9 is not text in utf-16"),
        "NUL": Nasty(PLAIN.replace("boring", "bor\0ing").encode(), refusal="line 5: a NUL character"),
    }


def _separated() -> dict[str, Nasty]:
    lined = [(f"{text},\nand more", label) for text, label in ROWS]
    return {
        "each quoted text has a separator and a line end": Nasty(quoted(lined).encode(), lined),
        "only the texts are quoted, each with a separator and a line end": Nasty(
            quoted(lined).replace('"pos"', "pos").replace('"neg"', "neg").encode(), lined
        ),
        "labels with a colon, before the text": Nasty(
            lines([(f"A:{label}", f"what {text}") for text, label in ROWS], header="").encode(),
            [(f"what {text}", f"A:{label}") for text, label in ROWS],
        ),
        "semicolons": Nasty(lines(ROWS, ";").encode(), ROWS),
        "tabs": Nasty(lines(COMMAS, "\t").encode(), COMMAS, name="r.tsv"),
        "bars": Nasty(lines(ROWS, "|").encode(), ROWS),
        "line ends of Windows": Nasty(lines(ROWS, end="\r\n").encode(), ROWS),
        "no line end at the end": Nasty(PLAIN.rstrip().encode(), ROWS),
        "empty lines": Nasty(PLAIN.replace("\n", "\n\n").encode(), ROWS),
        "no header": Nasty(lines(ROWS, header="").encode(), ROWS),
    }


def _shapes() -> dict[str, Nasty]:
    wide = [(*[f"cell {row}.{column}" for column in range(13)], *ROWS[row]) for row in range(8)]
    wide_header = ",".join([*(f"field_{number}" for number in range(13)), "text", "airline_sentiment"])
    rare = [*ROWS * 3, *[("neither good nor bad", "neutral")] * 3]
    rare = [(f"{text} {number}", label) for number, (text, label) in enumerate(rare)]
    stars = [(f"{text} {star}", str(star)) for star in range(1, 6) for text in TEXTS]
    trec = [
        f"{label}:{'ab'[number % 2]} What is {label}, {number} ?"
        for number in range(4)
        for label in ("LOC", "NUM")
    ]
    marked = [f"__label__{label} {text}" for text, label in ROWS]
    enclosing = [("1", '"bad', "0"), ("2", 'bad"', "0")]
    enclosing += [(str(number), text, "01"[number % 2]) for number, text in enumerate(TEXTS)]
    alike = [(f"text {n}", label) for n in range(3) for label in ("1", "1.0", " 1", "True", "true")]
    trec_rows = [(line.partition(" ")[2], line[:3]) for line in trec]
    return {
        "no header, said": Nasty(PLAIN.encode(), refusal="'sentiment' has 1", choices={"header": False}),
        "15 columns": Nasty(lines(wide, header=wide_header).encode(), ROWS),
        "Kaggle's two columns": Nasty(quoted(QUOTED).encode(), [*QUOTED]),
        "line ends and quotes within quotes": Nasty(quoted(QUOTED, "text,label").encode(), QUOTED),
        "an index without a name": Nasty(
            lines([(str(n), *row) for n, row in enumerate(ROWS)], header=",text,label").encode(), ROWS
        ),
        "labels first": Nasty("\n".join(trec).encode(), trec_rows, name="trec.label"),
        "fastText": Nasty("\n".join(marked).encode(), ROWS, name="t.txt"),
        "stray quotes": Nasty(lines(STRAY, "\t").encode(), STRAY),
        "two stray quotes that enclose rows": Nasty(
            lines(enclosing, "\t", "id,document,label").encode(), [row[1:] for row in enclosing]
        ),
        "three classes, one rare": Nasty(lines(rare).encode(), rare, warning="fewer than 20"),
        "five stars": Nasty(lines(stars, header="text,stars").encode(), stars),
        "texts that look like missing values": Nasty(lines(ODD).encode(), ODD),
        "labels 1 and 1.0, True and true": Nasty(
            lines(alike).encode(),
            alike,
            warning="look alike",
            choices={"drop_duplicates": False},
        ),
    }


def _dropped() -> dict[str, Nasty]:
    rows = [
        *ROWS,
        ("", "pos"),
        ("no label", ""),
        (" ", " "),
        ROWS[0],
        (ROWS[1][0], "pos"),
        ("x" * 100_001, "pos"),
    ]
    places = {"empty": [10, 12], "no-label": [11], "duplicate": [13], "conflict": [14], "too-long": [15]}
    spaced = [(text, label) for text, label in ROWS] + [(f"{text}!", " pos") for text in TEXTS[:3]]
    merged = [(text, label.strip()) for text, label in spaced]
    return {
        "rows without a text or a label, and duplicates": Nasty(lines(rows).encode(), ROWS, dropped=places),
        '" pos" and "pos"': Nasty(lines(spaced).encode(), spaced, warning="'pos' and ' pos' look alike"),
        '" pos" merged into "pos"': Nasty(
            lines(spaced).encode(), merged, choices={"merges": {" pos": "pos"}}
        ),
        "a label left out": Nasty(
            lines([*ROWS, ("spam", "ad")]).encode(),
            ROWS,
            choices={"left_out": ("ad",)},
            dropped={"left-out": [10]},
        ),
    }


def _records() -> dict[str, Nasty]:
    good = [json.dumps({"text": text, "label": label}) for text, label in ROWS]
    missing = [
        *good,
        json.dumps({"text": "no label"}),
        json.dumps({"label": "pos"}),
        json.dumps({"text": None}),
    ]
    nested = [*good, json.dumps({"text": ["a", "list"], "label": "pos"})]
    numbers = [f'{{"text": "t{n}", "label": {label}}}' for n, label in enumerate(["1", "1.0", "true"] * 3)]
    number_rows = [(f"t{number}", label) for number, label in enumerate(["1", "1.0", "True"] * 3)]
    twice = [*good, '{"text": "a", "label": "pos", "label": "neg"}']
    return {
        "JSON lines": Nasty("\n".join(good).encode(), ROWS, name="r.jsonl"),
        "JSON lines with missing keys": Nasty(
            "\n".join(missing).encode(), ROWS, name="r.jsonl", dropped={"no-label": [9], "empty": [10, 11]}
        ),
        "JSON with a list as text": Nasty(
            "\n".join(nested).encode(), refusal="Line 9: the text is a list", name="r.jsonl"
        ),
        "JSON numbers as labels": Nasty("\n".join(numbers).encode(), number_rows, name="r.jsonl"),
        "JSON, cut": Nasty("\n".join(good)[:-9].encode(), refusal="line 8 is not JSON", name="r.jsonl"),
        "JSON with a name twice": Nasty(
            "\n".join(twice).encode(), refusal="line 9 has a name twice", name="r.jsonl"
        ),
        "JSON, very deep": Nasty(b'{"text":' + b"[" * 10**5, refusal="line 1 is not JSON", name="r.jsonl"),
        "Parquet": Nasty(_parquet(), ROWS, name="r.parquet"),
        "half of a Parquet file": Nasty(_parquet()[:300], refusal="not a readable Parquet", name="r.parquet"),
    }


def _parquet() -> bytes:
    import pyarrow
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": TEXTS, "label": LABELS}), stream)
    return stream.getvalue()


NASTY = {**_encodings(), **_separated(), **_shapes(), **_dropped(), **_records()}
