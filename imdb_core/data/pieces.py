"""Reviews in pieces of words, for a network that knows only the first pieces. Called by reading.py."""

import numpy as np
from numpy.typing import NDArray

from imdb_core.data import tokenizers
from imdb_core.data.reviews import FIRST_WORD, Reviews
from imdb_core.data.vocabulary import Vocabulary

BLOCK = 4096  # reviews that are replaced at once; only their new ids, int32, are in memory all together


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
    old_ids, old_offsets = reviews.ids, reviews.offsets
    places = range(0, len(reviews), BLOCK)
    blocks = [slice(old_offsets[at], old_offsets[min(at + BLOCK, len(reviews))]) for at in places]
    counts = [int(sizes[old_ids[block]].sum()) for block in blocks]
    ids, offsets = np.empty(sum(counts), np.int32), np.zeros(len(reviews) + 1, np.int64)
    start = 0
    for at, block, count in zip(places, blocks, counts, strict=True):
        replaced, ends = _replaced(old_ids[block], smaller, sizes)
        ids[start : start + count] = replaced
        offsets[at : at + BLOCK + 1] = start + ends[old_offsets[at : at + BLOCK + 1] - block.start]
        start += count
    return Reviews(ids, offsets, reviews.labels)


def _replaced(
    ids: NDArray[np.int32], smaller: list[list[int]], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(the ids that replace `ids`, for each of the `ids` the position of its first one, and the end)."""
    all_smaller = np.array([one for some in smaller for one in some], np.int32)
    firsts = np.cumsum(sizes) - sizes  # of each id, in all_smaller
    ends = np.concatenate([[0], np.cumsum(sizes[ids])])
    positions = np.repeat(firsts[ids] - ends[:-1], sizes[ids]) + np.arange(ends[-1])
    return all_smaller[positions], ends


def _smaller(parts: list[tuple[int, ...]], vocabulary_size: int) -> list[list[int]]:
    """For each id the ids below `vocabulary_size` of its parts; characters are never replaced."""
    smaller: list[list[int]] = [[id] for id in range(FIRST_WORD + 1)]
    for id, indices in enumerate(parts, start=FIRST_WORD + 1):
        halves = [smaller[index + FIRST_WORD + 1] for index in indices]
        smaller.append([one for half in halves for one in half] if halves and id >= vocabulary_size else [id])
    return smaller
