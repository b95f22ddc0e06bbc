"""Every row of the scorecard misses its bound on each variant of the app that was broken on purpose.

That it keeps it on the app itself is what `python -m tests.faults.scorecard` shows, alone on the machine, for
rows measure times.
"""

import re

import pytest

from imdb_core import paths
from tests.faults.catalogue import NOT_APPLICABLE, ROWS
from tests.faults.rows import checked_row

BROKEN = [(id, broken) for id, one in ROWS.items() for broken in one.breaks]


@pytest.mark.parametrize("id, broken", BROKEN)
def test_a_check_notices_an_app_that_was_broken_on_purpose(id, broken):
    result = checked_row(ROWS[id], broken)
    assert not result.held, f"{id} with {broken}: {result.figure}"


def test_no_row_is_both_checked_and_not_applicable():
    assert not set(ROWS) & set(NOT_APPLICABLE)


def test_every_row_that_a_promise_names_exists():
    promises = (paths.PROJECT / "SECURITY.md").read_text("utf-8")
    named = {
        id
        for sentence in re.findall(r"[Rr]ows? [^.]*", promises)
        for id in re.findall(r"\b[A-J][0-9]+[a-z]?\b", sentence)
    }
    assert len(named) >= 40 and named <= set(ROWS), sorted(named - set(ROWS))
