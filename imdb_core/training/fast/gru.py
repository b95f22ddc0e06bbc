"""The GRU's forward and backward pass on CPU cores, faster than a graph of small operations per word.

It computes what Keras's GRU with reset_after computes (tests/training/test_fast.py compares both):

    z, r = sigmoid(x W + b + h U + b')        c = tanh(x W + b + r (h U + b'))        next h = z h + (1 - z) c

Called by layers; knows no framework. Fast for the reasons that lstm.py names. What the words add to the sums
does not depend on the state, so all words of a part are one matrix product: no faster than one a word, but
shorter to write. Shapes: n reviews, T words, E input features, H units. A step's gates are 4H columns c, z,
r, q, where q = h U + b' is what r weighs: so the sums of which x W is part lie side by side (c, z, r), and
those of which h U is part, too (z, r, q).
"""

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Memory, Parts, f32, fresh, sigmoid, tanh


class Gru:
    """One GRU layer's computation on `threads` cores; keeps what a backward pass needs of the last forward
    pass.
    """

    def __init__(self, threads: int):
        self._each_part = Parts(threads)
        self._memory = Memory()
        self._tape = None

    def forward(self, x, kernel, recurrent_kernel, bias, *, keep: bool, sequences: bool = False):
        """Last output (n, H), or with `sequences` all of them (n, T, H). `x` (n, T, E), `kernel` (E, 3H), `recurrent_kernel`
        (H, 3H), `bias` (2, 3H) as in Keras, gates z, r, c; all float32. With `keep` a backward pass may follow."""
        (count, steps, features), units = x.shape, len(recurrent_kernel)
        kernel = np.roll(kernel, units, axis=1)  # to c, z, r
        biases = np.concatenate(
            [bias[0, 2 * units :], bias[0, : 2 * units] + bias[1, : 2 * units], bias[1, 2 * units :]]
        )
        output = fresh(count, steps, units) if sequences else fresh(count, units)

        def part(index, rows):
            n = len(x[rows])
            shapes = (steps, n, features), (steps, n, 4 * units), (steps + 1, n, units)
            words, gates, states = self._memory.arrays(index, *shapes)
            words[:] = x[rows].transpose(1, 0, 2)
            np.matmul(words, kernel, out=gates[:, :, : 3 * units])
            states[0] = 0
            _forward(gates, recurrent_kernel, biases, states)
            output[rows] = states[1:].transpose(1, 0, 2) if sequences else states[-1]
            return words, gates, states

        taped = self._each_part(part, count)
        self._tape = (kernel, recurrent_kernel, taped) if keep else None
        return output

    def backward(self, d_output):
        """Gradients (x, kernel, recurrent kernel, bias) of the last kept forward pass, for that of its
        output, as large.
        """
        kernel, recurrent_kernel, taped = self._tape
        self._tape = None
        count, units, steps = len(d_output), len(recurrent_kernel), len(taped[0][0])
        transposed = np.ascontiguousarray(recurrent_kernel.T)
        d_x = fresh(count, steps, len(kernel))
        d_outputs = d_output if d_output.ndim == 3 else np.empty((count, 0, units), f32)
        d_last = np.zeros((count, units), f32) if d_output.ndim == 3 else d_output.copy()

        def part(index, rows):
            words, gates, states = taped[index]
            _backward(transposed, gates, states, d_last[rows], d_outputs[rows])
            flat, flat_words, flat_states = (
                array.reshape(-1, array.shape[2]) for array in (gates, words, states[:-1])
            )
            by_word, by_state = flat[:, : 3 * units], flat[:, units:]
            found = flat_words.T @ by_word, flat_states.T @ by_state, flat.sum(0)
            np.matmul(by_word, kernel.T, out=flat_words)  # memory at hand: the words are no longer needed
            d_x[rows] = words.transpose(1, 0, 2)
            return found

        d_kernel, d_recurrent, d_biases = (
            sum(terms) for terms in zip(*self._each_part(part, count), strict=True)
        )
        c, zr, q = np.split(d_biases, [units, 3 * units])
        d_bias = np.stack([np.concatenate([zr, c]), np.concatenate([zr, q])])
        return d_x, np.roll(d_kernel, -units, axis=1), d_recurrent, d_bias


@compiled
def _forward(gates, recurrent_kernel, biases, states):
    """From what the words add to the sums to the gates (in place); fills states, of which the first is given."""
    sums = np.empty((gates.shape[1], recurrent_kernel.shape[1]), f32)
    for step in range(len(gates)):
        np.dot(states[step], recurrent_kernel, sums)
        _activate(gates[step], sums, biases, states[step], states[step + 1])


@compiled
def _activate(gates, sums, biases, states, next_states):
    """`sums` is what the states add to z, r and q. Short loops become vector instructions."""
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
def _backward(transposed, gates, states, d_states, d_outputs):
    """`gates` become the gradients of their sums. `d_states` (n, H) comes with the last output's gradient, `d_outputs`
    (n, T or 0, H) adds to those of every step; `transposed` (3H, H) is the recurrent kernel."""
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
def _activate_back(gates, states, d_states, d_sums):
    """The gates' values become the gradients of their sums, of which d_sums gets z, r, q; d_states keeps what
    z lets through.
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
