"""Tables of labelled texts that are refused. Called by the row C5."""

import io
import json
import zipfile

from tests.faults.support.nasty_tables import PLAIN, QUOTED, ROWS, TEXTS, Nasty, lines, quoted


def _no_data_sets() -> dict[str, Nasty]:
    doubled = lines([(*row, row[0]) for row in ROWS], header="text,label,text")
    many = lines([(f"text {number}", f"{number:05}") for number in range(1200)], header="text,label")
    return {
        "empty": Nasty(b"", refusal="is empty"),
        "only empty lines": Nasty(b"\n \n\n", refusal="only empty lines"),
        "header only": Nasty(b"text,label\n", refusal="no rows below its header"),
        "one column": Nasty(b"text\ngood\nbad\n", refusal="line 1 has only one column"),
        "one class": Nasty(lines([(text, "pos") for text in TEXTS]).encode(), refusal="All labels are 'pos'"),
        "a class of one text": Nasty(
            lines([*ROWS, ("so so", "fair")]).encode(), refusal="class 'fair' has 1 text; each class needs 3"
        ),
        "a label for each text": Nasty(many.encode(), refusal="more than 1,000 different values"),
        "a column twice": Nasty(
            doubled.encode(), refusal="names the column 'text' twice, as columns 1 and 3"
        ),
    }


def _unreadable() -> dict[str, Nasty]:
    long = lines([*ROWS, ("x" * 2**21, "pos")])
    return {
        "no such column": Nasty(
            PLAIN.encode(), refusal="no column 'stars' for the label", choices={"label": "stars"}
        ),
        "one column for both": Nasty(
            PLAIN.encode(), refusal="cannot be both", choices={"text": "review", "label": "review"}
        ),
        "a row too long": Nasty(
            PLAIN.replace("boring", "slow, boring").encode(), refusal="line 5 has 3 columns"
        ),
        "a row too short": Nasty(PLAIN.replace("boring,", "boring").encode(), refusal="line 5 has 1 column,"),
        "an unclosed quote": Nasty(
            quoted(ROWS).replace('boring"', "boring").encode(),
            refusal="line 5: a quote is opened|line 5: text follows",
        ),
        "text after a quote": Nasty(
            quoted(QUOTED).replace('boring"', 'boring"!').encode(),
            refusal="line 9: text follows a closing quote",
        ),
        "a cell of 2 MB": Nasty(long.encode(), refusal="line 10: a cell has more than 1,048,576"),
        "a merge of no label": Nasty(
            PLAIN.encode(), refusal="No row has the label 'po'", choices={"merges": {"po": "p"}}
        ),
        "a whole JSON list": Nasty(
            json.dumps([{"a": 1}]).encode(), refusal="line 1 holds a list", name="r.json"
        ),
        "a damaged Parquet file": Nasty(b"PAR1" + bytes(100) + b"PAR1", refusal="not a readable Parquet"),
        "a picture": Nasty(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, refusal="NUL character"),
        "an office document": Nasty(
            _office(), refusal="office document. Save the table as CSV", name="r.xlsx"
        ),
    }


def _office() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return stream.getvalue()


REFUSED = {**_no_data_sets(), **_unreadable()}
