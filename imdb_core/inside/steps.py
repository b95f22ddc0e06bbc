"""What a recurrent layer does in each step: the gates of an LSTM or GRU, from its inputs and its states.

The states come from the network itself, so all gates of a text are one matrix product, not a loop.
"""

from dataclasses import dataclass

import numpy as np

from imdb_core.inside.recurrent import Floats, Weights

LSTM_GATES, GRU_GATES = ("input", "forget", "output"), ("update", "reset")


@dataclass(frozen=True)
class Steps:
    """What the layer does in each step: all arrays are float32 (steps, units) or (steps, texts, units).

    `memory` is the output of the layer after the step, -1 to 1. `gates` are 0 (closed) to 1 (open): "input",
    "forget" and "output" of an LSTM, "update" and "reset" of a GRU, none of a plain RNN. `cell` is the LSTM's
    inner memory, which has no bound; the other layers have none. `candidate`, -1 to 1, is what the step would
    write into the cell or memory; a plain RNN always writes all of it.
    """

    memory: Floats
    gates: dict[str, Floats]
    cell: Floats | None
    candidate: Floats


def steps(kind: str, weights: Weights, inputs: Floats, memory: Floats) -> Steps:
    """The Steps of a layer of this `kind` ("LSTM", "GRU" or "RNN") from its inputs and its memory.

    `inputs` (steps, inputs) and `memory` (steps, units) of one text, or (steps, texts, ...) of several.
    Before the first step the memory is zero, as in Keras.
    """
    if kind == "RNN":
        return Steps(memory, {}, None, memory)
    compute = {"LSTM": _lstm, "GRU": _gru}[kind]
    return compute(weights, inputs, previous(memory), memory)


def previous(states: Floats) -> Floats:
    """The `states` (steps, ...) before each step: zero before the first."""
    return np.concatenate([np.zeros_like(states[:1]), states[:-1]])


def _lstm(weights: Weights, inputs: Floats, before: Floats, memory: Floats) -> Steps:
    """Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000, as Keras computes it.

    i, o, f = sigmoid(W x + R h + b); g = tanh(W x + R h + b); cell = f cell + i g; h = o tanh(cell).
    """
    bias_of_input, bias_of_memory = np.split(weights.bias, 2)
    sums = inputs @ weights.kernel.T + before @ weights.recurrent.T + bias_of_input + bias_of_memory
    i, o, f, g = np.split(sums, 4, axis=-1)
    opened = {"input": _sigmoid(i), "forget": _sigmoid(f), "output": _sigmoid(o)}
    cell, cells, candidate = np.zeros_like(memory[0]), np.empty_like(memory), np.tanh(g)
    taken = opened["input"] * candidate
    for step in range(len(memory)):
        cell = opened["forget"][step] * cell + taken[step]
        cells[step] = cell
    return Steps(memory, opened, cells, candidate)


def _gru(weights: Weights, inputs: Floats, before: Floats, memory: Floats) -> Steps:
    """Cho et al. 2014 in the form of Keras's `reset_after`: z, r = sigmoid(W x + b + R h + c).

    h = z h + (1 - z) tanh(W x + b + r (R h + c)): the update gate z says how much of the memory stays.
    """
    bias_of_input, bias_of_memory = np.split(weights.bias, 2)
    z, r, h = np.split(inputs @ weights.kernel.T + bias_of_input, 3, axis=-1)
    of_memory = np.split(before @ weights.recurrent.T + bias_of_memory, 3, axis=-1)
    update, reset = _sigmoid(z + of_memory[0]), _sigmoid(r + of_memory[1])
    return Steps(memory, {"update": update, "reset": reset}, None, np.tanh(h + reset * of_memory[2]))


def _sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), written with tanh, which does not overflow."""
    result: Floats = 0.5 + 0.5 * np.tanh(0.5 * x)
    return result
