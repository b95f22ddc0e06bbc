"""Reviews in pieces of words, for a network that knows only the first pieces. Called by reading.py."""

import numpy as np
from numpy.typing import NDArray

from imdb_core.data import tokenizers
from imdb_core.data.reviews import FIRST_WORD, Reviews
from imdb_core.data.vocabulary import Vocabulary


def limited_pieces(reviews: Reviews, vocabulary: Vocabulary, vocabulary_size: int) -> Reviews:
    """`reviews` with each piece whose id is too large replaced by the smaller pieces that it was made of.

    Vocabulary.limited() reads the texts of the reviews the same way. Words are not made of other words: they
    stay as they are, and Reviews.prepared() makes them unknown.
    """
    if vocabulary_size > len(vocabulary) + FIRST_WORD:
        return reviews
    parts = tokenizers.get(vocabulary.tokenizer).parts(vocabulary.words)
    if parts is None:
        return reviews
    smaller = _smaller(parts, vocabulary_size)
    sizes = np.array([len(ids) for ids in smaller], np.int64)
    all_smaller = np.array([id for ids in smaller for id in ids], np.int32)
    firsts: NDArray[np.int64] = np.cumsum(sizes) - sizes  # of each id, in all_smaller
    ids = reviews.ids
    ends = np.concatenate([[0], np.cumsum(sizes[ids])])
    positions = np.repeat(firsts[ids] - ends[:-1], sizes[ids]) + np.arange(ends[-1])
    return Reviews(all_smaller[positions], ends[reviews.offsets], reviews.labels)


def _smaller(parts: list[tuple[int, ...]], vocabulary_size: int) -> list[list[int]]:
    """For each id the ids below `vocabulary_size` of its parts; characters are never replaced."""
    smaller: list[list[int]] = [[id] for id in range(FIRST_WORD + 1)]
    for id, indices in enumerate(parts, start=FIRST_WORD + 1):
        halves = [smaller[index + FIRST_WORD + 1] for index in indices]
        smaller.append([one for half in halves for one in half] if halves and id >= vocabulary_size else [id])
    return smaller
