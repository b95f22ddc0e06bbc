"""Sum the rows of a sparse gradient, and their squares, for each word. Called by optimizers."""

from typing import Any

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Floats


def row_sums(indices: Any, rows: Floats, shape: Any) -> tuple[Floats, Floats]:
    """(sum, sum of squares) of the `rows` (I, E) of each word, both of `shape` (V, E); `indices` (I,).

    I rows, V words of the vocabulary, E numbers a word.
    """
    total, squares = np.zeros((2, *shape), np.float32)
    _add_up(indices, rows, total, squares)
    return total, squares


@compiled
def _add_up(indices: Any, rows: Floats, total: Floats, squares: Floats) -> None:
    for i in range(len(indices)):
        word = indices[i]
        for k in range(rows.shape[1]):
            total[word, k] += rows[i, k]
            squares[word, k] += rows[i, k] * rows[i, k]
