"""The LSTM's forward and backward pass on CPU cores, faster than a graph of small operations per word.

It computes what Keras's LSTM computes (compared in tests/training/test_fast_recurrent.py), the LSTM of
Hochreiter & Schmidhuber 1997 with the forget gate of Gers, Schmidhuber & Cummins 2000:

    i, f, o = sigmoid(x W + h U + b)     c = tanh(x W + h U + b)
    next cell = f cell + i c             next h = o tanh(next cell)

Called by layers; knows no framework. Why it is fast: a word needs four small matrix products in each
direction instead of some forty operations. All activations are computed in one loop. A word's part of the
weight gradients is computed while its inputs are still in the processor's cache. Parts of a batch run side by
side on several cores.

Shapes: n reviews, T words, E input features, H units; W = E + H + 1. A row that the weights multiply is a
word's input, the previous output, and a 1 for the bias. Each gate has a matrix of its own, in the order i, f,
c, o: for products of at most a million multiplications OpenBLAS has AVX-512 kernels that do not copy their
operands first.
"""

from typing import Any

import numpy as np

from imdb_core.training.compiled_caches import compiled
from imdb_core.training.fast.parts import Buffers, Floats, Parts, aligned_array, f32, sigmoid, tanh

# Words whose weight gradients are one product: with parts of 32 reviews and 100 units, two stay below a
# million multiplications.
WORDS_TOGETHER = 2


class Lstm:
    """One LSTM layer's computation on `threads` cores; keeps what the next backward pass needs."""

    def __init__(self, threads: int):
        self._parts = Parts(threads)
        self._buffers = Buffers()
        self._tape: Any = None

    def forward(
        self, x: Floats, weights: Floats, bias: Floats, masks: Floats, *, keep: bool, sequences: bool = False
    ) -> Floats:
        """Last output (n, H), or with `sequences` all outputs (n, T, H).

        With `keep` a backward pass may follow. All arguments are float32: `x` (n, T, E), `weights`
        (E + H, 4H), `bias` (4H,). `masks` (4, n, E + H) are factors for the rows of each gate;
        (0, n, E + H) means no dropout.
        """
        units, steps = weights.shape[1] // 4, x.shape[1]
        output = aligned_array(len(x), steps, units) if sequences else aligned_array(len(x), units)
        by_gate = _by_gate(np.concatenate([weights, bias[None]]))

        def part(index: int, rows: slice) -> tuple[Floats, Floats, Floats]:
            arrays = self._arrays(index, x[rows].shape, units, keep=keep or sequences)
            _forward(x[rows], by_gate, _part_of_masks(masks, rows), *arrays)
            outputs = arrays[0][:, :, -1 - units : -1]  # one step later than the words
            output[rows] = (
                outputs[1 : steps + 1].transpose(1, 0, 2) if sequences else outputs[steps % len(outputs)]
            )
            return arrays

        taped = self._parts.run(part, len(x))
        self._tape = (x, by_gate, masks, taped) if keep else None
        return output

    def backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats]:
        """Gradients (x, weights, bias) of the last forward pass with `keep`, for its output's gradient."""
        x, by_gate, masks, taped = self._tape
        self._tape = None
        transposed = np.ascontiguousarray(by_gate[:, :-1].transpose(0, 2, 1))
        d_x, units = aligned_array(*x.shape), d_output.shape[-1]
        d_outputs = d_output if d_output.ndim == 3 else np.empty((len(x), 0, units), f32)
        d_last = np.zeros((len(x), units), f32) if d_output.ndim == 3 else d_output

        def part(index: int, rows: slice) -> Any:
            d_row = np.concatenate([np.zeros(d_x[rows, 0].shape, f32), d_last[rows]], axis=1)
            part_of_masks = _part_of_masks(masks, rows)
            kept_rows, gates, cells = taped[index]
            last = d_row, d_outputs[rows], d_x[rows]
            return _backward(transposed, part_of_masks, kept_rows, gates, cells, *last)

        d_by_gate: Any = sum(self._parts.run(part, len(x)))
        d_weights = d_by_gate.transpose(1, 0, 2).reshape(by_gate.shape[1], 4 * units)
        return d_x, d_weights[:-1], d_weights[-1]

    def _arrays(
        self, index: int, shape: tuple[int, ...], units: int, *, keep: bool
    ) -> tuple[Floats, Floats, Floats]:
        """(rows, gates, cells) of one part: for all steps with `keep`, else a ring buffer of two steps."""
        n, steps, features = shape
        steps = steps if keep else 1
        shapes = (steps + 1, n, features + units + 1), (steps, 4, n, units), (steps + 1, n, units)
        rows, gates, cells = self._buffers.arrays(index, *shapes)
        rows[0, :, features:] = cells[0] = 0
        return rows, gates, cells


