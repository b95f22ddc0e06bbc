"""One colour for each network: its registered colour, else a computed one. Called through the package."""

import colorsys
import functools

from imdb_core.architectures import registry

HUES = 24
SHADES = ((0.42, 0.65), (0.6, 0.5))  # (lightness, saturation), visible on light and dark pages
BACKGROUNDS = ("#FFFFFF", "#000000", "#7F7F7F")  # white, black, and the grey of lines that show no network


def color(name: str) -> str:
    """The colour of the network `name` as "#RRGGBB"; no two networks have the same. Raises ConfigError."""
    registry.get(name)
    registered = tuple((other, registry.get(other).color) for other in registry.names())
    return _colors(registered)[name]


@functools.lru_cache(16)
def _colors(registered: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Network -> colour. A network without a colour gets the candidate that differs most from all colours."""
    colors = {name: color for name, color in registered if color}
    for name, color in registered:
        if not color:
            taken = (*colors.values(), *BACKGROUNDS)
            colors[name] = max(_candidates(), key=lambda candidate: _least_distance(candidate, taken))
    return colors


@functools.cache
def _candidates() -> list[str]:
    """The colours to choose from, always in the same order."""
    colors = [
        colorsys.hls_to_rgb(number / HUES, lightness, saturation)
        for lightness, saturation in SHADES
        for number in range(HUES)
    ]
    return ["#" + "".join(f"{round(255 * part):02X}" for part in color) for color in colors]


def _least_distance(color: str, others: tuple[str, ...]) -> int:
    """The squared distance in red, green and blue to the nearest of the other colours."""
    parts = bytes.fromhex(color[1:])
    return min(
        sum((a - b) ** 2 for a, b in zip(parts, bytes.fromhex(other[1:]), strict=True)) for other in others
    )
