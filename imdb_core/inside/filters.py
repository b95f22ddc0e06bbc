"""What the filters of a convolution find in a typed text, and what they look for. Called by the panels.

A filter looks at a few neighbouring words at a time and answers with a number: 0 if it finds nothing. Its
effect on the verdict is measured by silencing it: all its numbers become 0, and the rest of the network
judges again. So the effect is measured, not estimated, whatever layers come after the convolution. Computed
from the epoch's ONNX file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers, architectures
from imdb_core.config import RunConfig
from imdb_core.data.reading import Reading
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.errors import ModelError
from imdb_core.inside import onnx_cut
from imdb_core.inside.recurrent import Floats
from imdb_core.scoring import onnx_models
from imdb_core.scoring.onnx_parts import with_output
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, TimeLimit, within

LARGEST_BATCH = 2**21  # numbers of one convolution for all texts that are judged at once: 8 MB
_BETWEEN = ("Relu", "Add", "Squeeze")  # operators between a convolution and its filters' answers


@dataclass(frozen=True)
class Findings:
    """What all filters find in one text; the filters of all convolutions are numbered one after the other.

    `kernels`: the weights of each filter (numbers of a word vector, words it looks at). `answers` (filters,
    words read): its number at each word, 0 or more. `effects` (filters,): by how much the log-odds of the
    class fall if it is silenced.
    """

    kernels: tuple[Floats, ...]
    answers: Floats
    effects: npt.NDArray[np.float64]

    @property
    def sizes(self) -> list[int]:
        """How many words each filter looks at."""
        return [kernel.shape[1] for kernel in self.kernels]

    def window(self, filter: int, word: int) -> tuple[int, int]:
        """(first, last word + 1) that the filter sees for its answer at `word`; inside the words read."""
        first = word - window_before(self.sizes[filter])
        return max(0, first), min(self.answers.shape[1], first + self.sizes[filter])


@dataclass(frozen=True)
class Convolution:
    """`tensor`: its filters' answers (texts, filters, positions). `kernel` (filters, inputs, words)."""

    tensor: str
    kernel: Floats


def window_before(size: int) -> int:
    """How many words before `word` a filter of `size` words sees for its answer at `word`.

    Keras's padding "same": the word is in the middle of the window, or just before it.
    """
    return (size - 1) // 2


def has_filters(config: RunConfig) -> bool:
    """Whether the network of `config` has a convolution over words."""
    return architectures.has_layer(config, "Conv1D")


def findings(
    network: Predictor, reading: Reading, limit: TimeLimit | None = None, *, of: int = 1
) -> Findings:
    """What the filters find in a text that the network has read, and their effects on the class `of`.

    Raises ModelError for a network without a convolution, and if it takes too long.
    """
    content, raw = network.content(), network.raw_answer
    layers = convolutions(content)
    if raw is None or not layers:
        raise ModelError(f"{network.file} has no convolution over words, so it has no filters to show.")
    session = with_answers(content, layers)
    name = session.get_inputs()[0].name
    with within(limit, EXPLAIN_SECONDS) as limit:
        found = limit.run(session, {name: reading.padded()})[-len(layers) :]
        judge = onnx_models.session(onnx_cut.behind(content, [each.tensor for each in layers], raw))
        effects = _effects(judge, layers, found, reading, limit, of)
    read = reading.words_read
    kernels = tuple(kernel for each in layers for kernel in each.kernel)
    return Findings(kernels, np.concatenate([each[0] for each in found])[:, -read:], effects)


def wanted_words(network: Predictor, kernel: Floats, most: int) -> list[list[tuple[str, float]]]:
    """For each place of a filter's window: the words that raise its answer most, each with by how much.

    A filter with this `kernel`, see Findings, adds up one amount for each word it sees: kernel times word
    vector. So these words are known for the whole vocabulary, without any text. Raises ModelError.
    """
    vectors = network.word_vectors()
    if vectors is None or vectors.shape[1] != kernel.shape[0]:
        raise ModelError(
            f"The filters of {network.file} do not read its word vectors directly. Choose another network."
        )
    first = FIRST_WORD + 1
    amounts = vectors[first : first + len(network.vocabulary.words)] @ kernel  # (words, places)
    best = np.argsort(-amounts, axis=0, kind="stable")[:most]
    return [
        [(network.vocabulary.words[row], float(amounts[row, place])) for row in best[:, place].tolist()]
        for place in range(amounts.shape[1])
    ]


def with_answers(content: bytes, layers: Sequence[Convolution]) -> Any:
    """An ONNX Runtime session whose last outputs are the answers of the convolutions' filters."""
    for layer in layers:
        content = with_output(content, layer.tensor)
    return onnx_models.session(content)


def convolutions(content: bytes) -> list[Convolution]:
    """The convolutions over words in the bytes of an ONNX file that was checked, small kernels first."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.ModelProto.FromString(content).graph
    producers = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    found = []
    for node in graph.node:
        above = node
        while above is not None and above.op_type in _BETWEEN and node.op_type == "Relu":
            above = producers.get(above.input[0])
        if above is not None and above.op_type == "Conv" and above is not node:
            kernel = numpy_helper.to_array(constants[above.input[1]])  # (filters, inputs, 1, words)
            found.append(Convolution(node.output[0], kernel[:, :, 0]))
    return sorted(found, key=lambda each: each.kernel.shape[2])


def _effects(
    judge: Any,
    layers: Sequence[Convolution],
    found: list[Floats],
    reading: Reading,
    limit: TimeLimit,
    of: int,
) -> npt.NDArray[np.float64]:
    names = {each.tensor for each in layers}
    words = [each.name for each in judge.get_inputs() if each.name not in names]

    def log_odds(answers_of: list[Floats]) -> npt.NDArray[np.float64]:
        feed: dict[str, Any] = {each.tensor: array for each, array in zip(layers, answers_of, strict=True)}
        texts = len(answers_of[0])
        feed |= dict.fromkeys(words, np.repeat(reading.padded(), texts, axis=0))
        return answers.exact_log_odds(limit.run(judge, feed)[0], of)

    [before] = log_odds(found)
    effects = []
    for place, array in enumerate(found):
        silenced = np.zeros(array.shape[1])
        active = np.flatnonzero(array[0].any(axis=1))  # the answers of the others are zero anyway
        batch = max(1, LARGEST_BATCH // array[0].size)
        for begin in range(0, len(active), batch):
            filters = active[begin : begin + batch]
            variants = [np.repeat(each, len(filters), axis=0) for each in found]
            variants[place][np.arange(len(filters)), filters] = 0
            silenced[filters] = before - log_odds(variants)
        effects.append(silenced)
    return np.concatenate(effects)
