"""Small computations that compile every layer of fast, forward and backward. Called by compile_ahead.

A test compares what these examples compile with what the trainings of all networks compile.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from imdb_core.training.fast.convolution import Convolution
from imdb_core.training.fast.gru import Gru
from imdb_core.training.fast.lstm import Lstm
from imdb_core.training.fast.parts import Floats
from imdb_core.training.fast.phrases import Phrases
from imdb_core.training.fast.row_sums import row_sums
from imdb_core.training.fast.simple_rnn import SimpleRnn

REVIEWS, WORDS, FEATURES, UNITS, SIZE = 2, 4, 3, 2, 3


def _zeros(*shape: int) -> Floats:
    return np.zeros(shape, np.float32)


def _both_ways(layer: Any, *arrays: Any, **options: Any) -> None:
    layer.backward(np.zeros_like(layer.forward(*arrays, keep=True, **options)))


def _phrases() -> None:
    ids = np.zeros((REVIEWS, WORDS), np.int32)
    _both_ways(Phrases(1), ids, _zeros(9, FEATURES), _zeros(SIZE, FEATURES, UNITS), _zeros(UNITS), pool=2)


def _lstm() -> None:
    width = FEATURES + UNITS
    masks = _zeros(0, REVIEWS, width)
    words = _zeros(REVIEWS, WORDS, FEATURES)
    _both_ways(Lstm(1), words, _zeros(width, 4 * UNITS), _zeros(4 * UNITS), masks)


def _row_sums() -> None:
    row_sums(np.zeros(WORDS, np.int32), _zeros(WORDS, FEATURES), (9, FEATURES))


def _convolution() -> None:
    words = _zeros(REVIEWS, WORDS, FEATURES)
    _both_ways(Convolution(1), words, _zeros(SIZE, FEATURES, UNITS), _zeros(UNITS))


def _gru() -> None:
    kernels = _zeros(FEATURES, 3 * UNITS), _zeros(UNITS, 3 * UNITS)
    _both_ways(Gru(1), _zeros(REVIEWS, WORDS, FEATURES), *kernels, _zeros(2, 3 * UNITS))


def _simple_rnn() -> None:
    kernels = _zeros(FEATURES, UNITS), _zeros(UNITS, UNITS)
    _both_ways(SimpleRnn(1), _zeros(REVIEWS, WORDS, FEATURES), *kernels, _zeros(UNITS))


# The layers of the network that the form offers first come first.
EXAMPLES: tuple[Callable[[], None], ...] = (_phrases, _lstm, _row_sums, _convolution, _gru, _simple_rnn)
