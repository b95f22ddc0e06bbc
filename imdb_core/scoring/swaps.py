"""Which words may take the place of a word without an obvious change of meaning. Called by fooling.

The new word is a neighbour in the network's embedding, of the part of the vocabulary that leans little. How
far a word leans is what a text of this one word says to the network (leanings.py). So it can be told for
each network with an embedding, also without the texts that the network learned from. Candidates are the half
of the most frequent words that leans least, because no bound in log-odds suits all networks. So "bad" does
not take the place of "good". A word is also left out if only this network sees an opinion in it, so more
swaps than these may fool it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from imdb_core.data import tokenizers
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.file_cache import FileCache
from imdb_core.scoring.leanings import leanings_of
from imdb_core.scoring.neighbours import all_cosines
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit

FREQUENT = 3000  # words of which the half that leans least may take another word's place
LITTLE = 0.5  # the share of these words that leans little
NEAREST = 6  # candidates of a word
# The most frequent words are grammar ("not", "but"): their neighbours do not mean the same. A twentieth of
# the vocabulary at most.
GRAMMAR, GRAMMAR_SHARE = 60, 0.05
NETWORKS = 8  # whose words stay in memory
MOST_REMEMBERED = 1000  # words of a network whose candidates stay in memory, about 1 kB each


class Candidate(NamedTuple):
    """A word that may take another word's place: its id, and the cosine of both vectors, above 0."""

    id: int
    similarity: float


class Swaps:
    """The words that may be swapped in texts for one network, and the candidates that were looked up.

    `ids` are the words that may be swapped for a candidate, `little` (words,) the ids of all candidates,
    `bound` the largest change of the log-odds of a class by a candidate alone.
    """

    def __init__(self, network: Predictor, limit: TimeLimit | None = None) -> None:
        """Raises ModelError if the network has no embedding or cannot be used."""
        words = network.vocabulary.words
        known = min(network.config.vocabulary_size, FIRST_WORD + 1 + len(words))
        is_ranked = tokenizers.get(network.vocabulary.tokenizer).parts(()) is None  # by frequency; no pieces
        grammar = min(GRAMMAR, int(GRAMMAR_SHARE * len(words))) if is_ranked else 0
        self.ids = range(FIRST_WORD + 1 + grammar, known)
        self._words = words
        self._candidates: dict[int, tuple[Candidate, ...]] = {}
        frequent = np.array([id for id in self.ids[:FREQUENT] if _reads_back(network, id)], np.int64)
        leanings = np.abs(leanings_of(network, frequent, limit)).max(axis=1)
        self.bound = float(np.quantile(leanings, LITTLE)) if len(leanings) else 0.0
        self.little: npt.NDArray[np.int64] = frequent[leanings <= self.bound]

    def candidates(self, network: Predictor, ids: Sequence[int]) -> dict[int, tuple[Candidate, ...]]:
        """For each of the words `ids` its candidates, the nearest first. Raises ModelError."""
        known = {id: self._candidates[id] for id in ids if id in self._candidates}
        if new := [id for id in dict.fromkeys(ids) if id not in known]:
            known |= self._looked_up(network, new)
            if len(self._candidates) > MOST_REMEMBERED:
                self._candidates = {}
            self._candidates.update(known)
        return known

    def word(self, id: int) -> str:
        """The word with this id."""
        return self._words[id - FIRST_WORD - 1]

    def _looked_up(self, network: Predictor, ids: Sequence[int]) -> dict[int, tuple[Candidate, ...]]:
        vectors = network.word_vectors()
        assert vectors is not None  # fooling.is_possible() was asked
        similar = all_cosines(vectors[np.concatenate([ids, self.little])], range(len(ids)))[len(ids) :]
        found = {}
        for id, column in zip(ids, similar.T, strict=True):
            column[self.little == id] = -np.inf
            nearest = np.argsort(-column, kind="stable")[:NEAREST].tolist()
            found[id] = tuple(
                Candidate(int(self.little[at]), float(column[at])) for at in nearest if column[at] > 0
            )
        return found


def of(network: Predictor, limit: TimeLimit | None = None) -> Swaps:
    """The Swaps of a network, from memory if its file has not changed. Raises ModelError."""
    key = network.file, network.checksum
    return _remembered.value(key, (network.file,), compute=lambda: Swaps(network, limit))


def _reads_back(network: Predictor, id: int) -> bool:
    """Whether a text of this one word is read as this word."""
    word = network.vocabulary.words[id - FIRST_WORD - 1]
    return [token.id for token in network.vocabulary.tokens(word, typed=True)] == [id]


_remembered = FileCache[Swaps](NETWORKS)
