"""Texts as the checks of this package read them: words, signs and phrases, in any language.

Called by shingles, duplicates and leakage. A network's own tokenizer is not used, because a data set can be
checked before a network is chosen.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Protocol

# Scripts without spaces between words: each character counts as a word (kana, Chinese characters).
_SINGLE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{_SINGLE}]|[^\W{_SINGLE}]+")
TOKEN = re.compile(rf"[{_SINGLE}]|[^\W{_SINGLE}]+|[^\w\s]+")
LONGEST = 100_000  # characters of a text that are read

Progress = Callable[[float], object]  # called with the finished share of the work, 0 to 1


class Texts(Protocol):
    """Texts by number. They may lie in a file, so each access may read from the disk."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> str: ...


def words(text: str) -> list[str]:
    """The words of `text`: composed (NFC), in lower case, without signs."""
    return WORD.findall(_normalised(text))


def tokens(text: str) -> list[str]:
    """The words of `text` and its runs of signs, such as "***" or "10", "/", "10"."""
    return TOKEN.findall(_normalised(text))


def canonical(text: str) -> str:
    """Equal for texts that differ only in case, spaces and signs. A text without words keeps its signs."""
    return " ".join(words(text)) or " ".join(tokens(text))


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFC", text[:LONGEST]).casefold()
