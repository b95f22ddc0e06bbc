"""Convolution over words on CPU cores, zero-padded to the same length. Called by layers; knows no framework.

One review at a time: its windows are the rows of a matrix (T, size * E), which is multiplied with the kernel.
This matrix fits into the processor's cache. Frameworks build one for the whole batch, or convolve in two
dimensions. Shapes: n reviews, T words, E input features, F filters.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Floats, Parts, aligned_array, f32

Centres = npt.NDArray[np.int64]


class Convolution:
    """One Conv1D layer's computation on `threads` cores; keeps the last input for the backward pass."""

    def __init__(self, threads: int):
        self._parts = Parts(threads)
        self._tape: Any = None

    def forward(self, x: Floats, kernel: Floats, bias: Floats, *, keep: bool, relu: bool = False) -> Floats:
        """Weighted sums (n, T, F), cut at 0 with `relu`. With `keep` a backward pass may follow.

        `x` (n, T, E), `kernel` (size, E, F), `bias` (F,), all float32.
        """
        flat_kernel = kernel.reshape(-1, kernel.shape[2])  # (size * E, F)
        output = aligned_array(x.shape[0], x.shape[1], kernel.shape[2])
        # Without relu the lowest float, not -inf: Numba's fastmath may assume that nothing is infinite.
        lowest = f32(0) if relu else np.finfo(f32).min

        def part(_: int, rows: slice) -> None:
            _forward(x[rows], flat_kernel, bias, lowest, output[rows])

        self._parts.run(part, len(x))
        self._tape = (x, flat_kernel, output, lowest) if keep else None
        return output

    def backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats]:
        """Gradients (x, kernel, bias) of the last forward pass with `keep`; `d_output` (n, T, F)."""
        x, flat_kernel, output, lowest = self._tape
        self._tape = None
        d_x, transposed = aligned_array(*x.shape), np.ascontiguousarray(flat_kernel.T)

        def part(_: int, rows: slice) -> Any:
            return _backward(x[rows], transposed, output[rows], lowest, d_output[rows], d_x[rows])

        gradients = self._parts.run(part, len(x))
        d_kernel: Any = sum(d_kernel for d_kernel, _ in gradients)
        d_bias: Any = sum(d_bias for _, d_bias in gradients)
        return d_x, d_kernel.reshape(-1, x.shape[2], flat_kernel.shape[1]), d_bias


@compiled
def _windows(words: Floats, centres: Centres, windows: Floats) -> None:
    """Row i of `windows` (I, size * E) becomes the words around word centres[i], with "same" padding."""
    steps, features = words.shape
    size = windows.shape[1] // features
    words_before = (size - 1) // 2
    for i in range(len(centres)):
        for offset in range(size):
            source = centres[i] + offset - words_before
            for k in range(features):
                windows[i, offset * features + k] = words[source, k] if 0 <= source < steps else f32(0)


@compiled
def _forward(x: Floats, kernel: Floats, bias: Floats, lowest: np.float32, output: Floats) -> None:
    all_steps, windows = np.arange(x.shape[1]), np.empty((x.shape[1], kernel.shape[0]), f32)
    for review in range(len(x)):
        _windows(x[review], all_steps, windows)
        np.dot(windows, kernel, output[review])
        for step in range(x.shape[1]):
            for k in range(len(bias)):
                output[review, step, k] = max(output[review, step, k] + bias[k], lowest)


@compiled
def _backward(
    x: Floats, transposed: Floats, output: Floats, lowest: np.float32, d_output: Floats, d_x: Floats
) -> tuple[Floats, Floats]:
    """Fill d_x; return the gradients of kernel and bias. An output at `lowest` passes no gradient.

    After a maximum over all words few positions have a gradient, so only their windows are multiplied.
    `transposed` (F, size * E) is the kernel.
    """
    n, steps, features = x.shape
    filters, width = transposed.shape
    windows, d_windows = np.empty((steps, width), f32), np.empty((steps, width), f32)
    d_sum, centres = np.empty((steps, filters), f32), np.empty(steps, np.int64)
    d_kernel, d_bias = np.zeros((width, filters), f32), np.zeros(filters, f32)
    product = np.empty((width, filters), f32)
    for review in range(n):
        count = 0
        for step in range(steps):
            has_gradient = False
            for k in range(filters):
                d = d_output[review, step, k] if output[review, step, k] > lowest else f32(0)
                d_sum[count, k] = d
                d_bias[k] += d
                has_gradient |= d != 0
            centres[count] = step
            count += has_gradient
        _windows(x[review], centres[:count], windows)
        np.dot(windows[:count].T, d_sum[:count], product)
        for i in range(width):
            for k in range(filters):
                d_kernel[i, k] += product[i, k]
        np.dot(d_sum[:count], transposed, d_windows[:count])
        add_windows(d_windows, centres[:count], d_x[review])
    return d_kernel, d_bias


@compiled
def add_windows(windows: Floats, centres: Centres, words: Floats) -> None:
    """The gradient of _windows: each of `words` (T, E) becomes the sum over its `windows` (I, size * E)."""
    steps, features = words.shape
    size = windows.shape[1] // features
    words_before = (size - 1) // 2
    words[:] = 0
    for i in range(len(centres)):
        first = centres[i] - words_before
        for offset in range(max(0, -first), min(size, steps - first)):
            word, window = words[first + offset], windows[i, offset * features : (offset + 1) * features]
            for k in range(features):
                word[k] += window[k]
