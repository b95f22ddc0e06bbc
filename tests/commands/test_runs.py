"""`python -m imdb_core runs | rename | tag`: names that differ, tags, errors."""

import json

import pytest

from imdb_core import __main__ as command_line
from imdb_core.data import sources
from imdb_core.runs import store, tags
from tests.faults.support.sample_runs import finished_run


def output(capsys, *arguments):
    assert command_line.main(list(arguments)) == 0
    return capsys.readouterr().out


def test_runs_without_a_name_are_listed_by_what_differs(capsys):
    for seed in (7, 8):
        finished_run("", seed=seed)
    lines = output(capsys, "runs").splitlines()
    assert [line.rpartition("CNN + LSTM")[2] for line in lines] == [
        f", seed 8  ({sources.title('demo')})",
        f", seed 7  ({sources.title('demo')})",
    ]


def test_a_run_is_renamed_and_its_name_taken_away(capsys):
    run = finished_run("first", epochs=2)
    assert "second" in output(capsys, "rename", run.id, "second")
    assert json.loads(output(capsys, "runs", "--json"))[0]["name"] == "second"
    assert "CNN + LSTM, epochs 2" in output(capsys, "rename", run.id, "")


def test_tags_are_set_listed_and_removed(capsys):
    run = finished_run("mine")
    assert "[good]  [to show]" in output(capsys, "tag", run.id, "good", "to show")
    assert "[good]  [to show]" in output(capsys, "runs")
    assert json.loads(output(capsys, "tag", run.id, "good", "--remove", "--json"))["tags"] == ["to show"]
    assert tags.tags(store.find(run.id)) == ["to show"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tag", "RUN", "x" * 31], "1 to 30 characters"),
        (["tag", "20260101-000000000-aaaaaaaa", "good"], "There is no run"),
        (["rename", "RUN", "x" * 81], "at most 80 characters"),
    ],
)
def test_a_tag_or_name_that_is_not_allowed_is_an_error_of_one_line(arguments, sentence, capsys):
    run = finished_run("mine")
    assert command_line.main([run.id if word == "RUN" else word for word in arguments]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors and errors.count("\n") == 1
