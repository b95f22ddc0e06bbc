"""Each colour has one meaning: classes and runs share none, and runs side by side can be told apart."""

import re
import tomllib

import pytest

from imdb_core import paths
from ui import colors


def test_twelve_runs_side_by_side_have_twelve_different_lines():
    lines = [tuple(colors.run_line(number).values()) for number in range(12)]
    assert len(set(lines)) == 12


def test_all_different_lines_differ_and_four_do_so_without_colours():
    count = len(colors.RUNS) * len(colors.DASHES)
    assert len({tuple(colors.run_line(number).values()) for number in range(count)}) == count
    assert len({colors.run_line(number)["dash"] for number in range(4)}) == 4


def test_no_run_has_the_colour_of_positive_or_negative():
    assert not {colors.POSITIVE, colors.NEGATIVE} & {colors.ONE_RUN, colors.ATTENTION, *colors.RUNS}


def test_more_runs_than_different_lines_repeat_a_line_and_do_not_fail():
    assert colors.run_line(1000)["color"] in colors.RUNS


def test_the_same_effect_has_the_same_tint_and_nothing_is_tinted_that_counts_nothing():
    assert colors.effect_mark(0.5) == colors.effect_mark(0.5) and colors.effect_mark(0.5)[1] == "+0.5"
    assert colors.effect_mark(-0.5)[0] == colors.effect_mark(0.5)[0].replace(colors.POSITIVE, colors.NEGATIVE)
    for nothing in (0, colors.TINTED * 0.99, -colors.TINTED * 0.99, float("nan")):
        assert colors.effect_mark(nothing) == ("", "")
    shades = [_shade(colors.effect_mark(effect)[0]) for effect in (0.1, 0.5, 1, 1.5, 2)]
    assert shades == sorted(set(shades)) and shades[-1] == _shade(colors.effect_mark(90)[0])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("color", [colors.POSITIVE, colors.NEGATIVE, colors.ATTENTION])
def test_words_and_their_numbers_can_be_read_on_the_darkest_tint(theme, color):
    settings = tomllib.loads((paths.PROJECT / ".streamlit" / "config.toml").read_text())["theme"][theme]
    background, text = (_rgb(settings[name]) for name in ("backgroundColor", "textColor"))
    marks = [colors.effect_mark(9)[0], colors.effect_mark(-9)[0], colors.attention_mark(1, 1)[0]]
    [share] = [_shade(mark) / 100 for mark in marks if color in mark]
    tint = [share * part + (1 - share) * back for part, back in zip(_rgb(color), background, strict=True)]
    light, dark = sorted((_luminance(tint), _luminance(text)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _shade(mark):
    return int(re.search(r"(\d+)%", mark)[1])


def _rgb(color):
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(rgb):
    """Relative luminance as in WCAG 2."""
    parts = [part / 255 for part in rgb]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
