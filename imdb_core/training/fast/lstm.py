"""The LSTM's forward and backward pass on CPU cores, faster than a graph of small operations per word.

Why it is fast: four small matrix products a word and direction instead of some forty operations, the
activations in one sweep, each word's share of the weights' gradients while what it needs is in the
processor's cache, and parts of a batch side by side on several cores. Compiled by Numba on first use and kept
on disk. It computes what Keras's LSTM computes (tests/training/test_fast.py compares both). Called by layers;
knows no framework.

Shapes: n reviews, T words, E input features, H units; W = E + H + 1. A row that the weights multiply is a
word's input, the previous output, and a 1 for the bias. The gates i, f, c, o lie one after the other: for
products of at most a million multiplications OpenBLAS has AVX-512 kernels that do not copy their operands
first.
"""

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Memory, Parts, f32, fresh, sigmoid, tanh

TOGETHER = (
    2  # words whose gradients of the weights are one product: of 32 reviews and 100 units, small enough
)


class Lstm:
    """One LSTM layer's computation on `threads` cores; keeps what a backward pass needs of the last forward
    pass.
    """

    def __init__(self, threads: int):
        self._each_part = Parts(threads)
        self._memory = Memory()
        self._tape = None

    def forward(self, x, weights, bias, masks, *, keep: bool, sequences: bool = False):
        """Last output (n, H), or with `sequences` all of them (n, T, H). `x` (n, T, E), `weights` (E + H, 4H), `masks` (4, n,
        E + H) factors for each gate's rows or (0, n, E + H) for none; all float32. With `keep` a backward pass may follow."""
        units, steps = weights.shape[1] // 4, x.shape[1]
        output = fresh(len(x), steps, units) if sequences else fresh(len(x), units)
        by_gate = _by_gate(np.concatenate([weights, bias[None]]))

        def part(index, rows):
            memory = self._arrays(index, x[rows].shape, units, keep or sequences)
            _forward(x[rows], by_gate, _masks(masks, rows), *memory)
            outputs = memory[0][:, :, -1 - units : -1]  # one step later than the words
            output[rows] = (
                outputs[1 : steps + 1].transpose(1, 0, 2) if sequences else outputs[steps % len(outputs)]
            )
            return memory

        taped = self._each_part(part, len(x))
        self._tape = (x, by_gate, masks, taped) if keep else None
        return output

    def backward(self, d_output):
        """Gradients (x, weights, bias) of the last kept forward pass, for the gradient of its output, of the
        same shape.
        """
        x, by_gate, masks, taped = self._tape
        self._tape = None
        transposed = np.ascontiguousarray(by_gate[:, :-1].transpose(0, 2, 1))
        d_x, units = fresh(*x.shape), d_output.shape[-1]
        d_outputs = d_output if d_output.ndim == 3 else np.empty((len(x), 0, units), f32)
        d_last = np.zeros((len(x), units), f32) if d_output.ndim == 3 else d_output

        def part(index, rows):
            d_row = np.concatenate([np.zeros(d_x[rows, 0].shape, f32), d_last[rows]], axis=1)
            return _backward(
                transposed, _masks(masks, rows), *taped[index], d_row, d_outputs[rows], d_x[rows]
            )

        d_by_gate = sum(self._each_part(part, len(x)))
        d_weights = d_by_gate.transpose(1, 0, 2).reshape(by_gate.shape[1], 4 * units)
        return d_x, d_weights[:-1], d_weights[-1]

    def _arrays(self, index, shape, units, keep):
        """(rows, gates, cells) over time for one part, all of it to keep or a ring of two steps; memory is
        used again.
        """
        n, steps, features = shape
        steps = steps if keep else 1
        shapes = (steps + 1, n, features + units + 1), (steps, 4, n, units), (steps + 1, n, units)
        rows, gates, cells = self._memory.arrays(index, *shapes)
        rows[0, :, features:] = cells[0] = 0
        return rows, gates, cells


