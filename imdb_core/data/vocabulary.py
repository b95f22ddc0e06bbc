"""Text to word ids and back, exactly as the IMDB corpus was tokenised (Keras's old Tokenizer, run by Python
2).

A trained network carries its own Vocabulary, so the words of a typed review get the ids that they had in
training. Words that a vocabulary does not know are read anew (typography.py). Called by the corpora, by the
worker, which saves vocabularies, and by scoring, which reads them.
"""

import itertools
import json
import re
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from imdb_core.data import typography
from imdb_core.data.reviews import FIRST_WORD, START, UNKNOWN
from imdb_core.data.typography import decoded, tokens
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded, write_json

FORMAT = 1
LARGEST_FILE = (
    8 * 2**20
)  # bytes; the whole corpus's vocabulary has 1.2 MB, and parsing takes up to 24 times as much
SPECIAL = ("<pad>", "<start>", "<unknown>", "<unknown>")  # ids 0 to 3; Keras never gives id 3 to a word
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` made harmless once, where it enters: no lone surrogates, no NUL, line ends as "\\n". Never
    raises.

    Everything else stays, odd control characters included: the corpus has words with them (rank 472 is
    "\\x96").
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    return LONE_SURROGATE.sub("\ufffd", text)


class Vocabulary:
    """Words in order of their rank, the most frequent (rank 1, id 4) first."""

    def __init__(self, words: Sequence[str]):
        self.words = tuple(
            map(sys.intern, words)
        )  # all networks' vocabularies are the same words: one copy in memory

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self._ids

    @cached_property
    def _ids(self):
        return {word: rank + FIRST_WORD for rank, word in enumerate(self.words, start=1)}

    def encode(self, text: str) -> list[int]:
        """The ids of the whole `text`: start token (1) first, 2 for each unknown word; [1] for a text without
        words.
        """
        words = tokens(decoded(text))
        return self.encode_words(self.understood(words, typed=" ".join(words) != text))

    def understood(self, words: Sequence[str], *, typed: bool) -> list[str]:
        """The tokens `words`, with unknown words read anew; see typography.understood()."""
        return typography.understood(words, self._ids, typed=typed)

    def encode_words(self, words: Sequence[str]) -> list[int]:
        """Like encode(), for words from understood(): the start token, then one id for each word."""
        return [START, *map(self._ids.get, words, itertools.repeat(UNKNOWN))]

    def decode(self, ids) -> list[str]:
        """One word per id; "<pad>", "<start>" and "<unknown>" for 0, 1 and for every id without a word."""
        table = SPECIAL + self.words
        return [table[i] if 0 <= i < len(table) else SPECIAL[UNKNOWN] for i in ids]

    def limited(self, vocabulary_size: int) -> "Vocabulary":
        """Only the words whose id is below `vocabulary_size`, as a network with that many embeddings can
        take.
        """
        return Vocabulary(self.words[: max(0, vocabulary_size - FIRST_WORD - 1)])

    def save(self, path: Path):
        """Write `path` atomically, as JSON. OSError passes on."""
        write_json(Path(path), {"format": FORMAT, "index_from": FIRST_WORD, "words": self.words})

    @staticmethod
    def read(path: Path) -> "Vocabulary":
        """The vocabulary that save() wrote to `path`. Raises ModelError for a missing, damaged or foreign
        file.
        """
        return Vocabulary.parse(_content(Path(path)), path)

    @staticmethod
    def parse(content: bytes, path: Path) -> "Vocabulary":
        """The vocabulary in the bytes of the file `path`, which is only named in errors. Raises ModelError."""
        wrong = _wrong_with(value := _json(content, path))
        if wrong:
            raise ModelError(
                f"{path} is not a vocabulary: {wrong}. Expected format {FORMAT}, index_from {FIRST_WORD} and a list of "
                "distinct words. Restore the file, or train the network again."
            )
        return Vocabulary(value["words"])


def _content(path):
    try:
        return read_bounded(path, LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The vocabulary {path} cannot be read: {getattr(error, 'strerror', None) or error}. Restore the file, or "
            "train the network again."
        ) from error


def _json(content, path):
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The vocabulary {path} is damaged: it is not JSON in UTF-8 ({type(error).__name__}). Restore the file, or "
            "train the network again."
        ) from error


def _wrong_with(value):
    """What speaks against `value` as a vocabulary, or None."""
    if not isinstance(value, dict):
        return f"its JSON is a {type(value).__name__}, not an object"
    for key, expected in (("format", FORMAT), ("index_from", FIRST_WORD)):
        if value.get(key) != expected:
            return f"{key} is {value.get(key)!r:.40}"
    words = value.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        return "words is not a list of words"
    if any(map(LONE_SURROGATE.search, words)):
        return "a word holds half a character (a lone surrogate)"
    return None if len(set(words)) == len(words) else "some words come twice"
