"""What each word says alone: the score of a text of this one word. Called by inside/word_map and swaps."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from imdb_core import answers
from imdb_core.data.batches import padded_width
from imdb_core.data.reviews import START
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit

BATCH = 250  # texts of one word that are scored at once


def leanings_of(
    network: Predictor, ids: Sequence[int] | npt.NDArray[np.int64], limit: TimeLimit | None = None
) -> npt.NDArray[np.float64]:
    """(words, classes): how much a text of one word raises the log-odds of each class.

    It is compared with a text of no word. Raises ModelError.
    """
    width = int(padded_width(min(2, network.config.review_length), network.config))
    texts = [[START], *([START, int(id)][-width:] for id in ids)]  # the first has no word
    parts = [
        network.shares(texts[begin : begin + BATCH], width, limit) for begin in range(0, len(texts), BATCH)
    ]
    shares = np.concatenate(parts)
    odds = np.stack([answers.log_odds(shares, label) for label in range(shares.shape[1])], axis=1)
    leanings: npt.NDArray[np.float64] = odds[1:] - odds[0]
    return leanings
