"""What every tokenizer offers, and the table of all tokenizers. Called through the package."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from imdb_core.errors import DataError

START, UNKNOWN, FIRST_WORD = 1, 2, 3  # as in data/reviews.py; word id = rank + 3


class Token(NamedTuple):
    """A token as the vocabulary reads it, with its place and its id.

    `start` and `end` are characters of the typed text. Several tokens can have the same place: the vocabulary
    may read one typed word as two tokens.
    """

    text: str
    start: int
    end: int
    id: int  # UNKNOWN if the vocabulary lacks the token


class Reader(ABC):
    """Cuts texts into the tokens of one vocabulary."""

    @abstractmethod
    def tokens(self, text: str, *, typed: bool) -> list[Token]:
        """The tokens of `text`; `typed` is False if the text may come from the corpus as it stands."""

    @abstractmethod
    def ids(self, text: str) -> list[int]:
        """The ids of the tokens of `text`, without the start token."""

    def words(self, text: str, *, typed: bool) -> list[str]:
        """The texts of tokens(); overridden where this is faster."""
        return [token.text for token in self.tokens(text, typed=typed)]

    def ids_of_texts(self, texts: Sequence[str]) -> list[list[int]]:
        """ids() of each text; a tokenizer that is faster on many texts at once overrides this method."""
        return [self.ids(text) for text in texts]


class Tokenizer(ABC):
    """One way to cut texts into tokens."""

    name: str  # in config.json and vocabulary.json
    title: str  # in lists of hyperparameters
    about: str  # a sentence for people
    unit: str = "words"  # what sentences call its tokens
    languages: tuple[str, ...] = ()  # the only languages that its models know, as "English"; () means any
    default_size: int  # tokens of a new vocabulary
    file_format: int  # of vocabulary.json

    @abstractmethod
    def ranked(self, texts: Iterable[str], size: int) -> list[str]:
        """At most `size` distinct tokens for a new vocabulary, the most useful first. Reads `texts` once."""

    @abstractmethod
    def reader(self, ids: Mapping[str, int]) -> Reader:
        """The reader for a vocabulary. `ids` maps its tokens to ids from FIRST_WORD + 1 on, in that order."""

    def understood(self, words: Sequence[str], ids: Mapping[str, int], *, typed: bool) -> list[str]:
        """The tokens that the vocabulary reads for `words`, which are tokens already."""
        return list(words)

    def fault(self, words: Sequence[str]) -> str | None:
        """Why the distinct `words` of a file cannot be a vocabulary of this tokenizer, or None."""
        return None

    def parts(self, words: Sequence[str]) -> list[tuple[int, ...]] | None:
        """For each of the `words` the indices of the smaller tokens that it was made of.

        None if the tokens are not made of each other. () for a token that was made of no other.
        """
        return None


_tokenizers: dict[str, Tokenizer] = {}


def register(tokenizer: Tokenizer) -> None:
    """Add `tokenizer`. Raises ValueError if another tokenizer has its name."""
    if tokenizer.name in _tokenizers:
        raise ValueError(f"There are two tokenizers {tokenizer.name}.")
    _tokenizers[tokenizer.name] = tokenizer


def names() -> list[str]:
    """All tokenizers, in the order of registration."""
    return list(_tokenizers)


def get(name: str) -> Tokenizer:
    """The tokenizer `name`. Raises DataError for another name."""
    if name not in _tokenizers:
        raise DataError(f"{name!r:.40} is no tokenizer; choose one of {', '.join(names())}.")
    return _tokenizers[name]
