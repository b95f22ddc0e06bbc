"""Each colour has one meaning: classes and runs share none, and runs side by side can be told apart."""

from ui import colors


def test_twelve_runs_side_by_side_have_twelve_different_lines():
    lines = [tuple(colors.run_line(number).values()) for number in range(12)]
    assert len(set(lines)) == 12


def test_no_run_has_the_colour_of_positive_or_negative():
    assert not {colors.POSITIVE, colors.NEGATIVE} & {colors.ONE_RUN, colors.ATTENTION, *colors.RUNS}


def test_more_runs_than_different_lines_repeat_a_line_and_do_not_fail():
    assert colors.run_line(1000)["color"] in colors.RUNS
