"""Guess whether a table has a header, which column holds the texts and which one the labels.

Called by tables.py and survey.py. All guesses are shown, and the user can change them.
"""

import re
import statistics
from collections.abc import Sequence

from imdb_core.data.own import limits
from imdb_core.errors import DataError

TEXT_NAMES = (
    "text review document sentence comment content message body tweet question title description input"
)
LABEL_NAMES = (
    "label sentiment class category target rating stars star score topic polarity intent sentiment_label y"
)
TEXTS, LABELS = TEXT_NAMES.split(), LABEL_NAMES.split()
OTHER_NAMES = frozenset("id index date time user author url product lang language split name source".split())
_LONGEST_NAME = 60  # characters of a column's name in a header that is guessed


def is_header(first: list[str], others: list[list[str]]) -> bool:
    """Whether the first row of a table holds column names; `others` holds the other rows."""
    names = [cell.strip().lstrip("\ufeff").lower() for cell in first]
    filled = [name for name in names if name]
    if not filled or len(filled) < len(names) - 1 or any(len(name) > _LONGEST_NAME for name in names):
        return False  # at most one name may be empty: pandas writes its index without a name
    known = {*TEXTS, *LABELS, *OTHER_NAMES}
    if any(word in known for name in filled for word in [name, *re.split(r"[\W_]+", name)][:1]):
        return True
    if len(set(filled)) < len(filled):
        return False
    if not others:
        return True
    return any(_differs(name, [row[number] for row in others]) for number, name in enumerate(first))


def names(first: list[str], file_name: str) -> tuple[str, ...]:
    """The names in the header row; an empty one becomes "column N". Raises DataError for a repeated name."""
    found: dict[str, int] = {}
    for number, cell in enumerate(first, start=1):
        name = cell.strip().lstrip("\ufeff") or f"column {number}"
        if name in found:
            raise DataError(
                f"{file_name}, line 1 names the column {name!r} twice, as columns {found[name]} and "
                f"{number}. "
                "Rename one of the two, or say that the file has no header."
            )
        found[name] = number
    return tuple(found)


def text_column(names: Sequence[str], rows: list[list[str]], label: str = "") -> str:
    """The column that most likely holds the texts: by its name, else the longest cells; not `label`."""
    candidates = [name for name in names if name != label] or list(names)
    lengths = {name: _mean_length(rows, list(names).index(name)) for name in candidates}
    longest = max(candidates, key=lambda name: lengths[name])
    named = _by_name(candidates, TEXTS)
    return named if named and lengths[named] * 3 >= lengths[longest] else longest


def label_column(names: Sequence[str], rows: list[list[str]], text: str) -> str:
    """The column that most likely holds the labels: by its name, else the one with the fewest values."""
    different = {
        name: len({row[number] for row in rows if row[number].strip()})
        for number, name in enumerate(names)
        if name != text
    }
    fits = [name for name, values in different.items() if 2 <= values <= limits.MOST_CLASSES]
    fits = [name for name in fits if different[name] * 2 <= len(rows)] or fits
    named = _by_name(fits, LABELS) or _by_name(list(different), LABELS)
    return named or min(fits or different, key=lambda name: different[name])


def _by_name(names: Sequence[str], wanted: list[str]) -> str | None:
    """The first name that equals one of `wanted`, else the first that contains one as a word."""
    for word in wanted:
        if match := next((name for name in names if name.strip().lower() == word), None):
            return match
    for word in wanted:
        for name in names:
            if word in re.split(r"[\W_]+", name.lower()) and "confidence" not in name.lower():
                return name
    return None


def _differs(name: str, cells: list[str]) -> bool:
    """Whether `name` differs in kind from the `cells` below it, so that it is the name of the column.

    It may be a word above numbers, a new value above few repeated values, or a short text above long texts.
    """
    values = {*cells}
    numeric = all(re.fullmatch(r"\s*-?[0-9.]+\s*", cell) for cell in values if cell.strip())
    if numeric and not re.search(r"[0-9]", name):
        return True
    if name in values:
        return False
    is_label = len(values) * 4 <= len(cells)  # few values repeat, and `name` is none of these values
    is_text = len(name.split()) <= 3 and len(name) * 4 < statistics.median(map(len, cells))
    return is_label or is_text and len(cells) > 3 and not re.search(r"[.!?]$", name)


def _mean_length(rows: list[list[str]], number: int) -> float:
    return sum(len(row[number]) for row in rows) / max(1, len(rows))
