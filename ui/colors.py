"""Colours, each with one meaning on all pages: classes, runs side by side, the run of a page, attention.

Blue is positive (the second of two classes) and orange negative, on bars, words and curves alike. No run has
either colour. Networks have no colour: their names stand beside them.
"""

from ui import formats

POSITIVE, NEGATIVE = "#0072B2", "#E69F00"
# Okabe and Ito's palette (jfly.uni-koeln.de/color), which people with any kind of colour blindness can tell
# apart, on light and on dark. More classes cannot be told apart by colours.
CLASSES = (NEGATIVE, POSITIVE, "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8A7A00")
ONE_RUN = "#009E73"  # the curves of a page about one run
RUNS = ("#009E73", "#8C6BD1", "#B03A5B", "#8A7A00", "#CC79A7", "#A0714F")
DASHES = ("solid", "dash", "dot", "dashdot")
ATTENTION = "#009E73"
# Effects of words in log-odds (docs/decisions/047): from the first on a word is tinted, from the second on
# the tint does not get darker. bench/word_effects.py measures how many words of real reviews lie between.
TINTED, DARKEST = 0.1, 2.0
# Per cent of the colour. With 50 the contrast of the word to its tint is at least 5.2 in both themes.
LIGHTEST_SHADE, DARKEST_SHADE = 10, 50
PATH = "#8C6BD1"  # a typed text on the map of a network's memory
PARTS = ("#8C6BD1", "#B03A5B", "#009E73")  # gates and cell of one unit; no chart shows them beside runs
GRAY = "#7F7F7F"  # for everything that is neither a class nor a run: baselines, zero lines


def run_line(number: int) -> dict[str, str]:
    """Colour and dashes of the run with this number, from 0, among runs side by side, for a plotly line.

    24 different lines. The first four differ by their dashes alone, for people who see no colours.
    """
    repetition, color = divmod(number, len(RUNS))
    return {"color": RUNS[color], "dash": DASHES[(color + repetition) % len(DASHES)]}


def rgba(color: str, opacity: float) -> str:
    """A colour such as "#0072B2" with this opacity, 0 to 1, as plotly's charts need it."""
    return f"rgba({','.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))},{opacity:g})"


def effect_mark(effect: float) -> tuple[str, str]:
    """(background, number) of a word with this effect in log-odds: blue raises, orange lowers.

    The scale is the same for all texts, networks and epochs. A word with an effect below TINTED counts hardly
    anything and gets no mark: ("", "").
    """
    if not abs(effect) >= TINTED:  # also if it is not a number
        return "", ""
    strength = min(1, (abs(effect) - TINTED) / (DARKEST - TINTED))
    shade = round(LIGHTEST_SHADE + (DARKEST_SHADE - LIGHTEST_SHADE) * strength)
    return _shaded(POSITIVE if effect > 0 else NEGATIVE, shade), formats.signed(effect, 1)


def attention_mark(share: float, largest: float) -> tuple[str, str]:
    """(background, number in per cent) of a word that gets this `share` of the attention; darker means more.

    A word with less than a tenth of the largest share gets no mark: ("", "").
    """
    if largest <= 0 or share < 0.1 * largest:
        return "", ""
    number = f"{100 * share:.0f}" if largest >= 0.1 else f"{100 * share:.1f}"
    return _shaded(ATTENTION, round(DARKEST_SHADE * share / largest)), number


def _shaded(color, percent):
    """A CSS colour that lets 100 - `percent` of the background show through, in light and dark themes."""
    return f"color-mix(in srgb, {color} {percent}%, transparent)"
