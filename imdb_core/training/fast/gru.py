"""The GRU's forward and backward pass on CPU cores, faster than a graph of small operations per word.

It computes what Keras's GRU with reset_after computes (compared in tests/training/test_fast_recurrent.py),
the GRU of Cho et al. 2014 with cuDNN's second bias b':

    z, r = sigmoid(x W + b + h U + b')        c = tanh(x W + b + r (h U + b'))        next h = z h + (1 - z) c

Called by layers; knows no framework. It is fast for the reasons in lstm.py. The product x W does not depend
on the state, so one matrix product serves all words of a part. Products for single words would not be faster.

Shapes: n reviews, T words, E input features, H units. Four blocks of H columns, c, z, r, q, hold a step's
gates, with q = h U + b'. In this order the sums with x W (c, z, r) lie side by side, and so do the sums with
h U (z, r, q).
"""

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.one_product import OneProduct
from imdb_core.training.fast.parts import Floats, f32, sigmoid, tanh


@compiled
def _forward(gates: Floats, recurrent_kernel: Floats, biases: Floats, states: Floats) -> None:
    """Turn `gates` from x W into the activated gates, and fill `states` after the first."""
    sums = np.empty((gates.shape[1], recurrent_kernel.shape[1]), f32)
    for step in range(len(gates)):
        np.dot(states[step], recurrent_kernel, sums)
        _activate(gates[step], sums, biases, states[step], states[step + 1])


@compiled
def _activate(gates: Floats, sums: Floats, biases: Floats, states: Floats, next_states: Floats) -> None:
    """One step; `sums` (n, 3H) is h U for z, r and q. The compiler vectorises short loops."""
    units = states.shape[1]
    for review in range(len(gates)):
        gate, total, state, next_state = gates[review], sums[review], states[review], next_states[review]
        c, z, r, q = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
        sigmoids, bias = gate[units : 3 * units], biases[units:]
        for k in range(2 * units):
            sigmoids[k] = sigmoid(sigmoids[k] + total[k] + bias[k])
        for k in range(units):
            q[k] = total[2 * units + k] + bias[2 * units + k]
        for k in range(units):
            c[k] = tanh(c[k] + biases[k] + r[k] * q[k])
        for k in range(units):
            next_state[k] = c[k] + z[k] * (state[k] - c[k])


@compiled
def _backward(transposed: Floats, gates: Floats, states: Floats, d_states: Floats, d_outputs: Floats) -> None:
    """Replace `gates` by the gradients of their weighted sums.

    `d_states` (n, H) is the gradient of the last output. `d_outputs` (n, T or 0, H) are added to the
    gradients of every step. `transposed` (3H, H) is the recurrent kernel.
    """
    n, units = d_states.shape
    d_sums, d_before = np.empty((n, 3 * units), f32), np.empty((n, units), f32)
    for step in range(len(gates) - 1, -1, -1):
        if d_outputs.shape[1]:
            for review in range(n):
                for k in range(units):
                    d_states[review, k] += d_outputs[review, step, k]
        _activate_back(gates[step], states[step], d_states, d_sums)
        np.dot(d_sums, transposed, d_before)
        for review in range(n):
            for k in range(units):
                d_states[review, k] += d_before[review, k]


@compiled
def _activate_back(gates: Floats, states: Floats, d_states: Floats, d_sums: Floats) -> None:
    """Replace one step's gates by the gradients of their sums; copy those of z, r, q to `d_sums` (n, 3H).

    `d_states` becomes the part of the gradient that reaches the previous state through z.
    """
    units, one = states.shape[1], f32(1)
    for review in range(len(gates)):
        gate, state, d_state, d_sum = gates[review], states[review], d_states[review], d_sums[review]
        c, z, r, q = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
        for k in range(units):
            c_k, z_k, r_k, d = c[k], z[k], r[k], d_state[k]
            d_c = d * (one - z_k) * (one - c_k * c_k)
            c[k] = d_c
            z[k] = d * (state[k] - c_k) * z_k * (one - z_k)
            r[k] = d_c * q[k] * r_k * (one - r_k)
            q[k] = d_c * r_k
            d_state[k] = d * z_k
        for k in range(3 * units):
            d_sum[k] = gate[units + k]


class Gru(OneProduct):
    """One GRU layer's computation on `threads` cores; keeps what the next backward pass needs."""

    BLOCKS = 4
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

        With `keep` a backward pass may follow. `x` (n, T, E). As in Keras, with the gates z, r, c:
        `kernel` (E, 3H), `recurrent_kernel` (H, 3H), `bias` (2, 3H). All float32.
        """
        units = len(recurrent_kernel)
        kernel = np.roll(kernel, units, axis=1)  # to c, z, r
        biases = np.concatenate(
            [bias[0, 2 * units :], bias[0, : 2 * units] + bias[1, : 2 * units], bias[1, 2 * units :]]
        )
        return self._forward(x, kernel, recurrent_kernel, biases, keep=keep, sequences=sequences)

    def backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Gradients (x, kernel, recurrent kernel, bias) of the last forward pass with `keep`.

        `d_output` is the gradient of its output, of the same shape.
        """
        d_x, d_kernel, d_recurrent, d_biases = self._backward(d_output)
        units = d_output.shape[-1]
        c, zr, q = np.split(d_biases, [units, 3 * units])
        d_bias = np.stack([np.concatenate([zr, c]), np.concatenate([zr, q])])
        return d_x, np.roll(d_kernel, -units, axis=1), d_recurrent, d_bias
