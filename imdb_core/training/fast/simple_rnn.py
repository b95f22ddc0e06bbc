"""The plain RNN's forward and backward pass on CPU cores, faster than a graph of small operations per word.

It computes what Keras's SimpleRNN computes (compared in tests/training/test_fast_recurrent.py):

    next h = tanh(x W + b + h U)

Called by layers; knows no framework. It is fast for the reasons in lstm.py. The product x W does not depend
on the state, so one matrix product serves all words of a part.

Shapes: n reviews, T words, E input features, H units.
"""

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.one_product import OneProduct
from imdb_core.training.fast.parts import Floats, f32, tanh


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


class SimpleRnn(OneProduct):
    """One plain RNN's computation on `threads` cores; keeps what the next backward pass needs."""

    BLOCKS = 1
    forward_loop = staticmethod(_forward)
    backward_loop = staticmethod(_backward)

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
        return self._forward(x, kernel, recurrent_kernel, bias, keep=keep, sequences=sequences)

    def backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Gradients (x, kernel, recurrent kernel, bias) of the last forward pass with `keep`.

        `d_output` is the gradient of its output, of the same shape.
        """
        return self._backward(d_output)
