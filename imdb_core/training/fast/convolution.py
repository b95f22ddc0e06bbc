"""Convolution over words on CPU cores, zero-padded to the same length. Called by layers; knows no framework.

One review at a time: its windows are laid out as rows, (T, size * E), small enough to stay in the processor's
cache, and multiplied with the kernel. Frameworks build the rows of a whole batch in memory, or convolve in
two dimensions. Shapes: n reviews, T words, E input features, F filters.
"""

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Parts, f32, fresh


class Convolution:
    """One Conv1D layer's computation on `threads` cores; keeps the last input for the backward pass."""

    def __init__(self, threads: int):
        self._each_part = Parts(threads)
        self._tape = None

    def forward(self, x, kernel, bias, *, keep: bool, relu: bool = False):
        """(n, T, F) sums, or with `relu` what is positive of them and 0. `x` (n, T, E), `kernel` (size, E, F), `bias` (F,), all
        float32."""
        flat = kernel.reshape(-1, kernel.shape[2])
        output = fresh(*x.shape[:2], kernel.shape[2])
        lowest = (
            f32(0) if relu else np.finfo(f32).min
        )  # not -inf: compiled code may assume that nothing is infinite
        self._each_part(lambda _, rows: _forward(x[rows], flat, bias, lowest, output[rows]), len(x))
        self._tape = (x, flat, output, lowest) if keep else None
        return output

    def backward(self, d_output):
        """Gradients (x, kernel, bias) of the last kept forward pass."""
        x, flat, output, lowest = self._tape
        self._tape = None
        d_x, turned = fresh(*x.shape), np.ascontiguousarray(flat.T)

        def part(_, rows):
            return _backward(x[rows], turned, output[rows], lowest, d_output[rows], d_x[rows])

        found = self._each_part(part, len(x))
        d_kernel = sum(part for part, _ in found)
        return d_x, d_kernel.reshape(-1, x.shape[2], flat.shape[1]), sum(part for _, part in found)


@compiled
def _windows(words, centres, windows):
    """Row i of `windows` (I, size * E) = the words around word centres[i], as "same" padding centres them."""
    steps, features = words.shape
    size = windows.shape[1] // features
    before = (size - 1) // 2
    for i in range(len(centres)):
        for place in range(size):
            source = centres[i] + place - before
            for k in range(features):
                windows[i, place * features + k] = words[source, k] if 0 <= source < steps else f32(0)


@compiled
def _forward(x, kernel, bias, lowest, output):
    everywhere, windows = np.arange(x.shape[1]), np.empty((x.shape[1], kernel.shape[0]), f32)
    for review in range(len(x)):
        _windows(x[review], everywhere, windows)
        np.dot(windows, kernel, output[review])
        for step in range(x.shape[1]):
            for k in range(len(bias)):
                output[review, step, k] = max(output[review, step, k] + bias[k], lowest)


@compiled
def _backward(x, turned, output, lowest, d_output, d_x):
    """Fill d_x; the gradients of kernel and bias. None comes through an output at `lowest`.

    After a maximum over all words few have a gradient: only these are multiplied.
    """
    n, steps, features = x.shape
    filters, width = turned.shape
    windows, d_windows = np.empty((steps, width), f32), np.empty((steps, width), f32)
    d_sum, centres = np.empty((steps, filters), f32), np.empty(steps, np.int64)
    d_kernel, d_bias, product = (
        np.zeros((width, filters), f32),
        np.zeros(filters, f32),
        np.empty((width, filters), f32),
    )
    for review in range(n):
        count = 0
        for step in range(steps):
            some = False
            for k in range(filters):
                d = d_output[review, step, k] if output[review, step, k] > lowest else f32(0)
                d_sum[count, k] = d
                d_bias[k] += d
                some |= d != 0
            centres[count] = step
            count += some
        _windows(x[review], centres[:count], windows)
        np.dot(windows[:count].T, d_sum[:count], product)
        for i in range(width):
            for k in range(filters):
                d_kernel[i, k] += product[i, k]
        np.dot(d_sum[:count], turned, d_windows[:count])
        windows_back(d_windows, centres[:count], d_x[review])
    return d_kernel, d_bias


@compiled
def windows_back(windows, centres, words):
    """Fill `words` (T, E) with the gradients of what _windows was given, for those of its `windows` (I, size
    * E).
    """
    steps, features = words.shape
    size = windows.shape[1] // features
    before = (size - 1) // 2
    words[:] = 0
    for i in range(len(centres)):
        first = centres[i] - before
        for place in range(max(0, -first), min(size, steps - first)):
            word, window = words[first + place], windows[i, place * features : (place + 1) * features]
            for k in range(features):
                word[k] += window[k]
