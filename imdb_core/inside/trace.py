"""The memory of a network after each word of a typed text. Called by the panels of "Type a review"."""

from dataclasses import dataclass

import numpy as np

from imdb_core.data.reading import Reading
from imdb_core.errors import ModelError
from imdb_core.inside import recurrent
from imdb_core.inside.recurrent import Floats, Recurrent
from imdb_core.inside.steps import Steps, steps
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within


@dataclass(frozen=True)
class Trace:
    """The Steps that read words, and for each step which words it reads.

    `words` holds (first, last + 1), positions in the reading's words. After pooling a step reads several
    words; a convolution also looks at their neighbours. `start` (units,) is the memory before the first word,
    after padding and start token.
    """

    layer: Recurrent
    steps: Steps
    words: tuple[tuple[int, int], ...]
    start: Floats


def trace(network: Predictor, reading: Reading, limit: TimeLimit | None = None) -> Trace | None:
    """What the memory of `network` holds while it reads `reading`; None for a network without a memory.

    At most review_length steps. Raises ModelError, also if the network takes too long.
    """
    layer = recurrent.find(network.content())
    if layer is None:
        return None
    ids = reading.padded()
    session = layer.opened(inputs=True)
    try:
        with within(limit, SCORE_SECONDS) as limit:
            outputs = limit.run(session, {session.get_inputs()[0].name: ids})
    except ModelError:  # from the time limit
        raise
    except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
        raise ModelError(
            f"The memory of {network.file} cannot be read: {str(error)[:200]}. Choose another network."
        ) from error
    states = layer.states(outputs, inputs=True)
    assert states.inputs is not None
    every = steps(layer.kind, layer.weights, states.inputs[:, 0], states.memory[:, 0])
    return _of_words(layer, every, reading, ids.shape[1])


def _of_words(layer: Recurrent, every: Steps, reading: Reading, width: int) -> Trace:
    """The Trace without the steps that read only padding and the start token."""
    size, read = layer.words_per_step, reading.words_read
    first_word = width - read  # the position of the first word that is read
    first_step = first_word // size
    words = []
    for step in range(first_step, len(every.memory)):
        begin, end = max(step * size, first_word), (step + 1) * size
        words.append((reading.cut + begin - first_word, reading.cut + end - first_word))
    start = every.memory[first_step - 1] if first_step else np.zeros_like(every.memory[0])
    cell = None if every.cell is None else every.cell[first_step:]
    gates = {name: gate[first_step:] for name, gate in every.gates.items()}
    shown = Steps(every.memory[first_step:], gates, cell, every.candidate[first_step:])
    return Trace(layer, shown, tuple(words), start)