def _by_gate(weights: Floats) -> Floats:
    """(4, W, H): a contiguous matrix for each gate, as matrix products need it."""
    width, columns = weights.shape
    return np.ascontiguousarray(weights.reshape(width, 4, columns // 4).transpose(1, 0, 2))


def _part_of_masks(masks: Floats, rows: slice) -> Floats:
    return np.ascontiguousarray(masks[:, rows])


@compiled
def _forward(x: Floats, by_gate: Floats, masks: Floats, rows: Floats, gates: Floats, cells: Floats) -> None:
    """Fill rows, gates (after activation) and cells; these may be ring buffers of fewer steps than words."""
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
def _activate(z: Floats, cells: Floats, next_cells: Floats, next_row: Floats) -> None:
    """From weighted sums to gates (in place), the next cells and the outputs."""
    n, units = cells.shape
    # Flat: one long loop leaves fewer iterations that do not fill a vector register.
    i, f, c, o = z[0].reshape(-1), z[1].reshape(-1), z[2].reshape(-1), z[3].reshape(-1)
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
def _backward(
    transposed: Floats,
    masks: Floats,
    rows: Floats,
    gates: Floats,
    cells: Floats,
    d_row: Floats,
    d_outputs: Floats,
    d_x: Floats,
) -> Floats:
    """Fill d_x; return the gradients (4, W, H) of the weights, bias last.

    The last H columns of `d_row` (n, E + H) are the gradient of the last output. `d_outputs` (n, T or 0, H)
    are added to the gradients of every step. `transposed` (4, H, E + H) are the weights.
    """
    n, steps, features = d_x.shape
    units, width = transposed.shape[1], rows.shape[2]
    d_weights, product = np.zeros((4, width, units), f32), np.empty((width, units), f32)
    d_z, masked = np.empty((4, WORDS_TOGETHER, n, units), f32), np.ones((WORDS_TOGETHER, n, width), f32)
    d_masked, d_cells = np.empty_like(d_row), np.zeros((n, units), f32)
    for step in range(steps - 1, -1, -1):
        slot = step % WORDS_TOGETHER
        if d_outputs.shape[1]:
            for review in range(n):
                for k in range(units):
                    d_row[review, features + k] += d_outputs[review, step, k]
        _activate_back(d_z, slot, gates[step], cells[step], cells[step + 1], d_cells, d_row)
        for gate in range(4):
            np.dot(d_z[gate, slot], transposed[gate], d_masked)
            if len(masks):
                _multiply(d_masked, masks[gate], d_masked)
            _add(d_masked, d_row, gate > 0)
        for review in range(n):
            for k in range(features):
                d_x[review, step, k] = d_row[review, k]
        if slot == 0:
            words = rows[step : min(step + WORDS_TOGETHER, steps)]
            _add_weight_gradients(words, masks, masked, d_z, product, d_weights)
    return d_weights


@compiled
def _add_weight_gradients(
    words: Floats, masks: Floats, masked: Floats, d_z: Floats, product: Floats, d_weights: Floats
) -> None:
    """Add the part of up to WORDS_TOGETHER `words` to d_weights; `masked` and `product` are overwritten."""
    width, units = product.shape
    for gate in range(4):
        if len(masks):
            for word in range(len(words)):
                _multiply(words[word], masks[gate], masked[word])
        factors = masked[: len(words)] if len(masks) else words
        np.dot(factors.reshape(-1, width).T, d_z[gate, : len(words)].reshape(-1, units), product)
        _add(product, d_weights[gate], True)


@compiled
def _activate_back(
    d_z: Floats,
    slot: int,
    gates: Floats,
    cells: Floats,
    next_cells: Floats,
    d_cells: Floats,
    d_row: Floats,
) -> None:
    """Fill d_z at `slot` with the gradients of the gates' weighted sums; d_cells moves one step back."""
    units, one = cells.shape[1], f32(1)
    for review in range(len(cells)):
        i, f, c, o = gates[0, review], gates[1, review], gates[2, review], gates[3, review]
        d_i, d_f = d_z[0, slot, review], d_z[1, slot, review]
        d_c, d_o = d_z[2, slot, review], d_z[3, slot, review]
        cell, next_cell = cells[review], next_cells[review]
        d_output, d_cell = d_row[review, -units:], d_cells[review]
        for k in range(units):
            squashed, d, i_k, f_k, c_k, o_k = tanh(next_cell[k]), d_output[k], i[k], f[k], c[k], o[k]
            d_k = d_cell[k] + d * o_k * (one - squashed * squashed)
            d_o[k] = d * squashed * o_k * (one - o_k)
            d_f[k] = d_k * cell[k] * f_k * (one - f_k)
            d_i[k] = d_k * c_k * i_k * (one - i_k)
            d_c[k] = d_k * i_k * (one - c_k * c_k)
            d_cell[k] = d_k * f_k


@compiled
def _multiply(left: Floats, right: Floats, product: Floats) -> None:
    """Elementwise, for the columns of `right`; `left` and `product` may have one more column (the bias)."""
    for i in range(right.shape[0]):
        for k in range(right.shape[1]):
            product[i, k] = left[i, k] * right[i, k]


@compiled
def _add(term: Floats, total: Floats, keep_old: bool) -> None:
    """Add `term` to `total`, or without `keep_old` overwrite it."""
    for i in range(term.shape[0]):
        for k in range(term.shape[1]):
            total[i, k] = total[i, k] + term[i, k] if keep_old else term[i, k]
