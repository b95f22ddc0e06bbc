"""Embedding, convolution, relu and max pooling in one computation on CPU cores. Called by layers.

Each different word of a batch is multiplied with the kernel once, however often it occurs. The weighted sum
at a position adds up these products, one for each place in the kernel. A batch of 64 reviews of 100 words
with 500 different words needs a thirteenth of the multiplications, and no sum before pooling is stored.

Knows no framework. Shapes: n reviews, T words, E numbers per word, F filters, U different words,
P = T // pool pooling windows.
"""

from typing import Any

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.convolution import add_windows
from imdb_core.training.fast.parts import Floats, Ints, Parts, aligned_array, f32

NO_POSITION = -1  # no sum of the pooling window is above 0


class Phrases:
    """Embedding, Conv1D with "same" padding and relu, and MaxPooling1D, computed on `threads` cores."""

    def __init__(self, threads: int):
        self._parts = Parts(threads)
        self._tape: Any = None

    def forward(
        self, words: Ints, table: Floats, kernel: Floats, bias: Floats, *, keep: bool, pool: int
    ) -> Floats:
        """The largest sum of each pooling window, at least 0: (n, P, F).

        With `keep` a backward pass may follow. `words` (n, T) are int32 rows of `table`
        (V, E); `kernel` (size, E, F), `bias` (F,).
        """
        size, features, filters = kernel.shape
        used = np.flatnonzero(np.bincount(words.reshape(-1), minlength=len(table)))  # (U,)
        number = np.zeros(len(table), np.int32)
        number[used] = np.arange(len(used))
        ids, vectors = number[words], table[used]
        products = vectors @ kernel.transpose(1, 0, 2).reshape(features, -1)
        products = products.reshape(len(used), size, filters)
        output = aligned_array(len(words), words.shape[1] // pool, filters)
        positions = np.empty(output.shape, np.int32)

        def part(_: int, rows: slice) -> None:
            _forward(ids[rows], products, bias, pool, output[rows], positions[rows])

        self._parts.run(part, len(words))
        self._tape = (ids, vectors, kernel, positions) if keep else None
        return output

    def backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats]:
        """Gradients (embedded words (n, T, E), kernel, bias) of the last forward pass with `keep`."""
        ids, vectors, kernel, positions = self._tape
        self._tape = None
        size, features, filters = kernel.shape
        transposed = np.ascontiguousarray(kernel.reshape(-1, filters).T)
        d_x = aligned_array(*ids.shape, features)

        def part(_: int, rows: slice) -> tuple[Floats, Floats]:
            d_products, d_bias = np.zeros((len(vectors), size, filters), f32), np.zeros(filters, f32)
            _backward(ids[rows], transposed, positions[rows], d_output[rows], d_products, d_bias, d_x[rows])
            return d_products, d_bias

        gradients: Any = zip(*self._parts.run(part, len(ids)), strict=True)
        d_products, d_bias = (sum(terms) for terms in gradients)
        d_kernel = (vectors.T @ d_products.reshape(len(vectors), -1)).reshape(features, size, filters)
        return d_x, d_kernel.transpose(1, 0, 2), d_bias


@compiled
def _forward(ids: Ints, products: Floats, bias: Floats, pool: int, output: Floats, positions: Ints) -> None:
    """Fill `output`, and `positions` (n, P, F) with the word position of each window's largest sum."""
    n, windows, filters = output.shape
    steps, size = ids.shape[1], products.shape[1]
    words_before = (size - 1) // 2
    total = np.empty(filters, f32)
    for review in range(n):
        for window in range(windows):
            largest, position = output[review, window], positions[review, window]
            largest[:] = 0
            position[:] = NO_POSITION
            for step in range(window * pool, (window + 1) * pool):
                for k in range(filters):
                    total[k] = bias[k]
                for offset in range(max(0, words_before - step), min(size, steps + words_before - step)):
                    row = products[ids[review, step + offset - words_before], offset]
                    for k in range(filters):
                        total[k] += row[k]
                for k in range(filters):
                    position[k] = step if total[k] > largest[k] else position[k]
                for k in range(filters):
                    largest[k] = max(largest[k], total[k])


@compiled
def _backward(
    ids: Ints,
    transposed: Floats,
    positions: Ints,
    d_output: Floats,
    d_products: Floats,
    d_bias: Floats,
    d_x: Floats,
) -> None:
    """Add to d_products (U, size, F) and d_bias, fill d_x. `transposed` (F, size * E) is the kernel."""
    n, windows, filters = d_output.shape
    steps, size = ids.shape[1], d_products.shape[1]
    words_before, all_steps = (size - 1) // 2, np.arange(steps)
    d_sum, d_windows = np.empty((steps, filters), f32), np.empty((steps, transposed.shape[1]), f32)
    for review in range(n):
        d_sum[:] = 0
        for window in range(windows):
            for k in range(filters):
                if positions[review, window, k] != NO_POSITION:
                    d_sum[positions[review, window, k], k] = d_output[review, window, k]
                    d_bias[k] += d_output[review, window, k]
        for step in range(steps):
            for offset in range(max(0, words_before - step), min(size, steps + words_before - step)):
                row, d = d_products[ids[review, step + offset - words_before], offset], d_sum[step]
                for k in range(filters):
                    row[k] += d[k]
        np.dot(d_sum, transposed, d_windows)
        add_windows(d_windows, all_steps, d_x[review])
