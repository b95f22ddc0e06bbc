"""Text to word ids and back, as the vocabulary's tokenizer cuts texts (tokenizers/).

A trained network carries its own Vocabulary, so the words of a typed review get the ids that they had in
training. Called by the corpora, by the worker, which saves vocabularies, and by scoring, which reads them.
"""

import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from imdb_core.data import tokenizers
from imdb_core.data.reviews import FIRST_WORD, START, UNKNOWN
from imdb_core.data.tokenizers.keras_imdb import NAME as KERAS_IMDB
from imdb_core.data.tokenizers.registry import Reader, Token
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded, write_json

FORMAT = 1  # of a vocabulary without the name of its tokenizer, which is keras_imdb
BLOCK = 1000  # texts that are encoded together
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
    """Words in order of their rank, the first (rank 1) with id 4, and the tokenizer that cuts texts.

    Words are ranked by their frequency. Pieces of words (subwords) are ranked as they were made.
    """

    def __init__(self, words: Sequence[str], tokenizer: str = KERAS_IMDB) -> None:
        # Interned, because the vocabularies of all networks share their words: one copy in memory.
        self.words = tuple(map(sys.intern, words))
        self.tokenizer = tokenizer

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: rank + FIRST_WORD for rank, word in enumerate(self.words, start=1)}

    @cached_property
    def _reader(self) -> Reader:
        return tokenizers.get(self.tokenizer).reader(self._ids)

    @property
    def languages(self) -> tuple[str, ...]:
        """The only languages that the vocabulary knows, such as "English"; () if it can know any."""
        return tokenizers.get(self.tokenizer).languages

    @property
    def unit(self) -> str:
        """What sentences call the tokens of a text: "words"."""
        return tokenizers.get(self.tokenizer).unit

    def encode(self, text: str) -> list[int]:
        """The word ids of `text`: the start token (1), then an id for each word, 2 for an unknown word."""
        return [START, *self._reader.ids(text)]

    def encode_all(self, texts: Iterable[str]) -> Iterator[list[int]]:
        """encode() of each text; faster for many texts. Keeps BLOCK texts in memory."""
        remaining = iter(texts)
        while block := list(itertools.islice(remaining, BLOCK)):
            yield from ([START, *ids] for ids in self._reader.ids_of_texts(block))

    def tokens(self, text: str, *, typed: bool = False) -> list[Token]:
        """The words of `text` as encode() reads them, each with its place in the text and its id.

        With `typed` the text is none of the corpus, even if it looks so.
        """
        return self._reader.tokens(text, typed=typed)

    def words_in(self, text: str, *, typed: bool = False) -> list[str]:
        """The words of tokens() without their places, which is faster."""
        return self._reader.words(text, typed=typed)

    def understood(self, words: Sequence[str], *, typed: bool) -> list[str]:
        """The words that the vocabulary reads for the tokens `words`, with unknown words read again."""
        return tokenizers.get(self.tokenizer).understood(words, self._ids, typed=typed)

    def encode_words(self, words: Sequence[str]) -> list[int]:
        """The start token (1), then one id for each of the `words` from understood()."""
        return [START, *map(self._ids.get, words, itertools.repeat(UNKNOWN))]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """One word per id; "<pad>" for 0, "<start>" for 1, "<unknown>" for every id without a word."""
        table = SPECIAL + self.words
        return [table[i] if 0 <= i < len(table) else SPECIAL[UNKNOWN] for i in ids]

    def limited(self, vocabulary_size: int) -> "Vocabulary":
        """The words whose id is below `vocabulary_size`: a network has that many embeddings.

        A word that is left out is unknown. A piece that is left out is read as the smaller pieces that it was
        made of, because the beginning of a vocabulary of pieces is a vocabulary of pieces.
        """
        return Vocabulary(self.words[: max(0, vocabulary_size - FIRST_WORD - 1)], self.tokenizer)

    def save(self, path: Path) -> None:
        """Write `path` atomically, as JSON. Raises OSError."""
        format = tokenizers.get(self.tokenizer).file_format
        name = {} if format == FORMAT else {"tokenizer": self.tokenizer}
        write_json(Path(path), {"format": format, "index_from": FIRST_WORD, **name, "words": self.words})

    @staticmethod
    def train(texts: Iterable[str], tokenizer: str, *, size: int | None = None) -> "Vocabulary":
        """A new vocabulary of the words in `texts`, which are read once; at most `size` words.

        Memory is bounded: see tokenizers/ranking.py. Without `size`: tokenizers.get(tokenizer).default_size.
        The same texts give the same vocabulary in every process. Raises DataError for an unknown tokenizer.
        """
        kind = tokenizers.get(tokenizer)
        words = kind.ranked(texts, kind.default_size if size is None else size)
        sizes = itertools.accumulate(len(json.dumps(word, ensure_ascii=False).encode()) + 2 for word in words)
        fitting = sum(size < LARGEST_FILE - 1000 for size in sizes)
        return Vocabulary(words[:fitting], tokenizer)

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
                f"{path} is not a vocabulary: {fault}. Expected format 1 or 2, index_from {FIRST_WORD}, in "
                f"format 2 a tokenizer, and a list of distinct words. {_ADVICE}"
            )
        return Vocabulary(value["words"], value.get("tokenizer", KERAS_IMDB))


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
    name = value.get("tokenizer", KERAS_IMDB)
    if name not in tokenizers.names():
        return f"tokenizer is {name!r:.40}"
    tokenizer = tokenizers.get(name)
    for key, expected in (("format", tokenizer.file_format), ("index_from", FIRST_WORD)):
        if value.get(key) != expected:
            return f"{key} is {value.get(key)!r:.40}"
    words = value.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        return "words is not a list of words"
    if any(map(LONE_SURROGATE.search, words)):
        return "a word contains half a character (a lone surrogate)"
    return "some words occur twice" if len(set(words)) < len(words) else tokenizer.fault(words)
