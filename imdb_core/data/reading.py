"""What a network sees of one text: its word ids, unknown words, words that are cut off, and padding.

Training (for the user's probe reviews), scoring and the page "The reviews" all use this rule, so they agree.
prepared() follows the same rule for a whole corpus at once.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from imdb_core.data.batches import padded_width
from imdb_core.data.pieces import limited_pieces
from imdb_core.data.reviews import PAD, UNKNOWN, PreparedReviews, Reviews
from imdb_core.data.tokenizers.registry import Token
from imdb_core.data.vocabulary import Vocabulary, clean

if TYPE_CHECKING:
    from imdb_core.config import RunConfig

Span = tuple[int, int]  # first character and last character + 1 of the typed text
LONGEST_TEXT = 100_000  # characters; a longer text loses its beginning before anything else reads it


@dataclass(frozen=True)
class Reading:
    """What a network sees of a text: its `ids`, and how many positions of `padding` stand before them.

    `words` are all words of the text as the vocabulary understands them: "So boring…" is "so" and "boring".
    The first `cut` of them are cut off. `ids` begins with the start token if there is room for it.
    """

    words: tuple[str, ...]
    ids: tuple[int, ...]
    cut: int
    padding: int
    find_spans: Callable[[], tuple[Span, ...]] = field(default=tuple, repr=False, compare=False)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The places of the `words` in the typed text; () if the text was not typed but is from a corpus.

        Computed when they are asked for, because that takes longer than reading the words.
        """
        return self.find_spans()

    def padded(self) -> npt.NDArray[np.int32]:
        """int32 (1, padding + ids): the ids as a network reads them, the padding in front."""
        return np.array([(*(PAD,) * self.padding, *self.ids)], np.int32)

    @property
    def words_read(self) -> int:
        """How many of the words the network reads."""
        return len(self.words) - self.cut

    @property
    def statuses(self) -> list[str]:
        """For each word "cut", "unknown" or "read"."""
        read_ids = self.ids_of_read_words
        return ["cut"] * self.cut + ["unknown" if id == UNKNOWN else "read" for id in read_ids]

    @property
    def unknown(self) -> list[str]:
        """The words that were read but are not in the network's vocabulary."""
        if UNKNOWN not in self.ids:
            return []
        read = zip(self.words[self.cut :], self.ids_of_read_words, strict=True)
        return [word for word, id in read if id == UNKNOWN]

    @property
    def ids_of_read_words(self) -> tuple[int, ...]:
        """The ids without the start token."""
        return self.ids[len(self.ids) - self.words_read :]


def read_text(text: str, vocabulary: Vocabulary, config: "RunConfig") -> Reading:
    """How a network with this config sees `text`; `vocabulary` is the network's own.

    A text without words gives a Reading without `words`.
    """
    left_out = max(0, len(text) - LONGEST_TEXT)
    cleaned = clean(text[left_out:])
    words = vocabulary.words_in(cleaned, typed=cleaned != text)
    seen = read_ids(words, vocabulary.encode_words(words), config)

    def spans() -> tuple[Span, ...]:
        tokens = vocabulary.tokens(cleaned, typed=cleaned != text)
        return _typed_spans(tokens, text[left_out:], left_out)

    return replace(seen, find_spans=spans)


def _typed_spans(tokens: Sequence[Token], text: str, left_out: int) -> tuple[Span, ...]:
    """The place of each token in the typed text, which begins with `left_out` characters before `text`."""
    if "\r\n" not in text:
        return tuple((token.start + left_out, token.end + left_out) for token in tokens)
    # Each line end became one character; these are its places in the cleaned text.
    line_ends = [match.start() - number for number, match in enumerate(re.finditer("\r\n", text))]

    def typed(position: int) -> int:
        return position + left_out + bisect_left(line_ends, position)

    return tuple((typed(token.start), typed(token.end - 1) + 1) for token in tokens)


def prepared(reviews: Reviews, vocabulary: Vocabulary, config: "RunConfig") -> PreparedReviews:
    """Many reviews as a network with this config sees them, before padding.

    `vocabulary` is that of the corpus. The network's own vocabulary is its beginning: read_text() with that
    one gives the same ids.
    """
    limited = limited_pieces(reviews, vocabulary, config.vocabulary_size)
    return limited.prepared(config.vocabulary_size, config.review_length)


def read_ids(words: Sequence[str], ids: Sequence[int], config: "RunConfig") -> Reading:
    """How a network with this config sees a text whose `words` have these `ids`, start token first.

    An id from vocabulary_size on becomes unknown. Only the last review_length ids stay, so the start token is
    the first to go.
    """
    last_ids = ids[-config.review_length :]
    seen = tuple(id if id < config.vocabulary_size else UNKNOWN for id in last_ids)
    cut = max(0, len(words) - len(seen))
    padding = int(padded_width(len(seen), config)) - len(seen)
    return Reading(tuple(words), seen, cut, padding)
