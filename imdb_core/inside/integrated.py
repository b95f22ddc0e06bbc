"""Integrated gradients: what each word of a typed text adds to the verdict. Called by the panels.

Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks". One walks from an empty text to the
typed one and adds up, for each number of a word vector, how much the answer changes because of it.
"""

from dataclasses import dataclass

import numpy as np

from imdb_core.config import RunConfig
from imdb_core.data.reading import Reading
from imdb_core.inside import phrases, word_map
from imdb_core.inside.gradients import Differentiable
from imdb_core.inside.plane import Doubles
from imdb_core.inside.recurrent import Floats
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, TimeLimit, within

# Of the change of the log-odds; the words' amounts must add up to it so closely. A page shows two digits.
TOLERANCE, SHOWN = 0.01, 0.005
FIRST_PARTS, POINTS, MOST_POINTS = 2, 8, 128  # parts of the way, points in each part, and points in all


@dataclass(frozen=True)
class Integrated:
    """What the words add: `amounts` (words read,), log-odds of the class.

    `empty` and `whole` are the log-odds of the empty text and of the typed one.
    """

    amounts: Doubles
    empty: float
    whole: float

    @property
    def gap(self) -> float:
        """By how much the amounts miss the change from the empty text to the typed one."""
        return float(self.amounts.sum()) - (self.whole - self.empty)

    @property
    def adds_up(self) -> bool:
        """Whether the completeness axiom holds within TOLERANCE, or within what a page shows."""
        return _adds_up(self.gap, self.whole - self.empty)


def has_integrated_gradients(config: RunConfig) -> bool:
    """Whether the network of `config` reads words only through their vectors.

    A network that looks up phrases does not change gradually from one phrase to another.
    """
    return word_map.has_word_vectors(config) and not phrases.looks_up_phrases(config)


def integrated_gradients(
    network: Predictor, reading: Reading, limit: TimeLimit | None = None, *, of: int = 1
) -> Integrated:
    """What each word that is read adds to the log-odds F of the class `of`. Raises ModelError.

    The vector of a word has the numbers v_1, v_2, and so on. Its amount is the sum, over all n, of

        v_n * (integral from t = 0 to 1 of dF/dv_n at t v)

    In the empty text, t = 0, all words have the vector zero, as in the paper. Padding and start token stay as
    they are, because they are no words of the visitor. The amounts add up to F(text) - F(empty text), the
    paper's completeness axiom. The integral is computed part by part, each with the Gauss-Legendre rule.
    While the amounts do not add up, the parts that miss their own change most are halved.
    """
    with within(limit, EXPLAIN_SECONDS) as limit:
        way = _Way(Differentiable(network), reading, of, limit)
        edges = np.linspace(0, 1, FIRST_PARTS + 1)
        parts = way.parts(list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)))
        empty, whole = way.heights[0.0], way.heights[1.0]
        while True:
            gap = sum(part.gap for part in parts)
            if _adds_up(gap, whole - empty) or POINTS * len(parts) >= MOST_POINTS:
                break
            parts = _refined(way, parts)
    amounts: Doubles = np.sum([part.amounts for part in parts], axis=0)
    return Integrated(amounts, empty, whole)


@dataclass(frozen=True)
class _Part:
    """A part of the way, from `begin` to `end`: what each word adds there, and by how much that misses."""

    begin: float
    end: float
    amounts: Doubles
    gap: float


class _Way:
    """The straight way from the empty text, 0, to the typed one, 1; `heights` are log-odds along it."""

    def __init__(self, network: Differentiable, reading: Reading, of: int, limit: TimeLimit):
        self._network, self._of, self._limit = network, of, limit
        vectors = network.vectors(reading)
        self._read = reading.words_read
        self._change = vectors.copy()
        self._change[: len(vectors) - self._read] = 0
        self._empty = vectors - self._change
        self.heights: dict[float, float] = {}

    def parts(self, ends: list[tuple[float, float]]) -> list[_Part]:
        """One _Part for each (begin, end)."""
        new = sorted({place for both in ends for place in both} - self.heights.keys())
        heights = self._network.log_odds(self._at(np.array(new)), self._of, self._limit)
        self.heights.update(zip(new, heights.tolist(), strict=True))
        nodes, weights = np.polynomial.legendre.leggauss(POINTS)
        begins, lengths = np.array(ends)[:, :1], np.diff(np.array(ends), axis=1)
        places = begins + lengths * (nodes + 1) / 2  # (parts, POINTS)
        gradients = self._network.gradients(self._at(places.ravel()), self._of, self._limit)
        slopes = np.einsum("npv,pv->np", gradients, self._change).astype(np.float64)[:, -self._read :]
        amounts = np.einsum("kn,knw->kw", lengths * weights / 2, slopes.reshape(len(ends), POINTS, -1))
        return [
            _Part(begin, end, each, float(each.sum()) - (self.heights[end] - self.heights[begin]))
            for (begin, end), each in zip(ends, amounts, strict=True)
        ]

    def _at(self, places: Doubles) -> Floats:
        """The word vectors (places, positions, size) at these places of the way."""
        vectors: Floats = self._empty + places.astype(np.float32)[:, None, None] * self._change
        return vectors


def _refined(way: _Way, parts: list[_Part]) -> list[_Part]:
    """Halve the parts with the largest gaps, so many that the gaps of the other parts are small in sum."""
    parts = sorted(parts, key=lambda part: -abs(part.gap))
    rest = sum(abs(part.gap) for part in parts)
    most = max(TOLERANCE * abs(way.heights[1.0] - way.heights[0.0]), SHOWN) / 2
    halves: list[tuple[float, float]] = []
    while parts and rest > most and POINTS * (len(parts) + len(halves)) < MOST_POINTS:
        part = parts.pop(0)
        rest -= abs(part.gap)
        middle = (part.begin + part.end) / 2
        halves += [(part.begin, middle), (middle, part.end)]
    return parts + way.parts(halves)


def _adds_up(gap: float, change: float) -> bool:
    return abs(gap) <= max(TOLERANCE * abs(change), SHOWN)
