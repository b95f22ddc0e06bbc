"""Every row misses its bound on each variant of the app that was broken on purpose; README.md lists all rows.

`python -m tests.faults.scorecard` shows that the rows hold on the app itself. It needs a machine without
other load, because some rows measure times.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from imdb_core import paths
from tests.faults import catalogue, scorecard
from tests.faults.catalogue import NOT_APPLICABLE, ROWS
from tests.faults.rows import checked_row

README = Path(__file__).parent / "README.md"
BROKEN = [(id, broken) for id, row in ROWS.items() for broken in row.breaks]


@pytest.mark.parametrize("id, broken", BROKEN)
def test_a_check_notices_an_app_that_was_broken_on_purpose(id, broken):
    if reason := ROWS[id].missing():
        pytest.skip(reason)
    outcome = checked_row(ROWS[id], broken)
    assert not outcome.held, f"{id} with {broken}: {outcome.figure}"


def test_no_row_is_both_checked_and_not_applicable():
    assert not set(ROWS) & set(NOT_APPLICABLE)


def test_every_row_is_in_the_package_of_its_letter():
    misplaced = {id for id, row in ROWS.items() if row.check.__module__.split(".")[2][0] != id[0].lower()}
    assert not misplaced


def test_the_readme_ends_with_the_list_of_all_letters_and_rows():
    listed = README.read_text("utf-8").partition("scorecard --list`. -->\n\n")[2]
    message = "Replace the end of README.md by the output of `python -m tests.faults.scorecard --list`."
    assert listed == catalogue.table() + "\n", message


def test_a_row_that_lacks_a_program_is_skipped_and_counted_apart(capsys, monkeypatch):
    row = replace(ROWS["B2"], missing=lambda: "Ray is not installed.", alone=True)
    monkeypatch.setitem(ROWS, "B2", row)
    assert scorecard.main(["B2"]) == 0
    output = capsys.readouterr().out
    assert "B2   skipped" in output and "Ray is not installed." in output
    assert "0 of 1 rows held, 0 missed, 1 skipped" in output


def test_an_unknown_row_is_refused_instead_of_counted_as_held(capsys):
    with pytest.raises(SystemExit, match="2"):
        scorecard.main(["A99"])
    assert "there is no row A99" in capsys.readouterr().err


def test_every_row_that_a_promise_names_exists():
    promises = (paths.PROJECT / "SECURITY.md").read_text("utf-8")
    named = {
        id
        for sentence in re.findall(r"[Rr]ows? [^.]*", promises)
        for id in re.findall(r"\b[A-Z][0-9]+[a-z]?\b", sentence)
    }
    assert len(named) >= 40 and named <= set(ROWS), sorted(named - set(ROWS))
