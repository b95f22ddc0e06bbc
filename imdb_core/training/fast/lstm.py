"""The LSTM's forward and backward pass on CPU cores, faster than a graph of small operations per word.

Why it is fast: one matrix product a word and direction instead of some forty small operations, the activations in one sweep,
the gradient of all weights as one large product at the end, and parts of a batch side by side on several cores. Compiled by
Numba on first use and kept on disk. It computes what Keras's LSTM computes (tests/training/test_fast.py compares both).
Called by layers; knows no framework.

Shapes: n reviews, T words, E input features, H units; the gates i, f, c, o lie side by side in 4H columns. A row that the
weights multiply is a word's input followed by the previous output, E + H numbers.
"""

import numpy as np

from imdb_core.training.fast.parts import Memory, Parts, compiled, f32, tanh


class Lstm:
    """One LSTM layer's computation on `threads` cores; keeps what a backward pass needs of the last forward pass."""

    def __init__(self, threads: int):
        self._each_part = Parts(threads)
        self._memory = Memory()
        self._tape = None

    def forward(self, x, weights, bias, masks, *, keep: bool, sequences: bool = False):
        """Last output (n, H), or with `sequences` all of them (n, T, H). `x` (n, T, E), `weights` (E + H, 4H), `masks` (4, n,
        E + H) factors for each gate's rows or (0, n, E + H) for none; all float32. With `keep` a backward pass may follow."""
        units, steps = weights.shape[1] // 4, x.shape[1]
        output = np.empty((len(x), steps, units) if sequences else (len(x), units), f32)
        by_gate = _by_gate(weights)

        def part(index, rows):
            memory = self._arrays(index, x[rows].shape, units, keep or sequences)
            _forward(x[rows], weights, by_gate, _sweep(bias), _masks(masks, rows), *memory)
            outputs = memory[0][:, :, -units:]  # one step later than the words
            output[rows] = outputs[1 : steps + 1].transpose(1, 0, 2) if sequences else outputs[steps % len(outputs)]
            return memory

        taped = self._each_part(part, len(x))
        self._tape = (x, by_gate, masks, taped) if keep else None
        return output

    def backward(self, d_output):
        """Gradients (x, weights, bias) of the last kept forward pass, for the gradient of its output, of the same shape."""
        x, by_gate, masks, taped = self._tape
        self._tape = None
        transposed = np.ascontiguousarray(by_gate.transpose(0, 2, 1))
        d_x, units = np.empty_like(x), d_output.shape[-1]
        d_outputs = d_output if d_output.ndim == 3 else np.empty((len(x), 0, units), f32)
        d_last = np.zeros((len(x), units), f32) if d_output.ndim == 3 else d_output

        def part(index, rows):
            row, gates, cells = taped[index]
            d_row = np.concatenate([np.zeros(d_x[rows, 0].shape, f32), d_last[rows]], axis=1)
            _backward(transposed, _masks(masks, rows), gates, cells, d_row, d_outputs[rows], d_x[rows])
            return _weight_gradients(_masks(masks, rows), row[:-1], gates)

        d_weights, d_bias = zip(*self._each_part(part, len(x)), strict=True)
        return d_x, sum(d_weights), sum(d_bias)

    def _arrays(self, index, shape, units, keep):
        """(rows, gates, cells) over time for one part, all of it to keep or a ring of two steps; memory is used again."""
        n, steps, features = shape
        steps = steps if keep else 1
        shapes = (steps + 1, n, features + units), (steps, n, 4 * units), (steps + 1, n, units)
        rows, gates, cells = self._memory.arrays(index, *shapes)
        rows[0, :, features:] = cells[0] = 0
        return rows, gates, cells


