"""Backpropagation through time: how an answer depends on the inputs of an LSTM, GRU or plain RNN.

The rule of operator_gradients for these operators. The states of all steps come from ONNX Runtime, and
`steps` computes all gates from them at once. So only the way back from the last step to the first is a loop
(Werbos 1990, "Backpropagation Through Time").
"""

from collections.abc import Sequence

import numpy as np

from imdb_core.inside.computed import Array, Computed, NoGradient
from imdb_core.inside.recurrent import Floats, Weights
from imdb_core.inside.steps import Steps, previous, steps


def recurrent(computed: Computed) -> Sequence[Array | None]:
    """Both directions of an LSTM, GRU or RNN; its input is (steps, texts, inputs)."""
    kind, direction = computed.node.operator, computed.attribute("direction", "forward")
    usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[kind]
    backwards = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[direction]
    activations = computed.attribute("activations", usual * len(backwards))
    if activations != usual * len(backwards) or (
        kind == "GRU" and not computed.attribute("linear_before_reset")
    ):
        raise NoGradient(f"an operator {kind} of another kind than Keras's")
    if any(state is not None and state.any() for state in computed.inputs[5:]):
        raise NoGradient(f"an operator {kind} that begins with a memory")
    inputs, states, every = computed.input(0), computed.output, _of_states(computed, backwards)
    total = np.zeros(inputs.shape, np.float32)
    for number, is_backwards in enumerate(backwards):
        order = slice(None, None, -1 if is_backwards else 1)
        weights = Weights(*(computed.input(place)[number] for place in (1, 2, 3)))
        memory, gradient = states[order, number], every[order, number]
        total[order] += input_gradients(kind, weights, inputs[order], memory, gradient)
    return [total, *[None] * (len(computed.inputs) - 1)]


def _of_states(computed: Computed, backwards: list[bool]) -> Array:
    """The gradient of the states (steps, directions, texts, units), also of the output with the last ones."""
    of_states, *of_last = computed.gradients
    every = np.zeros(computed.output.shape, np.float32) if of_states is None else of_states.copy()
    if of_last and of_last[0] is not None:
        for number, is_backwards in enumerate(backwards):
            every[0 if is_backwards else -1, number] += of_last[0][number]
    if any(each is not None for each in of_last[1:]):
        raise NoGradient("layers that read the last cell of an LSTM")
    return every


def input_gradients(kind: str, weights: Weights, inputs: Floats, memory: Floats, gradient: Floats) -> Floats:
    """The gradient of a number with respect to the inputs of one direction of an "LSTM", "GRU" or "RNN".

    `inputs` (steps, texts, inputs) and `memory` (steps, texts, units), in the order in which the layer reads.
    `gradient` is that with respect to `memory`, as far as the memory is read by later layers.
    """
    every = steps(kind, weights, inputs, memory)
    of_sums = {"LSTM": _lstm, "GRU": _gru, "RNN": _rnn}[kind](weights, every, gradient)
    return of_sums @ weights.kernel


def _lstm(weights: Weights, every: Steps, gradient: Floats) -> Floats:
    """(steps, texts, 4 units): the gradients of the gates' sums, before sigmoid and tanh; for steps._lstm."""
    i, f, o, g = *(every.gates[name] for name in ("input", "forget", "output")), every.candidate
    assert every.cell is not None
    squashed = np.tanh(every.cell)
    of_memory = squashed * o * (1 - o)  # what a change of the memory means for the output gate ...
    to_cell = o * (1 - squashed**2)  # ... and for the cell
    of_cell = np.stack([g * i * (1 - i), previous(every.cell) * f * (1 - f), i * (1 - g**2)])
    units, sums = i.shape[-1], np.empty((*i.shape[:-1], 4 * i.shape[-1]), np.float32)
    cell, from_later = np.zeros_like(i[0]), np.zeros_like(i[0])
    for step in range(len(i) - 1, -1, -1):
        memory = gradient[step] + from_later
        cell = cell + memory * to_cell[step]
        row = sums[step]
        row[..., :units] = cell * of_cell[0, step]
        row[..., units : 2 * units] = memory * of_memory[step]
        row[..., 2 * units : 3 * units] = cell * of_cell[1, step]
        row[..., 3 * units :] = cell * of_cell[2, step]
        from_later = row @ weights.recurrent
        cell = cell * f[step]
    return sums


def _gru(weights: Weights, every: Steps, gradient: Floats) -> Floats:
    """(steps, texts, 3 units): the gradients of the sums of z, r and h; for steps._gru."""
    z, r, candidate = every.gates["update"], every.gates["reset"], every.candidate
    units, before = z.shape[-1], previous(every.memory)
    # R h + c of the candidate, which the reset gate multiplies
    of_memory = before @ weights.recurrent[2 * units :].T + weights.bias[5 * units :]
    to_update = (before - candidate) * z * (1 - z)
    to_candidate = (1 - z) * (1 - candidate**2)
    to_reset = of_memory * r * (1 - r)
    sums, from_later = np.empty((*z.shape[:-1], 3 * units), np.float32), np.zeros_like(z[0])
    for step in range(len(z) - 1, -1, -1):
        memory = gradient[step] + from_later
        row, of_candidate = sums[step], memory * to_candidate[step]
        row[..., :units] = memory * to_update[step]
        row[..., units : 2 * units] = of_candidate * to_reset[step]
        row[..., 2 * units :] = of_candidate * r[step]  # as the memory sees it
        from_later = row @ weights.recurrent + memory * z[step]
        row[..., 2 * units :] = of_candidate  # as the input sees it
    return sums


def _rnn(weights: Weights, every: Steps, gradient: Floats) -> Floats:
    """(steps, texts, units): the gradients of the sums whose tanh is the memory."""
    to_sum = 1 - every.memory**2
    sums, from_later = np.empty_like(to_sum), np.zeros_like(to_sum[0])
    for step in range(len(sums) - 1, -1, -1):
        sums[step] = (gradient[step] + from_later) * to_sum[step]
        from_later = sums[step] @ weights.recurrent
    return sums
