"""Numbers as people type them into a form or a link: " 5 ", "1e-3", "5,000".

Called by ui/ and problems.py.
"""

import math
import re

from imdb_core.config.fields import facts

_WITH_SEPARATORS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")  # 5,000, as the app itself writes it
_LARGEST_WHOLE = 2**53  # a larger float is no exact whole number


def value(name: str, text: str) -> int | float | str:
    """The value that `text` stands for in the field `name`.

    Text that is not of the field's type is returned unchanged; the check of the config then refuses it.
    """
    return of_kind(facts(name).kind, text)


def of_kind(kind: type, text: str) -> int | float | str:
    """The value that `text` stands for, if it is of this type; else the text."""
    plain = "".join(text.split())
    try:
        if kind is float:
            return float(plain)
        if kind is int:
            return _whole(plain)
    except ValueError:
        pass
    return text


def text(number: int | float) -> str:
    """A number as a field shows it: 5000, 0.001, 1e-05. value() reads it back exactly."""
    short = f"{number:g}"
    return short if float(short) == number and "e+" not in short else str(number)


def with_point(name: str, text: str) -> float | None:
    """The number that `text` means if its comma is a decimal point; None if that number is not allowed."""
    if text.count(",") != 1 or facts(name).kind is not float:
        return None
    number = value(name, text.replace(",", "."))
    low, high = facts(name).low, facts(name).high
    allowed = isinstance(number, float) and low is not None and high is not None and low <= number <= high
    return number if allowed and isinstance(number, float) else None


def _whole(plain: str) -> int:
    """Raises ValueError. A point is refused: "5.000" is five in one language and five thousand in another."""
    if _WITH_SEPARATORS.fullmatch(plain):
        return int(plain.replace(",", ""))
    if "e" in plain.lower() and "." not in plain:
        number = float(plain)
        if math.isfinite(number) and number.is_integer() and abs(number) <= _LARGEST_WHOLE:
            return int(number)
    return int(plain)