def _by_gate(weights):
    """(4, E + H, H): each gate's columns in one piece, as a matrix product wants them."""
    width, columns = weights.shape
    return np.ascontiguousarray(weights.reshape(width, 4, columns // 4).transpose(1, 0, 2))


def _masks(masks, rows):
    return np.ascontiguousarray(masks[:, rows])


def _sweep(bias):
    """(3, 4H) scale, offset and shift that make every gate one tanh: sigmoid(z) = 0.5 + 0.5 tanh(z / 2)."""
    sweep = np.full((3, len(bias)), 0.5, f32)
    units = len(bias) // 4
    sweep[:2, 2 * units : 3 * units] = (1.0,), (0.0,)
    sweep[2] = sweep[0] * bias
    return sweep


def _weight_gradients(masks, rows, d_gates):
    """Gradients of weights (E + H, 4H) and bias (4H,): a sum over words and reviews, as one product."""
    width, columns = rows.shape[2], d_gates.shape[2]
    flat = d_gates.reshape(-1, columns)
    if not len(masks):
        return rows.reshape(-1, width).T @ flat, flat.sum(0)
    gates = np.split(flat, 4, axis=1)
    products = [(rows * mask).reshape(-1, width).T @ gate for mask, gate in zip(masks, gates, strict=True)]
    return np.concatenate(products, axis=1), flat.sum(0)


@compiled
def _forward(x, weights, by_gate, sweep, masks, rows, gates, cells):
    """Fill rows, gates (after activation) and cells, which may be rings shorter than time."""
    n, steps, features = x.shape
    masked, columns = np.empty((n, weights.shape[0]), f32), np.empty((n, weights.shape[1] // 4), f32)
    for step in range(steps):
        row, next_row, z = rows[step % len(rows)], rows[(step + 1) % len(rows)], gates[step % len(gates)]
        for review in range(n):
            for k in range(features):
                row[review, k] = x[review, step, k]
        if len(masks):
            for gate in range(4):
                _multiply(row, masks[gate], masked)
                np.dot(masked, by_gate[gate], columns)
                _put_gate(columns, z, gate)
        else:
            np.dot(row, weights, z)
        _activate(z, sweep, cells[step % len(cells)], cells[(step + 1) % len(cells)], next_row)


@compiled
def _activate(z, sweep, cells, next_cells, next_row):
    """From weighted sums to gates (in place), the next cells and the outputs; short loops become vector instructions."""
    units = cells.shape[1]
    scale, offset, shift = sweep[0], sweep[1], sweep[2]
    for review in range(len(z)):
        gate = z[review]
        for k in range(4 * units):
            gate[k] = offset[k] + scale[k] * tanh(scale[k] * gate[k] + shift[k])
        i, f, c, o = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
        cell, next_cell, output = cells[review], next_cells[review], next_row[review, -units:]
        for k in range(units):
            next_cell[k] = f[k] * cell[k] + i[k] * c[k]
        for k in range(units):
            output[k] = o[k] * tanh(next_cell[k])


@compiled
def _backward(transposed, masks, gates, cells, d_row, d_outputs, d_x):
    """Fill d_x; `gates` become the gradients of their weighted sums on the way.

    `d_row` (n, E + H) comes with the last output's gradient in its last H columns, `d_outputs` (n, T or 0, H) adds to those
    of every step; `transposed` (4, H, E + H) are the weights.
    """
    n, steps, features = d_x.shape
    units = transposed.shape[1]
    all_gates = transposed.reshape(4 * units, features + units)
    columns, d_masked = np.empty((n, units), f32), np.empty_like(d_row)
    d_cells, scratch = np.zeros((n, units), f32), np.empty((2, units), f32)
    for step in range(steps - 1, -1, -1):
        d_z = gates[step]
        if d_outputs.shape[1]:
            for review in range(n):
                for k in range(units):
                    d_row[review, features + k] += d_outputs[review, step, k]
        _activate_back(d_z, cells[step], cells[step + 1], d_cells, d_row, scratch)
        if len(masks):
            for gate in range(4):
                _take_gate(d_z, columns, gate)
                np.dot(columns, transposed[gate], d_masked)
                _multiply(d_masked, masks[gate], d_masked)
                _add(d_masked, d_row, gate > 0)
        else:
            np.dot(d_z, all_gates, d_row)
        for review in range(n):
            for k in range(features):
                d_x[review, step, k] = d_row[review, k]


@compiled
def _activate_back(gates, cells, next_cells, d_cells, d_row, scratch):
    """The gates' values become the gradients of their weighted sums; d_cells moves one step back."""
    units = cells.shape[1]
    squashed, d_cell = scratch[0], scratch[1]
    for review in range(len(gates)):
        gate, cell, next_cell = gates[review], cells[review], next_cells[review]
        d_before, d_output = d_cells[review], d_row[review, -units:]
        i, f, c, o = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
        for k in range(units):
            squashed[k] = tanh(next_cell[k])
        for k in range(units):
            d_cell[k] = d_before[k] + d_output[k] * o[k] * (f32(1) - squashed[k] * squashed[k])
        for k in range(units):
            o[k] = d_output[k] * squashed[k] * o[k] * (f32(1) - o[k])
        for k in range(units):
            d_before[k] = d_cell[k] * f[k]
        for k in range(units):
            f[k] = d_cell[k] * cell[k] * f[k] * (f32(1) - f[k])
        for k in range(units):
            i_k = i[k]
            i[k] = d_cell[k] * c[k] * i_k * (f32(1) - i_k)
            c[k] = d_cell[k] * i_k * (f32(1) - c[k] * c[k])


@compiled
def _multiply(left, right, product):
    for i in range(left.shape[0]):
        for k in range(left.shape[1]):
            product[i, k] = left[i, k] * right[i, k]


@compiled
def _add(term, total, to_what_is_there):
    for i in range(term.shape[0]):
        for k in range(term.shape[1]):
            total[i, k] = total[i, k] + term[i, k] if to_what_is_there else term[i, k]


@compiled
def _put_gate(columns, gates, gate):
    n, units = columns.shape
    for i in range(n):
        for k in range(units):
            gates[i, gate * units + k] = columns[i, k]


@compiled
def _take_gate(gates, columns, gate):
    n, units = columns.shape
    for i in range(n):
        for k in range(units):
            columns[i, k] = gates[i, gate * units + k]
