"""The plain RNN's forward and backward pass on CPU cores, faster than a graph of small operations per word.

It computes what Keras's SimpleRNN computes (compared in tests/training/test_fast_recurrent.py):

    next h = tanh(x W + b + h U)

Called by layers; knows no framework. It is fast for the reasons in lstm.py. The product x W does not depend
on the state, so one matrix product serves all words of a part.

Shapes: n reviews, T words, E input features, H units.
"""

from typing import Any

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Buffers, Floats, Parts, aligned_array, f32, tanh


class SimpleRnn:
    """One plain RNN's computation on `threads` cores; keeps what the next backward pass needs."""

    def __init__(self, threads: int):
        self._parts = Parts(threads)
        self._buffers = Buffers()
        self._tape: Any = None

    def forward(
        self,
        x: Floats,
        kernel: Floats,
        recurrent_kernel: Floats,
        bias: Floats,
        *,
        keep: bool,
        sequences: bool = False,
    ) -> Floats:
        """Last output (n, H), or with `sequences` all outputs (n, T, H).

        With `keep` a backward pass may follow. `x` (n, T, E), `kernel` (E, H), `recurrent_kernel` (H, H),
        `bias` (H,). All float32.
        """
        (count, steps, features), units = x.shape, len(recurrent_kernel)
        output = aligned_array(count, steps, units) if sequences else aligned_array(count, units)

        def part(index: int, rows: slice) -> list[Floats]:
            n = len(x[rows])
            shapes = (steps, n, features), (steps, n, units), (steps + 1, n, units)
            words, sums, states = arrays = self._buffers.arrays(index, *shapes)
            words[:] = x[rows].transpose(1, 0, 2)
            np.matmul(words, kernel, out=sums)
            states[0] = 0
            _forward(sums, recurrent_kernel, bias, states)
            output[rows] = states[1:].transpose(1, 0, 2) if sequences else states[-1]
            return arrays

        taped = self._parts.run(part, count)
        self._tape = (kernel, recurrent_kernel, taped) if keep else None
        return output

    def backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Gradients (x, kernel, recurrent kernel, bias) of the last forward pass with `keep`.

        `d_output` is the gradient of its output, of the same shape.
        """
        kernel, recurrent_kernel, taped = self._tape
        self._tape = None
        count, units, steps = len(d_output), len(recurrent_kernel), len(taped[0][0])
        transposed = np.ascontiguousarray(recurrent_kernel.T)
        d_x = aligned_array(count, steps, len(kernel))
        d_outputs = d_output if d_output.ndim == 3 else np.empty((count, 0, units), f32)
        d_last = np.zeros((count, units), f32) if d_output.ndim == 3 else d_output.copy()

        def part(index: int, rows: slice) -> tuple[Any, ...]:
            words, sums, states = taped[index]
            _backward(transposed, sums, states, d_last[rows], d_outputs[rows])
            d_sums, by_word, by_state = (
                array.reshape(-1, array.shape[2]) for array in (sums, words, states[:-1])
            )
            gradients = by_word.T @ d_sums, by_state.T @ d_sums, d_sums.sum(0)
            np.matmul(d_sums, kernel.T, out=by_word)  # the words are no longer needed: reuse their memory
            d_x[rows] = words.transpose(1, 0, 2)
            return gradients

        gradients = zip(*self._parts.run(part, count), strict=True)
        d_kernel, d_recurrent, d_bias = (sum(terms) for terms in gradients)
        return d_x, d_kernel, d_recurrent, d_bias


@compiled
def _forward(sums: Floats, recurrent_kernel: Floats, bias: Floats, states: Floats) -> None:
    """Fill `states` after the first from `sums`, which are x W."""
    by_state = np.empty((sums.shape[1], sums.shape[2]), f32)
    for step in range(len(sums)):
        np.dot(states[step], recurrent_kernel, by_state)
        for review in range(len(by_state)):
            total, of_state, state = sums[step, review], by_state[review], states[step + 1, review]
            for k in range(len(bias)):
                state[k] = tanh(total[k] + of_state[k] + bias[k])


@compiled
def _backward(transposed: Floats, sums: Floats, states: Floats, d_states: Floats, d_outputs: Floats) -> None:
    """Replace `sums` by their gradients.

    `d_states` (n, H) is the gradient of the last output. `d_outputs` (n, T or 0, H) are added to the
    gradients of every step. `transposed` (H, H) is the recurrent kernel.
    """
    n, units = d_states.shape
    one = f32(1)
    for step in range(len(sums) - 1, -1, -1):
        for review in range(n):
            d_state, state, d_sum = d_states[review], states[step + 1, review], sums[step, review]
            if d_outputs.shape[1]:
                for k in range(units):
                    d_state[k] += d_outputs[review, step, k]
            for k in range(units):
                d_sum[k] = d_state[k] * (one - state[k] * state[k])
        np.dot(sums[step], transposed, d_states)
