"""Gates of an LSTM and a GRU of one unit, against the formulas written out with plain numbers."""

from math import exp, tanh

import numpy as np
import pytest

from imdb_core.inside.recurrent import Weights
from imdb_core.inside.steps import steps

INPUTS = [0.5, -1.0, 2.0]


def sigmoid(x):
    return 1 / (1 + exp(-x))


def weights(kernel, recurrent, bias):
    columns = (np.array(numbers, np.float32) for numbers in (kernel, recurrent, bias))
    kernel, recurrent, bias = columns
    return Weights(kernel[:, None], recurrent[:, None], bias)


def test_the_gates_and_the_cell_of_an_lstm():
    w, r, b = (0.4, -0.3, 0.2, 0.9), (0.1, 0.5, -0.6, 0.7), (0.05, -0.1, 0.3, 0.0, 0.01, 0.02, 0.03, 0.04)
    h = c = 0.0
    memory, expected = [], []
    for x in INPUTS:
        i, o, f = (sigmoid(w[k] * x + r[k] * h + b[k] + b[k + 4]) for k in range(3))
        new = tanh(w[3] * x + r[3] * h + b[3] + b[7])
        c = f * c + i * new
        h = o * tanh(c)
        memory.append([h])
        expected.append((i, f, o, c, new))
    found = steps("LSTM", weights(w, r, b), np.float32(INPUTS)[:, None], np.float32(memory))
    for step, (i, f, o, c, new) in enumerate(expected):
        gates = [found.gates[name][step, 0] for name in ("input", "forget", "output")]
        assert gates == pytest.approx([i, f, o], abs=1e-6)
        assert found.cell[step, 0] == pytest.approx(c, abs=1e-6)
        assert found.candidate[step, 0] == pytest.approx(new, abs=1e-6)


def test_the_gates_of_a_gru():
    w, r, b = (0.4, -0.3, 0.9), (0.1, 0.5, 0.7), (0.05, -0.1, 0.3, 0.01, 0.02, 0.03)
    h, memory, expected = 0.0, [], []
    for x in INPUTS:
        z, reset = (sigmoid(w[k] * x + b[k] + r[k] * h + b[k + 3]) for k in range(2))
        new = tanh(w[2] * x + b[2] + reset * (r[2] * h + b[5]))
        h = z * h + (1 - z) * new
        memory.append([h])
        expected.append((z, reset, new))
    found = steps("GRU", weights(w, r, b), np.float32(INPUTS)[:, None], np.float32(memory))
    for step, gates in enumerate(expected):
        shown = [found.gates[name][step, 0] for name in ("update", "reset")]
        assert [*shown, found.candidate[step, 0]] == pytest.approx(gates, abs=1e-6)
    assert found.cell is None


def test_a_plain_rnn_has_a_memory_and_no_gates():
    memory = np.float32([[0.1], [-0.4], [0.3]])
    found = steps("RNN", weights((0.4,), (0.1,), (0.05, 0.0)), np.float32(INPUTS)[:, None], memory)
    assert found.memory is memory and found.gates == {} and found.cell is None
