"""Explain a probability: the score after each word, and the effect of each word. Called by the text box.

Both score variants of the review with the same ONNX model. The only approximation: the curve of a long review
is computed after every few words. Hundreds of variants are scored, so both functions take a time limit
(EXPLAIN_SECONDS by default), which also ends them when the visitor has left.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from imdb_core.data.batches import same_width
from imdb_core.data.reading import Reading, read_text
from imdb_core.scoring.many import largest_batch
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, TimeLimit, within
from imdb_core.scoring.word_changes import changed

MOST_PREFIXES = 125  # at most this many prefixes of a review are scored
WORDS_BEFORE = 100  # leaving a word out moves a few earlier words into what is read


def running_score(
    predictor: Predictor, reading: Reading, limit: TimeLimit | None = None, *, of: int = 1
) -> tuple[list[int], npt.NDArray[np.float32]]:
    """(word positions, float32 shares of the class `of`): the score if the review ended after that word.

    Positions count all words of the review from 0; they begin at the first word that the network reads. Long
    reviews are scored after every few words, and always after the last word.
    """
    first = len(reading.ids) - reading.words_read  # 1 if the start token is read, else 0
    all_ends = range(first + 1, len(reading.ids) + 1)
    step = -(-len(all_ends) // MOST_PREFIXES)
    ends = [end for end in all_ends if (len(reading.ids) - end) % step == 0]
    shares = _scored(predictor, [reading.ids[:end] for end in ends], limit)
    return [reading.cut + end - first - 1 for end in ends], shares[:, of]


def log_odds(predictor: Predictor, text: str, limit: TimeLimit | None = None, *, of: int = 1) -> float:
    """The log-odds of the class `of` for any text. A text without words has the start token's log-odds."""
    reading = read_text(text, predictor.vocabulary, predictor.config)
    width = len(reading.ids) + reading.padding
    return float(predictor.log_odds([reading.ids], width, limit, of=of)[0])


def word_effects(
    predictor: Predictor, text: str, limit: TimeLimit | None = None, *, of: int = 1
) -> npt.NDArray[np.float64]:
    """float64 (words read,): how much each word raises the log-odds of the class `of` against the rest.

    effect = log-odds(text) - log-odds(text without the word). This is exactly the change when the visitor
    leaves the word out (word_changes). The words behind the word then move up. Of a long text, the
    network then also reads an earlier word.
    Log-odds: Robnik-Sikonja, Kononenko 2008, "Explaining Classifications For Individual Instances".
    """
    with within(limit, EXPLAIN_SECONDS) as limit:
        rows = [predictor.read(text).ids]
        for variant in _variants(predictor, text):
            limit.check()
            rows.append(read_text(variant, predictor.vocabulary, predictor.config).ids)
        odds = np.zeros(len(rows), np.float64)
        for members, width in same_width(
            [len(row) for row in rows], predictor.config, largest_batch(predictor.config)
        ):
            odds[members] = predictor.log_odds([rows[i] for i in members], width, limit, of=of)
    effects: npt.NDArray[np.float64] = odds[0] - odds[1:]
    return effects


def _variants(predictor: Predictor, text: str) -> list[str]:
    """The text without each of the words that are read, one after the other.

    Words far before the first word that is read have no effect on any variant. They are left out of all
    variants, because cutting a long text into words again and again takes seconds.
    """
    reading = predictor.read(text)
    first = max(0, reading.cut - WORDS_BEFORE)
    start = reading.spans[first][0] if first else 0
    return [changed(text[start:], (a - start, b - start)) for a, b in reading.spans[reading.cut :]]


def _scored(
    predictor: Predictor, rows: Sequence[Sequence[int]], limit: TimeLimit | None
) -> npt.NDArray[np.float32]:
    """The shares float32 (rows, classes) of sequences of word ids, scored in batches of one padded width."""
    shares = np.zeros((len(rows), len(predictor.config.classes)), np.float32)
    lengths = [len(row) for row in rows]
    with within(limit, EXPLAIN_SECONDS) as limit:
        for members, width in same_width(lengths, predictor.config, largest_batch(predictor.config)):
            shares[members] = predictor.shares([rows[i] for i in members], width, limit)
    return shares
