"""The tokenizer for words of any language: word_rule.py. Called by the registry."""

from collections.abc import Iterable, Mapping

from imdb_core.data.tokenizers import word_rule
from imdb_core.data.tokenizers.ranking import most_frequent
from imdb_core.data.tokenizers.registry import UNKNOWN, Reader, Token, Tokenizer, register

NAME = "unicode_words"


class _Reader(Reader):
    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids

    def tokens(self, text: str, *, typed: bool) -> list[Token]:
        placed = word_rule.placed_tokens(text)
        return [Token(word, start, end, self._ids.get(word, UNKNOWN)) for word, start, end in placed]

    def words(self, text: str, *, typed: bool) -> list[str]:
        return word_rule.tokens(text)

    def ids(self, text: str) -> list[int]:
        return [self._ids.get(word, UNKNOWN) for word in word_rule.tokens(text)]


class _UnicodeWords(Tokenizer):
    name = NAME
    title = "words"
    about = "Cuts at spaces and punctuation by Unicode's rules; Chinese, Japanese and Thai into characters."
    default_size = 100_000
    file_format = 2

    def ranked(self, texts: Iterable[str], size: int) -> list[str]:
        return most_frequent(map(word_rule.tokens, texts), size)

    def reader(self, ids: Mapping[str, int]) -> Reader:
        return _Reader(ids)


register(_UnicodeWords())
