"""`python -m imdb_core data add | list | rename | delete`, without a process of its own for reading."""

import json

import pytest

from imdb_core.commands import parser
from imdb_core.data.own import proposal, reader, store
from imdb_core.errors import DataError

CSV = "text;label\n" + "\n".join(f"meal {number} was {word};{word}" for number in range(9) for word in "abc")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(
        proposal.bounded, "answer", lambda request, _: reader.answer(request, lambda *_: None)
    )
    file = tmp_path / "meals.csv"
    file.write_text(CSV, "utf-8")
    return str(file)


def test_what_was_understood_is_printed_before_anything_is_stored(path, capsys):
    assert parser.run(["data", "add", path, "--dry-run"]) == 0
    printed = capsys.readouterr().out
    for part in (
        "separator ;",
        "Text: text. Label: label. 27 rows.",
        "21 training and 6 test texts",
        "'a': 7",
    ):
        assert part in printed
    assert store.names() == [] and "Stored" not in printed


def test_a_data_set_is_added_listed_renamed_and_deleted(path, capsys):
    options = ["--name", "Meals", "--merge", "a=b", "--test-share", "0.5", "--noun", "meal reviews"]
    assert parser.run(["data", "add", path, *options, "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in added["classes"]] == ["b", "c"] and store.names() == [added["name"]]
    parser.run(["data", "rename", added["name"], "Suppers"])
    parser.run(["data", "list"])
    assert "Suppers: 14 training and 13 test texts, 2 classes" in capsys.readouterr().out
    facts = store.facts(added["name"])
    assert facts.choices["merges"] == {"a": "b"} and facts.noun == "meal reviews"
    parser.run(["data", "delete", added["name"]])
    assert store.names() == []


def test_a_rule_that_cannot_be_read_is_refused(path):
    with pytest.raises(DataError, match=r"--merge 'a' has no “=”"):
        parser.run(["data", "add", path, "--merge", "a"])
    with pytest.raises(DataError, match="The test share is 0.9; it must be between"):
        parser.run(["data", "add", path, "--test-share", "0.9"])
