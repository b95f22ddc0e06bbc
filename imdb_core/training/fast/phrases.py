"""From words to the strongest of neighbouring phrases on CPU cores: embedding, convolution, relu and pooling
in one.

Each different word of a batch is multiplied with the kernel once, however often it occurs; what a phrase adds
up to is a sum of such rows, one for each place in the kernel. A batch of 64 reviews of 100 words, of which
500 differ, needs a thirteenth of the multiplications, and no sum before pooling has to be kept. Called by
layers; knows no framework. Shapes: n reviews, T words, E numbers a word, F filters, U different words, T //
pool = windows.
"""

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.convolution import windows_back
from imdb_core.training.fast.parts import Parts, f32, fresh

NOWHERE = -1  # no phrase of the window is above 0


class Phrases:
    """The computation of Embedding, Conv1D with "same" padding and relu, and MaxPooling1D, on `threads`
    cores.
    """

    def __init__(self, threads: int):
        self._each_part = Parts(threads)
        self._tape = None

    def forward(self, words, table, kernel, bias, *, keep: bool, pool: int):
        """(n, T // pool, F) largest sums or 0. `words` (n, T) int32 rows of `table` (V, E), `kernel` (size,
        E, F), `bias` (F,).

        With `keep` a backward pass may follow.
        """
        size, features, filters = kernel.shape
        used = np.flatnonzero(np.bincount(words.reshape(-1), minlength=len(table)))
        number = np.zeros(len(table), np.int32)
        number[used] = np.arange(len(used))
        ids, vectors = number[words], table[used]
        sums = (vectors @ kernel.transpose(1, 0, 2).reshape(features, -1)).reshape(len(used), size, filters)
        output = fresh(len(words), words.shape[1] // pool, filters)
        places = np.empty(output.shape, np.int32)
        self._each_part(
            lambda _, rows: _forward(ids[rows], sums, bias, pool, output[rows], places[rows]), len(words)
        )
        self._tape = (ids, vectors, kernel, places) if keep else None
        return output

    def backward(self, d_output):
        """Gradients (embedded words (n, T, E), kernel, bias) of the last kept forward pass."""
        ids, vectors, kernel, places = self._tape
        self._tape = None
        size, features, filters = kernel.shape
        turned = np.ascontiguousarray(kernel.reshape(-1, filters).T)
        d_x = fresh(*ids.shape, features)

        def part(_, rows):
            d_sums, d_bias = np.zeros((len(vectors), size, filters), f32), np.zeros(filters, f32)
            _backward(ids[rows], turned, places[rows], d_output[rows], d_sums, d_bias, d_x[rows])
            return d_sums, d_bias

        d_sums, d_bias = (sum(terms) for terms in zip(*self._each_part(part, len(ids)), strict=True))
        d_kernel = (vectors.T @ d_sums.reshape(len(vectors), -1)).reshape(features, size, filters)
        return d_x, d_kernel.transpose(1, 0, 2), d_bias


@compiled
def _forward(ids, sums, bias, pool, output, places):
    """Fill output, and places with the word of each window at whose phrase the largest sum is."""
    n, windows, filters = output.shape
    steps, size = ids.shape[1], sums.shape[1]
    before = (size - 1) // 2
    total = np.empty(filters, f32)
    for review in range(n):
        for window in range(windows):
            largest, where = output[review, window], places[review, window]
            largest[:] = 0
            where[:] = NOWHERE
            for step in range(window * pool, (window + 1) * pool):
                for k in range(filters):
                    total[k] = bias[k]
                for place in range(max(0, before - step), min(size, steps + before - step)):
                    row = sums[ids[review, step + place - before], place]
                    for k in range(filters):
                        total[k] += row[k]
                for k in range(filters):
                    where[k] = step if total[k] > largest[k] else where[k]
                for k in range(filters):
                    largest[k] = max(largest[k], total[k])


@compiled
def _backward(ids, turned, places, d_output, d_sums, d_bias, d_x):
    """Add to d_sums and d_bias, fill d_x. `turned` (F, size * E) is the kernel."""
    n, windows, filters = d_output.shape
    steps, size = ids.shape[1], d_sums.shape[1]
    before, everywhere = (size - 1) // 2, np.arange(steps)
    d_sum, d_windows = np.empty((steps, filters), f32), np.empty((steps, turned.shape[1]), f32)
    for review in range(n):
        d_sum[:] = 0
        for window in range(windows):
            for k in range(filters):
                if places[review, window, k] != NOWHERE:
                    d_sum[places[review, window, k], k] = d_output[review, window, k]
                    d_bias[k] += d_output[review, window, k]
        for step in range(steps):
            for place in range(max(0, before - step), min(size, steps + before - step)):
                row, d = d_sums[ids[review, step + place - before], place], d_sum[step]
                for k in range(filters):
                    row[k] += d[k]
        np.dot(d_sum, turned, d_windows)
        windows_back(d_windows, everywhere, d_x[review])
