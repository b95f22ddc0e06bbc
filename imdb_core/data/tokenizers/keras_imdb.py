"""The tokenizer of the IMDB reviews: typography.py, with the place of each token. Called by the registry."""

import re
from collections.abc import Iterable, Mapping, Sequence

from imdb_core.data import typography
from imdb_core.data.tokenizers.ranking import most_frequent
from imdb_core.data.tokenizers.registry import UNKNOWN, Reader, Token, Tokenizer, register

NAME = "keras_imdb"
WORD = re.compile("[^ ]+")
Places = tuple[list[int], list[int]]  # first and last + 1 typed character of each decoded character


class _Reader(Reader):
    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids

    def tokens(self, text: str, *, typed: bool) -> list[Token]:
        decoded = typography.decoded(text)
        cut = decoded.translate(typography.AS_CORPUS)
        places = _places(text) if decoded != text else None
        matches = list(WORD.finditer(cut))
        words = [match[0] for match in matches]
        forms = typography.forms(words, self._ids, typed=typed or " ".join(words) != text)
        tokens = []
        for match in matches:
            start, end = match.span()
            if places:
                start, end = places[0][start], places[1][end - 1]
            for form in forms.get(match[0], (match[0],)):
                tokens.append(Token(form, start, end, self._ids.get(form, UNKNOWN)))
        return tokens

    def words(self, text: str, *, typed: bool) -> list[str]:
        words = typography.tokens(typography.decoded(text))
        return typography.understood(words, self._ids, typed=typed or " ".join(words) != text)

    def ids(self, text: str) -> list[int]:
        return [self._ids.get(word, UNKNOWN) for word in self.words(text, typed=False)]


class _KerasImdb(Tokenizer):
    name = NAME
    title = "as Keras's IMDB"
    about = "Cuts at spaces and ASCII punctuation, as Keras cut the IMDB reviews."
    languages = ("English",)
    default_size = 1_000_000  # all words
    file_format = 1

    def ranked(self, texts: Iterable[str], size: int) -> list[str]:
        return most_frequent(map(typography.tokens, texts), size)

    def reader(self, ids: Mapping[str, int]) -> Reader:
        return _Reader(ids)

    def understood(self, words: Sequence[str], ids: Mapping[str, int], *, typed: bool) -> list[str]:
        return typography.understood(words, ids, typed=typed)


def _places(text: str) -> Places:
    """The place in `text` of each character of typography.decoded(text)."""
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in typography.ENTITY.finditer(text):
        starts += range(done, match.start())
        ends += range(done + 1, match.start() + 1)
        length = len(typography.decoded(match[0]))
        starts += [match.start()] * length
        ends += [match.end()] * length
        done = match.end()
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return starts, ends


register(_KerasImdb())
