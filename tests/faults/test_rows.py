"""Every row of the scorecard keeps its bound, and misses it on each variant of the app that was broken on purpose."""

import pytest

from tests.faults.catalogue import NOT_APPLICABLE, ROWS
from tests.faults.rows import found

BROKEN = [(id, broken) for id, one in ROWS.items() for broken in one.breaks]


@pytest.mark.parametrize("id", ROWS)
def test_a_fault_stays_within_its_bound(id):
    result = found(ROWS[id])
    assert result.held, f"{id} {ROWS[id].fault}: {result.figure} (bound: {ROWS[id].bound})"


@pytest.mark.parametrize("id, broken", BROKEN)
def test_a_check_notices_an_app_that_was_broken_on_purpose(id, broken):
    result = found(ROWS[id], broken)
    assert not result.held, f"{id} with {broken}: {result.figure}"


def test_no_row_is_both_checked_and_not_applicable():
    assert not set(ROWS) & set(NOT_APPLICABLE)
