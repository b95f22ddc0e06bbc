"""The places of runs in a link, which decide their colours, and links and cells of their tables."""

import pytest

from ui.compared_runs import MOST, ComparedRun, places_after, places_of, with_baseline_first
from ui.run_marks import Link

KNOWN = dict.fromkeys("abcde")


@pytest.mark.parametrize(
    ("link", "places"),
    [
        ("", []),
        (",,,", []),
        ("a,b", ["a", "b"]),
        ("a,,c", ["a", "", "c"]),
        ("a,unknown,c", ["a", "", "c"]),
        ("a,a,b", ["a", "", "b"]),
        ("a,b,,,", ["a", "b"]),
    ],
)
def test_a_link_names_the_place_of_each_run(link, places):
    assert places_of(link, KNOWN) == places


@pytest.mark.parametrize(
    ("before", "chosen", "after"),
    [
        (["a", "b", "c"], ["a", "c"], ["a", "", "c"]),  # the third run keeps its colour
        (["a", "", "c"], ["a", "c", "d"], ["a", "d", "c"]),
        (["a", "", "c"], ["a", "c", "d", "e"], ["a", "d", "c", "e"]),
        (["a", "b"], ["b", "a"], ["a", "b"]),
        (["a", "b"], ["a"], ["a"]),
        ([], ["c", "a"], ["c", "a"]),
        (["a"], [], []),
    ],
)
def test_a_run_that_stays_keeps_its_place(before, chosen, after):
    assert places_after(before, chosen) == after
    assert places_of(",".join(after), KNOWN) == after


def test_the_baseline_run_is_first_and_keeps_its_line():
    runs = [ComparedRun(key, key, place, None) for place, key in enumerate("abc")]
    shown = with_baseline_first(runs, runs[2])
    assert [run.key for run in shown] == ["c", "a", "b"] and shown[0].line == runs[2].line
    assert with_baseline_first(runs, None) == runs
    assert len({tuple(ComparedRun("k", "t", place, None).line.values()) for place in range(MOST)}) == MOST


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (Link("Watch", "watch", "run", "2026-a"), "watch?run=2026-a"),
        (Link("Type", "classify", "model", "pretrained/lstm"), "./?model=pretrained%2Flstm"),
    ],
)
def test_a_link_has_an_address_for_a_new_tab(link, address):
    assert link.as_data["address"] == address
