"""How often a worker writes a row within an epoch."""

import itertools

import pytest

from imdb_core.runs.rows import MOST_METRICS_BYTES
from imdb_core.training.recorder import EARLY_ROW_SECONDS, EARLY_SECONDS, Rhythm, row_seconds


@pytest.mark.parametrize(
    "trained, seconds",
    [(EARLY_SECONDS, 1), (60, 1), (3600, 1), (7200, 2), (36_000, 10), (108_000, 30), (10**9, 30)],
)
def test_rows_become_rarer_with_time_but_never_rarer_than_two_a_minute(trained, seconds):
    assert row_seconds(trained) == seconds


def test_a_month_of_training_stays_far_below_what_is_read():
    rows, second = 0, 0.0
    while second < 30 * 24 * 3600:
        second += row_seconds(second)
        rows += 1
    assert 250 * rows < MOST_METRICS_BYTES / 4


def rows_at(batch_seconds, until):
    """When rows are written if a batch takes so long, from the end of the first batch."""
    rhythm = Rhythm()
    ends = itertools.takewhile(
        lambda end: end < until, (number * batch_seconds for number in itertools.count())
    )
    return [end for end in ends if rhythm.is_due(1000 + end)]


def test_the_first_batch_has_a_row():
    assert rows_at(7.0, 8) == [0, 7]


def test_in_the_first_seconds_rows_come_quickly_then_once_a_second():
    written = rows_at(0.01, 15)
    early = [second for second in written if second < EARLY_SECONDS]
    assert len(early) == EARLY_SECONDS / EARLY_ROW_SECONDS
    assert len(written) - len(early) == 10


def test_long_batches_do_not_delay_the_rows_more_and_more():
    late = [second for second in rows_at(0.3, 65) if second >= EARLY_SECONDS]
    assert len(late) == pytest.approx(60, abs=1)
    gaps = [after - before for before, after in itertools.pairwise(late)]
    assert max(gaps) < 1.21 and min(gaps) > 0.89


def test_after_a_pause_rows_do_not_come_in_a_burst():
    rhythm = Rhythm()
    seconds = [*(number / 100 for number in range(1000)), *(60 + number / 100 for number in range(500))]
    written = [second for second in seconds if rhythm.is_due(second)]
    assert len([second for second in written if second >= 60]) == 5
