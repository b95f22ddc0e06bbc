"""The words that a language model compares each next word with: see architectures/next_word.py."""

import numpy as np
from numpy.typing import NDArray

FREQUENT = 1024  # the ids below are always compared; they are the most frequent words, but not of subwords
DRAWN = 1024  # so many of the rarer ids are drawn for each batch
FLATTENED = 0.75  # the exponent of the counts, so that rare words are drawn more often than they occur


class Candidates:
    """Draws candidates for each batch, from the `counts` (ids,) of the words in the training texts.

    A frequent word is always a candidate. A rarer one is drawn with a probability p, and its score is raised
    by -ln(DRAWN p). So the sum of the exponentials of all candidates' scores is, on average, the sum over all
    words. A small vocabulary is compared as a whole.
    """

    def __init__(self, counts: NDArray[np.int64]) -> None:
        shares = (counts + 1.0) ** FLATTENED
        shares[:FREQUENT] = 0
        self._frequent = np.arange(1, min(FREQUENT, len(counts)), dtype=np.int32)  # 0 is padding
        self._shares = shares / max(shares.sum(), 1)
        self._sums = np.cumsum(self._shares)
        self._drawn = DRAWN if len(counts) > FREQUENT else 0

    def __len__(self) -> int:
        return len(self._frequent) + self._drawn

    def draw(self, random: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(ids int32, corrections float32), both (candidates,); an id may be drawn several times."""
        places = np.searchsorted(self._sums, random.random(self._drawn), side="right")
        rare = np.minimum(places, len(self._sums) - 1).astype(np.int32)
        corrections = np.zeros(len(self), np.float32)
        if self._drawn:
            corrections[len(self._frequent) :] = -np.log(self._drawn * self._shares[rare])
        return np.concatenate([self._frequent, rare]), corrections
