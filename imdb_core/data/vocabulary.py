"""Text to word ids and back, tokenised exactly as the IMDB corpus was (Keras's old Tokenizer on Python 2).

A trained network carries its own Vocabulary, so the words of a typed review get the ids that they had in
training. Words that a vocabulary does not know are read again with other rules (typography.py). Called by the
corpora, by the worker, which saves vocabularies, and by scoring, which reads them.
"""

import itertools
import json
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from imdb_core.data import typography
from imdb_core.data.reviews import FIRST_WORD, START, UNKNOWN
from imdb_core.data.typography import decoded, tokens
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded, write_json

FORMAT = 1
# Bytes. The vocabulary of the whole corpus has 1.2 MB. Parsing takes up to 24 times the size in memory.
LARGEST_FILE = 8 * 2**20
SPECIAL = ("<pad>", "<start>", "<unknown>", "<unknown>")  # ids 0 to 3; Keras never gives id 3 to a word
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` without lone surrogates and NUL, with line ends as "\\n". Never raises.

    All other characters stay, also control characters: words of the corpus have them (rank 472 is "\\x96").
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    return LONE_SURROGATE.sub("\ufffd", text)


class Vocabulary:
    """Words in order of their rank, the most frequent (rank 1, id 4) first."""

    def __init__(self, words: Sequence[str]) -> None:
        # Interned, because the vocabularies of all networks share their words: one copy in memory.
        self.words = tuple(map(sys.intern, words))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: rank + FIRST_WORD for rank, word in enumerate(self.words, start=1)}

    def encode(self, text: str) -> list[int]:
        """The word ids of `text`: the start token (1), then an id for each word, 2 for an unknown word."""
        words = tokens(decoded(text))
        return self.encode_words(self.understood(words, typed=" ".join(words) != text))

    def understood(self, words: Sequence[str], *, typed: bool) -> list[str]:
        """The tokens `words`, with unknown words read again by typography.understood()."""
        return typography.understood(words, self._ids, typed=typed)

    def encode_words(self, words: Sequence[str]) -> list[int]:
        """The start token (1), then one id for each of the `words` from understood()."""
        return [START, *map(self._ids.get, words, itertools.repeat(UNKNOWN))]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """One word per id; "<pad>" for 0, "<start>" for 1, "<unknown>" for every id without a word."""
        table = SPECIAL + self.words
        return [table[i] if 0 <= i < len(table) else SPECIAL[UNKNOWN] for i in ids]

    def limited(self, vocabulary_size: int) -> "Vocabulary":
        """The words whose id is below `vocabulary_size`: a network has that many embeddings."""
        return Vocabulary(self.words[: max(0, vocabulary_size - FIRST_WORD - 1)])

    def save(self, path: Path) -> None:
        """Write `path` atomically, as JSON. Raises OSError."""
        write_json(Path(path), {"format": FORMAT, "index_from": FIRST_WORD, "words": self.words})

    @staticmethod
    def read(path: Path) -> "Vocabulary":
        """The vocabulary that save() wrote. Raises ModelError if the file is missing or damaged."""
        return Vocabulary.parse(_content(Path(path)), path)

    @staticmethod
    def parse(content: bytes, path: Path) -> "Vocabulary":
        """The vocabulary in the bytes of a file; `path` stands only in the errors. Raises ModelError."""
        value = _json(content, path)
        if fault := _fault(value):
            raise ModelError(
                f"{path} is not a vocabulary: {fault}. Expected format {FORMAT}, index_from {FIRST_WORD} and "
                f"a list of distinct words. {_ADVICE}"
            )
        return Vocabulary(value["words"])


_ADVICE = "Restore the file, or train the network again."


def _content(path: Path) -> bytes:
    try:
        return read_bounded(path, LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The vocabulary {path} cannot be read: {getattr(error, 'strerror', None) or error}. {_ADVICE}"
        ) from error


def _json(content: bytes, path: Path) -> Any:
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The vocabulary {path} is damaged: it is not JSON in UTF-8 ({type(error).__name__}). {_ADVICE}"
        ) from error


def _fault(value: Any) -> str | None:
    """Why `value` is not a vocabulary, or None if it is one."""
    if not isinstance(value, dict):
        return f"its JSON is a {type(value).__name__}, not an object"
    for key, expected in (("format", FORMAT), ("index_from", FIRST_WORD)):
        if value.get(key) != expected:
            return f"{key} is {value.get(key)!r:.40}"
    words = value.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        return "words is not a list of words"
    if any(map(LONE_SURROGATE.search, words)):
        return "a word contains half a character (a lone surrogate)"
    return None if len(set(words)) == len(words) else "some words occur twice"