def _by_gate(weights):
    """(4, W, H): each gate's columns in one piece, as a matrix product wants them."""
    width, columns = weights.shape
    return np.ascontiguousarray(weights.reshape(width, 4, columns // 4).transpose(1, 0, 2))


def _masks(masks, rows):
    return np.ascontiguousarray(masks[:, rows])


@compiled
def _forward(x, by_gate, masks, rows, gates, cells):
    """Fill rows, gates (after activation) and cells, which may be rings shorter than time."""
    n, steps, features = x.shape
    masked = np.ones((n, by_gate.shape[1]), f32)
    for step in range(steps):
        row, next_row, z = rows[step % len(rows)], rows[(step + 1) % len(rows)], gates[step % len(gates)]
        for review in range(n):
            for k in range(features):
                row[review, k] = x[review, step, k]
            row[review, -1] = 1
        for gate in range(4):
            if len(masks):
                _multiply(row, masks[gate], masked)
            np.dot(masked if len(masks) else row, by_gate[gate], z[gate])
        _activate(z, cells[step % len(cells)], cells[(step + 1) % len(cells)], next_row)


@compiled
def _activate(z, cells, next_cells, next_row):
    """From weighted sums to gates (in place), the next cells and the outputs."""
    n, units = cells.shape
    i, f, c, o = (
        z[0].reshape(-1),
        z[1].reshape(-1),
        z[2].reshape(-1),
        z[3].reshape(-1),
    )  # long loops: few remainders
    cell, next_cell = cells.reshape(-1), next_cells.reshape(-1)
    for k in range(n * units):
        i_k, f_k, c_k = sigmoid(i[k]), sigmoid(f[k]), tanh(c[k])
        i[k], f[k], c[k], o[k] = i_k, f_k, c_k, sigmoid(o[k])
        next_cell[k] = f_k * cell[k] + i_k * c_k
    for review in range(n):
        gate, new, output = z[3, review], next_cells[review], next_row[review, -1 - units : -1]
        for k in range(units):
            output[k] = gate[k] * tanh(new[k])


@compiled
def _backward(transposed, masks, rows, gates, cells, d_row, d_outputs, d_x):
    """Fill d_x; gradients (4, W, H) of the weights, bias last.

    `d_row` (n, E + H) comes with the last output's gradient in its last H columns, `d_outputs` (n, T or 0, H)
    adds to those of every step; `transposed` (4, H, E + H) are the weights.
    """
    n, steps, features = d_x.shape
    units, width = transposed.shape[1], rows.shape[2]
    d_weights, product = np.zeros((4, width, units), f32), np.empty((width, units), f32)
    d_z, masked = np.empty((4, TOGETHER, n, units), f32), np.ones((TOGETHER, n, width), f32)
    d_masked, d_cells = np.empty_like(d_row), np.zeros((n, units), f32)
    for step in range(steps - 1, -1, -1):
        place = step % TOGETHER
        if d_outputs.shape[1]:
            for review in range(n):
                for k in range(units):
                    d_row[review, features + k] += d_outputs[review, step, k]
        _activate_back(d_z, place, gates[step], cells[step], cells[step + 1], d_cells, d_row)
        for gate in range(4):
            np.dot(d_z[gate, place], transposed[gate], d_masked)
            if len(masks):
                _multiply(d_masked, masks[gate], d_masked)
            _add(d_masked, d_row, gate > 0)
        for review in range(n):
            for k in range(features):
                d_x[review, step, k] = d_row[review, k]
        if place == 0:
            words = rows[step : min(step + TOGETHER, steps)]
            for gate in range(4):
                if len(masks):
                    for one in range(len(words)):
                        _multiply(words[one], masks[gate], masked[one])
                factors = masked[: len(words)] if len(masks) else words
                np.dot(factors.reshape(-1, width).T, d_z[gate, : len(words)].reshape(-1, units), product)
                _add(product, d_weights[gate], True)
    return d_weights


@compiled
def _activate_back(d_z, place, gates, cells, next_cells, d_cells, d_row):
    """Fill d_z at `place` with the gradients of the gates' weighted sums; d_cells moves one step back."""
    units, one = cells.shape[1], f32(1)
    for review in range(len(cells)):
        i, f, c, o = gates[0, review], gates[1, review], gates[2, review], gates[3, review]
        d_i, d_f, d_c, d_o = (
            d_z[0, place, review],
            d_z[1, place, review],
            d_z[2, place, review],
            d_z[3, place, review],
        )
        cell, next_cell, d_output, d_cell = (
            cells[review],
            next_cells[review],
            d_row[review, -units:],
            d_cells[review],
        )
        for k in range(units):
            squashed, d, i_k, f_k, c_k, o_k = tanh(next_cell[k]), d_output[k], i[k], f[k], c[k], o[k]
            d_k = d_cell[k] + d * o_k * (one - squashed * squashed)
            d_o[k] = d * squashed * o_k * (one - o_k)
            d_f[k] = d_k * cell[k] * f_k * (one - f_k)
            d_i[k] = d_k * c_k * i_k * (one - i_k)
            d_c[k] = d_k * i_k * (one - c_k * c_k)
            d_cell[k] = d_k * f_k


@compiled
def _multiply(left, right, product):
    """Of the columns that `right` has."""
    for i in range(right.shape[0]):
        for k in range(right.shape[1]):
            product[i, k] = left[i, k] * right[i, k]


@compiled
def _add(term, total, to_what_is_there):
    for i in range(term.shape[0]):
        for k in range(term.shape[1]):
            total[i, k] = total[i, k] + term[i, k] if to_what_is_there else term[i, k]
