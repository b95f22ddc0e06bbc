"""The layers that networks use, as shapes and parameter counts only: the same calls as `keras.layers`, no
Keras behind them.

A network that needs another layer adds one function here; a test compares every network's table with Keras's
own.
"""

import contextlib
import contextvars
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One row of the table: class name, output shape with None for the batch, parameters (also fixed ones),
    one plain line.
    """

    type: str
    output_shape: tuple
    parameters: int
    note: str = ""


# Each visitor's page runs in a thread of its own, and two may ask at once.
_rows: contextvars.ContextVar[list[Layer]] = contextvars.ContextVar("layers that were called")


@contextlib.contextmanager
def recorded():
    """Collects the rows of the layers called inside the block."""
    token = _rows.set([])
    try:
        yield _rows.get()
    finally:
        _rows.reset(token)


def words(review_length: int) -> tuple:
    """The shape of the input: (batch, words)."""
    return (None, review_length)


def _row(type, shape, parameters, note):
    _rows.get().append(Layer(type, shape, parameters, note))
    return shape


def Embedding(ids, size, embeddings_initializer=None, mask_zero=False, trainable=True):
    """A table of `size` numbers per id."""
    fixed = "" if trainable else ", set before training and kept"
    return lambda x: _row(
        "Embedding", (*x, size), ids * size, f"{ids:,} ids × {size} number{'s' * (size > 1)} each{fixed}"
    )


def NGrams(longest, buckets):
    """All phrases of one to `longest` words as numbers below `buckets`."""
    return lambda x: _row(
        "NGrams",
        (None, sum(x[1] - length for length in range(longest))),
        buckets,
        f"{buckets:,} phrases of up to {longest} words",
    )


def Positions():
    """No parameters; adds what tells a word's place."""
    return lambda x: _row("Positions", x, 0, "adds waves that tell each word's place")


def Dropout(rate, noise_shape=None):
    """No parameters; hides values while training only; with a noise shape that ends in 1, whole words."""
    what = "words" if noise_shape else "values"
    return lambda x: _row("Dropout", x, 0, f"hides {rate:.0%} of the {what}, only while training")


def SpatialDropout1D(rate):
    """No parameters; hides whole columns, the same ones at every position, while training only."""
    return lambda x: _row(
        "SpatialDropout1D", x, 0, f"hides {rate:.0%} of the numbers of all words, only while training"
    )


def LSTM(units, dropout=0.0, recurrent_dropout=0.0, return_sequences=False):
    """Four gates, each with weights from the input, from its own memory, and a bias."""
    return lambda x: _row(
        "LSTM",
        (*x[:-1], units) if return_sequences else (None, units),
        4 * units * (x[-1] + units + 1),
        f"4 gates × {units} × ({x[-1]} inputs + {units} memory + 1)",
    )


def GRU(units, return_sequences=False):
    """Two gates and a candidate state, each with weights from the input, from its own memory, and a bias for
    both.
    """
    return lambda x: _row(
        "GRU",
        (*x[:-1], units) if return_sequences else (None, units),
        3 * units * (x[-1] + units + 2),
        f"3 parts × {units} × ({x[-1]} inputs + {units} memory + 2)",
    )


def Bidirectional(layer):
    """`layer` twice, one of them reading from the end; both results side by side."""

    def both(x):
        with recorded() as rows:
            shape = layer(x)
        [one] = rows
        return _row(
            "Bidirectional", (*shape[:-1], 2 * shape[-1]), 2 * one.parameters, f"2 directions × {one.note}"
        )

    return both


def Conv1D(filters, kernel_size, padding="same", activation=None):
    """`filters` detectors over `kernel_size` neighbours; padding "same" keeps the length."""
    return lambda x: _row(
        "Conv1D",
        (*x[:-1], filters),
        filters * (kernel_size * x[-1] + 1),
        f"{filters} × ({kernel_size} words × {x[-1]} + 1)",
    )


def MaxPooling1D(pool_size):
    """The largest of each `pool_size` neighbours; a rest at the end is dropped."""
    return lambda x: _row(
        "MaxPooling1D", (None, x[1] // pool_size, x[2]), 0, f"the strongest of every {pool_size} positions"
    )


def GlobalMaxPooling1D():
    """The largest value of each column, wherever in the review it is."""
    return lambda x: _row("GlobalMaxPooling1D", (None, x[2]), 0, "the strongest of all positions")


def GlobalAveragePooling1D():
    """The mean of each column over all positions."""
    return lambda x: _row("GlobalAveragePooling1D", (None, x[2]), 0, "the mean of all positions")


def MaskedAverage():
    """The mean of each column over the positions with a known phrase."""
    return lambda x: _row("MaskedAverage", (None, x[2]), 0, "the mean of all known phrases")


def BranchDropout(shares):
    """No parameters; several answers added up by their shares, while training one of them."""
    told = " + ".join(f"{share:.0%}" for share in shares)
    return lambda xs: _row(
        "BranchDropout", xs[0], 0, f"{told} of the branches' answers; while training, one drawn at random"
    )


def MultiHeadAttention(heads, key_size):
    """Every position looks at every other, `heads` times at once: queries, keys, values, and the output's
    weights.
    """

    def attend(query, value):
        size, inner = query[-1], heads * key_size
        return _row(
            "MultiHeadAttention",
            query,
            3 * inner * (value[-1] + 1) + size * (inner + 1),
            f"{heads} heads × {key_size} numbers",
        )

    return attend


def LayerNormalization():
    """Brings the numbers of each position to the same mean and spread, then scales and shifts them as
    learned.
    """
    return lambda x: _row("LayerNormalization", x, 2 * x[-1], f"a scale and a shift for {x[-1]} numbers")


def Softmax(axis):
    """Makes shares of all positions that add up to 1."""
    return lambda x: _row("Softmax", x, 0, "shares that add up to 100 %")


def Dot(axes):
    """Multiplies two results position by position and adds up over the positions."""
    return lambda xs: _row("Dot", (None, xs[0][2], xs[1][2]), 0, "multiplied and added up over all positions")


def Flatten():
    """The same numbers in one row."""
    return lambda x: _row("Flatten", (None, math.prod(x[1:])), 0, "the same numbers in one row")


def Add():
    """Two results of the same shape, added."""
    return lambda xs: _row("Add", xs[0], 0, "both added")


def Concatenate():
    """Several results side by side."""
    return lambda xs: _row(
        "Concatenate", (*xs[0][:-1], sum(x[-1] for x in xs)), 0, f"{len(xs)} results side by side"
    )


def Dense(units, activation=None, dtype=None):
    """Every input times a weight, plus a bias."""
    shaped = f", {activation}" if activation else ""
    return lambda x: _row(
        "Dense", (*x[:-1], units), units * (x[-1] + 1), f"{units} × ({x[-1]} inputs + 1){shaped}"
    )
