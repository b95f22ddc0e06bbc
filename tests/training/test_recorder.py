"""How often a worker writes a row within an epoch."""

import pytest

from imdb_core.runs.rows import MOST_METRICS_BYTES
from imdb_core.training.recorder import row_seconds


@pytest.mark.parametrize(
    "trained, seconds", [(0, 1), (60, 1), (3600, 1), (7200, 2), (36_000, 10), (108_000, 30), (10**9, 30)]
)
def test_rows_become_rarer_with_time_but_never_rarer_than_two_a_minute(trained, seconds):
    assert row_seconds(trained) == seconds


def test_a_month_of_training_stays_far_below_what_is_read():
    rows, second = 0, 0.0
    while second < 30 * 24 * 3600:
        second += row_seconds(second)
        rows += 1
    assert 250 * rows < MOST_METRICS_BYTES / 4
