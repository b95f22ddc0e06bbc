"""A network's answer as two components: the verdict with its bar, and the words the network saw."""

from ui.browser import component

_METER = component("verdict_meter")
_SEEN_WORDS = component("seen_words")


def verdict_meter(probability: float, *, color: str) -> None:
    """Show the verdict in words, its probability, and a bar that starts at the undecided middle."""
    data = {
        "verdict": "Positive" if probability > 0.5 else "Negative",
        "number": f"{probability:.1%} positive",
        "share": probability,
        "color": color,
    }
    _METER(data=data, key="verdict")


def seen_words(words: list[tuple], legend: list[tuple], *, name: str = "seen") -> None:
    """Show words, and below them a legend that explains their marks.

    A word is (text, status "read", "unknown" or "cut"[, background, small number]). Two of these on one page
    need two names.
    """
    # Tuples, because for a list Streamlit has pandas check whether it is a data frame.
    _SEEN_WORDS(data={"words": tuple(words), "key": tuple(legend)}, key=name)
