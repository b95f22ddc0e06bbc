"""The colours of networks, and the shades behind words that raise or lower a score."""

from imdb_core import architectures
from ui import formats

# The first seven are Okabe and Ito's palette (jfly.uni-koeln.de/color), which people with any kind of colour
# blindness can tell apart, on light and on dark. No palette of twelve colours can do that: the other five
# differ in lightness from similar colours, and every line has its name beside it.
PALETTE = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8A7A00"),
    *("#8C6BD1", "#B03A5B", "#63C7B2", "#A0714F", "#B5BD4C"),
)
GRAY = "#7F7F7F"  # for everything that is not a network: baselines, zero lines


def color(network: str) -> str:
    """The network's colour on every chart and page; grey for a network that is not registered."""
    return architectures.color(network) if network in architectures.names() else GRAY


def effect_mark(change: float, strongest: float) -> tuple[str, str]:
    """(background, number) of a word that moves the probability by `change`: blue raises, orange lowers.

    A word with less than a tenth of the strongest effect gets no mark: ("", "").
    """
    if strongest < 0.005 or abs(change) < 0.1 * strongest:
        return "", ""
    shade = round(70 * abs(change) / strongest)
    return _shaded(PALETTE[0] if change > 0 else PALETTE[1], shade), formats.signed(100 * change)


def attention_mark(share: float, largest: float) -> tuple[str, str]:
    """(background, number in per cent) of a word that gets this `share` of the attention; darker means more.

    A word with less than a tenth of the largest share gets no mark: ("", "").
    """
    if largest <= 0 or share < 0.1 * largest:
        return "", ""
    number = f"{100 * share:.0f}" if largest >= 0.1 else f"{100 * share:.1f}"
    return _shaded(PALETTE[2], round(70 * share / largest)), number


def _shaded(color, percent):
    """A CSS colour that lets 100 - `percent` of the background show through, in light and dark themes."""
    return f"color-mix(in srgb, {color} {percent}%, transparent)"
