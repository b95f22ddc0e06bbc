"""Why a network says what it says: the probability after each word, and what each word contributed. Called by
the text box.

Both only score variants of the review with the same ONNX model; nothing is approximated but the number of
prefixes. These are hundreds of runs, so both take a time limit (EXPLAIN_SECONDS by default), which also ends
them when the visitor has left.
"""

import numpy as np

from imdb_core.data.batches import same_width
from imdb_core.data.reading import Reading
from imdb_core.data.reviews import UNKNOWN
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, TimeLimit, within

MOST_PREFIXES = 125
LARGEST_BATCH = (
    2**18
)  # reviews x width x width: four heads of attention need 4 MB then, and more would not be faster


def running_score(
    predictor: Predictor, seen: Reading, limit: TimeLimit | None = None
) -> tuple[list[int], np.ndarray]:
    """(word positions, float32 probabilities): the score had the review ended after that word.

    Positions count all words of the review from 0 and start at the first that is read. Long reviews are
    scored after every few words, the last always. The network judges only at the end, so this is the score of
    each prefix.
    """
    first = len(seen.ids) - (len(seen.words) - seen.cut)  # 1 if the start token is read, else 0
    ends = range(first + 1, len(seen.ids) + 1)
    step = -(-len(ends) // MOST_PREFIXES)
    ends = [end for end in ends if (len(seen.ids) - end) % step == 0]
    probabilities = _scored(predictor, [seen.ids[:end] for end in ends], limit)
    return [seen.cut + end - first - 1 for end in ends], probabilities


def word_effects(predictor: Predictor, seen: Reading, limit: TimeLimit | None = None) -> np.ndarray:
    """float32 (words read,): how much each word raises the probability, by leaving it out (Li, Monroe,
    Jurafsky 2016).

    The word is replaced by "unknown", so length and positions stay: effect = p(review) - p(review without the
    word).
    """
    words_read = len(seen.words) - seen.cut
    first = len(seen.ids) - words_read
    variants = np.tile(np.array(seen.ids, np.int32), (words_read + 1, 1))
    variants[np.arange(words_read), first + np.arange(words_read)] = UNKNOWN  # the last row stays as it is
    probabilities = _scored(predictor, list(variants), limit)
    return probabilities[-1] - probabilities[:-1]


def _scored(predictor, rows, limit):
    """Probabilities of id sequences; of one padded width as many in one batch as leave attention a few
    megabytes.
    """
    probabilities, lengths = np.zeros(len(rows), np.float32), [len(row) for row in rows]
    with within(limit, EXPLAIN_SECONDS) as limit:
        for some, width in same_width(
            lengths, predictor.config, lambda width: max(1, LARGEST_BATCH // width**2)
        ):
            probabilities[some] = predictor.probabilities([rows[i] for i in some], width, limit)
    return probabilities
