"""The layers that networks use, as shapes and parameter counts: called like `keras.layers`, without Keras.

A network that needs another layer adds one function here. A test compares every network's table with Keras's.
Each note is shown to users beside the parameter count.
"""

import contextlib
import contextvars
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Shape = tuple[Any, ...]  # whole numbers; the first is None, the batch
Called = Callable[[Shape], Shape]
CalledOnSeveral = Callable[[Sequence[Shape]], Shape]


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    `type` is the class name. `output_shape` has None for the batch. `parameters` counts fixed ones as well.
    `note` tells in one line where the parameters come from or what the layer does.
    """

    type: str
    output_shape: Shape
    parameters: int
    note: str = ""


# A context variable, because each visitor's page runs in a thread of its own.
_rows: contextvars.ContextVar[list[Layer]] = contextvars.ContextVar("layers that were called")


@contextlib.contextmanager
def recorded() -> Iterator[list[Layer]]:
    """Collects the rows of the layers called inside the block."""
    token = _rows.set([])
    try:
        yield _rows.get()
    finally:
        _rows.reset(token)


def words(review_length: int) -> Shape:
    """The shape of the input: (batch, words)."""
    return (None, review_length)


def _row(type: str, shape: Shape, parameters: int, note: str) -> Shape:
    _rows.get().append(Layer(type, shape, parameters, note))
    return shape


def Embedding(
    ids: int,
    size: int,
    embeddings_initializer: str | None = None,
    mask_zero: bool = False,
    trainable: bool = True,
) -> Called:
    """A table of `size` numbers per id."""
    fixed = "" if trainable else ", set before training, then fixed"
    note = f"{ids:,} ids × {size} number{'s' * (size > 1)} each{fixed}"
    return lambda x: _row("Embedding", (*x, size), ids * size, note)


def NGrams(longest: int, buckets: int) -> Called:
    """All phrases of one to `longest` words as numbers below `buckets`."""

    def call(x: Shape) -> Shape:
        phrases = sum(x[1] - length for length in range(longest))
        return _row("NGrams", (None, phrases), buckets, f"{buckets:,} phrases of up to {longest} words")

    return call


def Positions() -> Called:
    """Adds to every word a pattern that tells its place; no parameters."""
    return lambda x: _row("Positions", x, 0, "adds waves that tell each word's place")


def Dropout(rate: float, noise_shape: Shape | None = None) -> Called:
    """Sets values to zero in training; a noise shape that ends in 1 means whole words. No parameters."""
    hidden = "words" if noise_shape else "values"
    return lambda x: _row("Dropout", x, 0, f"hides {rate:.0%} of the {hidden}, only in training")


def SpatialDropout1D(rate: float) -> Called:
    """Sets whole columns to zero in training, the same at every position. No parameters."""
    note = f"hides {rate:.0%} of the numbers of all words, only in training"
    return lambda x: _row("SpatialDropout1D", x, 0, note)


def LSTM(
    units: int, dropout: float = 0.0, recurrent_dropout: float = 0.0, return_sequences: bool = False
) -> Called:
    """Four gates, each with weights from the input, weights from the memory, and a bias."""

    def call(x: Shape) -> Shape:
        shape = (*x[:-1], units) if return_sequences else (None, units)
        note = f"4 gates × {units} × ({x[-1]} inputs + {units} memory + 1)"
        return _row("LSTM", shape, 4 * units * (x[-1] + units + 1), note)

    return call


def SimpleRNN(units: int) -> Called:
    """A memory without gates: each step computes all of it anew, from the input and the memory before."""

    def call(x: Shape) -> Shape:
        note = f"{units} × ({x[-1]} inputs + {units} memory + 1)"
        return _row("SimpleRNN", (None, units), units * (x[-1] + units + 1), note)

    return call


def GRU(units: int, return_sequences: bool = False) -> Called:
    """Two gates and a candidate state, each with weights from input and memory, and a bias for both."""

    def call(x: Shape) -> Shape:
        shape = (*x[:-1], units) if return_sequences else (None, units)
        note = f"3 parts × {units} × ({x[-1]} inputs + {units} memory + 2)"
        return _row("GRU", shape, 3 * units * (x[-1] + units + 2), note)

    return call


def Bidirectional(layer: Called) -> Called:
    """`layer` twice, the second reading from the end; both results are concatenated."""

    def call(x: Shape) -> Shape:
        with recorded() as rows:
            shape = layer(x)
        [row] = rows
        return _row(
            "Bidirectional", (*shape[:-1], 2 * shape[-1]), 2 * row.parameters, f"2 directions × {row.note}"
        )

    return call


def Conv1D(filters: int, kernel_size: int, padding: str = "same", activation: str | None = None) -> Called:
    """`filters` detectors over `kernel_size` neighbours; padding "same" keeps the length."""

    def call(x: Shape) -> Shape:
        parameters = filters * (kernel_size * x[-1] + 1)
        return _row(
            "Conv1D", (*x[:-1], filters), parameters, f"{filters} × ({kernel_size} words × {x[-1]} + 1)"
        )

    return call


def MaxPooling1D(pool_size: int) -> Called:
    """The largest of each `pool_size` neighbours; an incomplete group at the end is dropped."""
    note = f"the largest of every {pool_size} positions"
    return lambda x: _row("MaxPooling1D", (None, x[1] // pool_size, x[2]), 0, note)


def GlobalMaxPooling1D() -> Called:
    """The largest value of each column, at any position."""
    return lambda x: _row("GlobalMaxPooling1D", (None, x[2]), 0, "the largest of all positions")


def GlobalAveragePooling1D() -> Called:
    """The mean of each column over all positions."""
    return lambda x: _row("GlobalAveragePooling1D", (None, x[2]), 0, "the mean of all positions")


def MaskedAverage() -> Called:
    """The mean of each column over the positions with a known phrase."""
    return lambda x: _row("MaskedAverage", (None, x[2]), 0, "the mean of all known phrases")


def BranchDropout(shares: Sequence[float]) -> CalledOnSeveral:
    """The weighted sum of several answers; training uses a single random answer. No parameters."""
    weights = " + ".join(f"{share:.0%}" for share in shares)
    note = f"{weights} of the branches' answers; in training, the answer of one random branch"
    return lambda branches: _row("BranchDropout", branches[0], 0, note)


def WordScores(words: int, dtype: str | None = None) -> Called:
    """Scores each word as the next one, with the vectors of the embedding."""
    note = f"{words:,} words × 1 number each; uses the vectors of the embedding, too"
    return lambda x: _row("WordScores", x, words, note)


def MultiHeadAttention(heads: int, key_size: int) -> Callable[[Shape, Shape], Shape]:
    """Every position looks at every other, `heads` times in parallel.

    The parameters are the weights and biases of queries, keys, values and the output.
    """

    def call(query: Shape, value: Shape) -> Shape:
        size, inner = query[-1], heads * key_size
        parameters = 3 * inner * (value[-1] + 1) + size * (inner + 1)
        return _row("MultiHeadAttention", query, parameters, f"{heads} heads × {key_size} numbers")

    return call


def LayerNormalization() -> Called:
    """Gives the numbers of each position the same mean and spread, then a learned scale and shift."""
    return lambda x: _row("LayerNormalization", x, 2 * x[-1], f"a scale and a shift for {x[-1]} numbers")


def Softmax(axis: int) -> Called:
    """Turns the numbers of all positions into shares that add up to 1."""
    return lambda x: _row("Softmax", x, 0, "shares that add up to 100 %")


def Dot(axes: int) -> CalledOnSeveral:
    """Multiplies two results position by position and adds up over the positions."""
    note = "multiplied and added up over all positions"
    return lambda pair: _row("Dot", (None, pair[0][2], pair[1][2]), 0, note)


def Flatten() -> Called:
    """The same numbers in one row."""
    return lambda x: _row("Flatten", (None, math.prod(x[1:])), 0, "the same numbers in one row")


def Add() -> CalledOnSeveral:
    """The sum of two results of the same shape."""
    return lambda pair: _row("Add", pair[0], 0, "the sum of both results")


def Concatenate() -> CalledOnSeveral:
    """Several results side by side."""

    def call(results: Sequence[Shape]) -> Shape:
        width = sum(shape[-1] for shape in results)
        return _row("Concatenate", (*results[0][:-1], width), 0, f"{len(results)} results side by side")

    return call


def Dense(units: int, activation: str | None = None, dtype: str | None = None) -> Called:
    """Every input times a weight, plus a bias."""
    ending = f", {activation}" if activation else ""

    def call(x: Shape) -> Shape:
        note = f"{units} × ({x[-1]} inputs + 1){ending}"
        return _row("Dense", (*x[:-1], units), units * (x[-1] + 1), note)

    return call
