"""Explain a probability: the score after each word, and the effect of each word. Called by the text box.

Both score variants of the review with the same ONNX model. The only approximation: long reviews are scored
after every few words. Hundreds of variants are scored, so both functions take a time limit (EXPLAIN_SECONDS
by default), which also ends them when the visitor has left.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from imdb_core.data.batches import same_width
from imdb_core.data.reading import Reading
from imdb_core.data.reviews import UNKNOWN
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, TimeLimit, within

MOST_PREFIXES = 125  # at most this many prefixes of a review are scored
LARGEST_BATCH = 2**18  # reviews x width x width: 4 MB for four heads of attention; more is not faster


def running_score(
    predictor: Predictor, reading: Reading, limit: TimeLimit | None = None, *, of: int = 1
) -> tuple[list[int], npt.NDArray[np.float32]]:
    """(word positions, float32 shares of the class `of`): the score if the review ended after that word.

    Positions count all words of the review from 0; they begin at the first word that the network reads. Long
    reviews are scored after every few words, and always after the last word.
    """
    first = len(reading.ids) - (len(reading.words) - reading.cut)  # 1 if the start token is read, else 0
    all_ends = range(first + 1, len(reading.ids) + 1)
    step = -(-len(all_ends) // MOST_PREFIXES)
    ends = [end for end in all_ends if (len(reading.ids) - end) % step == 0]
    shares = _scored(predictor, [reading.ids[:end] for end in ends], limit)
    return [reading.cut + end - first - 1 for end in ends], shares[:, of]


def word_effects(
    predictor: Predictor, reading: Reading, limit: TimeLimit | None = None, *, of: int = 1
) -> npt.NDArray[np.float32]:
    """float32 (words read,): how much each word raises the share of the class `of`.

    Li, Monroe, Jurafsky 2016, "Understanding Neural Networks through Representation Erasure".

    effect = p(review) - p(review with "unknown" in the place of the word); so length and positions stay.
    """
    words_read = len(reading.words) - reading.cut
    first = len(reading.ids) - words_read
    variants = np.tile(np.array(reading.ids, np.int32), (words_read + 1, 1))
    variants[np.arange(words_read), first + np.arange(words_read)] = UNKNOWN  # the last row stays as it is
    shares = _scored(predictor, list(variants), limit)[:, of]
    effects: npt.NDArray[np.float32] = shares[-1] - shares[:-1]
    return effects


def _scored(
    predictor: Predictor, rows: Sequence[Sequence[int]], limit: TimeLimit | None
) -> npt.NDArray[np.float32]:
    """The shares float32 (rows, classes) of sequences of word ids, scored in batches of one padded width."""
    shares = np.zeros((len(rows), len(predictor.config.classes)), np.float32)
    lengths = [len(row) for row in rows]
    with within(limit, EXPLAIN_SECONDS) as limit:
        for members, width in same_width(lengths, predictor.config, _reviews_in_batch):
            shares[members] = predictor.shares([rows[i] for i in members], width, limit)
    return shares


def _reviews_in_batch(width: int) -> int:
    return max(1, LARGEST_BATCH // width**2)
