"""A network's answer as components: verdict with its bar or bars, and the words the network saw."""

from collections.abc import Callable

import streamlit as st

from imdb_core import answers
from imdb_core.data.reviews import TWO_CLASSES
from ui import colors
from ui.browser import component
from ui.class_words import class_name

MOST_BARS = 10  # classes that are shown at once; the others after a click
HEADLINES = {TWO_CLASSES: ("Negative", "Positive")}  # the user's own classes are shown as they are written

_METER = component("verdict_meter", more=("spoken",))
_BARS = component("class_bars", more=("spoken",))
_SEEN_WORDS = component("seen_words")


def show_verdict(score) -> None:
    """Show the most probable class of a Score (scoring.predictor), and the share of each class as a bar."""
    if answers.is_binary(score.classes):
        _show_meter(score)
    else:
        _show_bars(score)


def show_no_verdict(classes: tuple[str, ...], sentence: str) -> None:
    """Show `sentence` in the place of a verdict, and keep the room that its bar or bars will need."""
    if answers.is_binary(classes):
        data = {"verdict": sentence, "number": "", "share": 0.5, "ends": classes, "color": "transparent"}
        _METER(data=data | {"spoken": ""}, key="verdict")
    else:
        rows = [(name, 0, "") for name in classes[:MOST_BARS]]
        data = {"verdict": sentence, "number": "", "rows": rows, "color": "transparent", "spoken": ""}
        _BARS(data=data, key="verdict")


def seen_words(
    words: list[tuple],
    legend: list[tuple],
    *,
    name: str = "seen",
    menu: dict | None = None,
    changed: Callable[[], None] = lambda: None,
) -> None:
    """Show words, and below them a legend that explains their marks.

    A word is (text, status "read", "unknown" or "cut"[, background, small number[, whether it continues
    the word before it[, what screen readers add]]]). If a page calls this twice, each call needs its own
    `name`. With `menu` (word_menu) a click on a word opens a menu; `changed` is called when the visitor has
    chosen from it.
    """
    data = {"words": words, "key": legend, "menu": list((menu or {}).items())}
    _SEEN_WORDS(data=data, key=name, on_change_change=changed, on_asked_change=lambda: None)


def _show_meter(score):
    """One bar that starts at the undecided middle: each class has a side."""
    data = {
        "verdict": HEADLINES.get(score.classes, score.classes)[score.classes.index(score.label)],
        "number": f"{score.probability:.1%} {class_name(score.classes, score.reported)}",
        "share": score.probability,
        "ends": score.classes,
        "color": colors.POSITIVE if score.probability >= 0.5 else colors.NEGATIVE,
        "spoken": _spoken(score),
    }
    _METER(data=data, key="verdict")


def _spoken(score):
    """What screen readers hear after a pause: "Positive, 87 %"."""
    headline = HEADLINES.get(score.classes, score.classes)[score.classes.index(score.label)]
    return f"{headline}, {100 * max(score.shares):.0f} %"


def _show_bars(score):
    """A bar for each class, the most probable first."""
    ordered = sorted(zip(score.shares, score.classes, strict=True), key=lambda row: -row[0])
    place, number = st.container(), len(ordered)
    all_shown = number <= MOST_BARS or st.toggle(
        f"Show all {number} classes", key="all-classes", bind="query-params"
    )
    shown = ordered if all_shown else ordered[:MOST_BARS]
    data = {
        "verdict": score.label,
        "number": f"{score.probability:.1%}",
        "rows": [(name, share, f"{share:.1%}") for share, name in shown],
        "color": colors.ONE_RUN,
        "spoken": _spoken(score),
    }
    with place:
        _BARS(data=data, key="verdict")
