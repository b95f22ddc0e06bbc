"""A scored table: the same rows and values in every format, what labels say, and which outputs are refused."""

import csv
import json
import os

import pytest
from pyarrow import parquet

from imdb_core import formulas, paths
from imdb_core.errors import DataError
from imdb_core.scoring import predictor, table_reading
from imdb_core.scoring.table_writers import added_names
from imdb_core.scoring.tables import SCORING, Request, score_table

TEXTS = ["a superb film", "boring, bad and dull", "", "a wonderful story", "zzqx", "the worst film"]
LABELS = ["positive", "positive", "negative", "positive", "negative", "mixed"]


@pytest.fixture(scope="module")
def network():
    return predictor.load(paths.PRETRAINED / "cnn_lstm")


@pytest.fixture
def table(tmp_path):
    """A CSV file with an id, a text, a label, and a column named like a new one."""
    with open(tmp_path / "in.csv", "w", newline="", encoding="utf-8") as file:
        rows = zip(range(6), TEXTS, LABELS, ["=1"] * 6, strict=True)
        csv.writer(file).writerows([("id", "review", "sentiment", "Class"), *rows])
    return tmp_path / "in.csv"


def test_labels_give_accuracy_with_interval_confusion_errors_and_unknown_labels(network, table):
    figures = score_table(network, Request(table, table.with_name("out.csv")))
    labels = figures["labels"]
    assert figures["column"] == "review" and labels is None  # one label in six is no class: not guessed
    figures = score_table(network, Request(table, table.with_name("two.csv"), label="sentiment"))
    labels = figures["labels"]
    assert (figures["rows"], figures["scored"]) == (6, 4)
    assert figures["not_scored"] == {"no-text": 1, "no-known-word": 1}
    assert (labels["compared"], labels["right"], labels["not_scored"]) == (3, 2, 2)
    assert labels["accuracy"] == 2 / 3 and labels["interval"] == pytest.approx((0.208, 0.939), abs=1e-3)
    assert labels["confusion"] == [[0, 0], [1, 2]] and labels["unknown_labels"] == {"mixed": 1}
    [error] = labels["errors"]
    assert (error["line"], error["label"], error["class"]) == (3, "positive", "negative")
    assert error["share"] > 0.5 and error["text"] == TEXTS[1]


def test_a_column_of_classes_is_the_label_unless_the_user_says_that_there_is_none(network, table):
    table.write_text(table.read_text().replace("mixed", "negative"))
    guessed = score_table(network, Request(table, table.with_name("out.csv")))
    assert guessed["labels"]["column"] == "sentiment" and guessed["labels"]["compared"] == 4
    none = score_table(network, Request(table, table.with_name("none.csv"), label=None))
    assert none["labels"] is None


def test_every_format_keeps_rows_values_and_types(network, table):
    folder = table.parent
    objects = [{"id": i, "x": 1.50, "review": text, "more": {"a": [1, None]}} for i, text in enumerate(TEXTS)]
    (folder / "in.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in objects), "utf-8")
    score_table(network, Request(folder / "in.jsonl", folder / "out.jsonl"))
    lines = (folder / "out.jsonl").read_text("utf-8").splitlines()
    assert all(line.startswith(json.dumps(each)[:-1]) for line, each in zip(lines, objects, strict=True))
    assert [bool(json.loads(line)["reason"]) for line in lines] == [text in ("", "zzqx") for text in TEXTS]

    score_table(network, Request(folder / "out.jsonl", folder / "again.csv", column="review"))
    rows = list(csv.DictReader(open(folder / "again.csv", encoding="utf-8-sig", newline="")))
    assert [row["review"] for row in rows] == TEXTS and rows[0]["more"] == '{"a": [1, null]}'
    assert rows[0]["class"] == rows[0]["model_class"] == "positive" and rows[0]["x"] == "1.5"

    from_csv = score_table(network, Request(table, folder / "one.parquet"))
    assert parquet.read_table(folder / "one.parquet").column("id").to_pylist() == list("012345")
    numbers = parquet.read_table(folder / "one.parquet").append_column("n", [[1, 2, 3, 4, 5, 6]])
    parquet.write_table(numbers, folder / "numbers.parquet")
    score_table(network, Request(folder / "numbers.parquet", folder / "two.parquet", column="review"))
    score_table(network, Request(folder / "numbers.parquet", folder / "two.jsonl", column="review"))
    two = parquet.read_table(folder / "two.parquet")
    assert two.select(numbers.column_names).equals(numbers) and len(from_csv["columns"]) == 8
    assert json.loads((folder / "two.jsonl").read_text("utf-8").splitlines()[5])["n"] == 6


def test_new_columns_never_take_a_name_of_the_table():
    assert added_names(["id"], ["a", "b"]) == ["class", "probability_a", "probability_b", "reason"]
    taken = ["CLASS", "model_class", "Reason", "probability_a"]
    assert added_names(taken, ["a"]) == ["model_model_class", "model_probability_a", "model_reason"]


def test_an_output_that_would_destroy_something_is_refused(network, table):
    folder = table.parent
    (folder / "there.csv").write_text("mine")
    (folder / "link.csv").symlink_to(table)
    os.link(table, folder / "same.csv")
    before = table.read_bytes()
    for name, overwrite, sentence in (
        ("in.csv", True, "the table itself"),
        ("link.csv", True, "the table itself"),
        ("same.csv", True, "the table itself"),
        ("there.csv", False, "exists already"),
        ("out.xlsx", False, "ends with none of"),
        ("no/out.csv", False, "There is no folder"),
    ):
        with pytest.raises(DataError, match=sentence):
            score_table(network, Request(table, folder / name, overwrite=overwrite))
    assert table.read_bytes() == before and (folder / "there.csv").read_text() == "mine"
    score_table(network, Request(table, folder / "there.csv", overwrite=True))
    assert (folder / "there.csv").read_text("utf-8-sig").startswith("id,review,sentiment,Class,model_class")


def test_a_stop_leaves_no_output_and_a_changed_table_is_noticed(network, table, monkeypatch):
    class Stop(Exception):
        pass

    def stop(phase, done, total):
        if phase == SCORING and done:
            raise Stop

    with pytest.raises(Stop):
        score_table(network, Request(table, table.with_name("out.csv")), stop)
    assert os.listdir(table.parent) == ["in.csv"]

    def grow(phase, done, total):
        if phase == SCORING and not done:
            with open(table, "a", encoding="utf-8") as file:
                file.write("6,one more film,positive,\n")

    with pytest.raises(DataError, match="was changed while it was read"):
        score_table(network, Request(table, table.with_name("out.csv")), grow)
    assert os.listdir(table.parent) == ["in.csv"]


def test_a_text_that_is_too_long_gets_a_reason_and_windows_stay_small(network, table, monkeypatch):
    monkeypatch.setattr(table_reading, "WINDOW_CHARACTERS", 1000)
    long = "film " * 30_000
    table.write_text("review\n" + f"{long}\n" + "a good film\n" * 300, "utf-8")
    figures = score_table(network, Request(table, table.with_name("out.tsv")))
    assert figures["not_scored"] == {"too-long": 1} and figures["scored"] == 300
    rows = list(csv.DictReader(open(table.with_name("out.tsv"), encoding="utf-8-sig"), delimiter="\t"))
    assert "150,000 characters" in rows[0]["reason"] and rows[0]["review"] == long


def test_only_texts_get_an_apostrophe():
    texts = ["=1", "+a", "-", "@x", "\ta", "\ra", "-1+2", "=-1"]
    numbers = ["-1", "+2.5", "-1e-5", "-1,234.5", "-.5", "1", "", "a=1", "'=1"]
    assert [formulas.harmless_unless_number(text) for text in texts] == [f"'{text}" for text in texts]
    assert [formulas.harmless_unless_number(number) for number in numbers] == numbers
