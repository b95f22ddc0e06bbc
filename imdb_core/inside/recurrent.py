"""Find the first recurrent layer in an ONNX file, and run the network so that its memory can be seen.

The layer's input and its states become further outputs of the ONNX file that scores texts. So start token,
padding and pooling are those of a usual score, and no other file is needed. Called by trace (one typed text)
and memory_map (many validation texts).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import architectures
from imdb_core.arrays import fingerprint
from imdb_core.config import RunConfig
from imdb_core.scoring import onnx_models
from imdb_core.scoring.onnx_parts import with_output

Floats = npt.NDArray[np.float32]
KINDS = ("LSTM", "GRU", "RNN")  # of operators in ONNX
_LAYERS = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")  # types of layers in Keras
_PASSING = ("Squeeze", "Slice", "Identity")  # operators that choose the last state and change no number


@dataclass(frozen=True)
class Weights:
    """The weights of the forward layer in ONNX's order of gates: LSTM i, o, f, c; GRU z, r, h.

    A plain RNN has one part and no gates.

    `kernel` (gates x units, inputs), `recurrent` (gates x units, units), `bias` (2 x gates x units). The
    first half of `bias` is added to the product with the input, the second half to the product with the
    memory.
    """

    kernel: Floats
    recurrent: Floats
    bias: Floats


@dataclass(frozen=True)
class Head:
    """The last layer, if it judges the last memory directly: log-odds = memory @ kernel + bias."""

    kernel: Floats  # (units,)
    bias: float


@dataclass(frozen=True)
class States:
    """One run of the network on a batch: the layer's inputs and states, and the network's output.

    `inputs` (steps, texts, inputs), `memory` (steps, texts, units), of the direction that reads forwards.
    """

    output: Floats
    inputs: Floats | None
    memory: Floats


class Recurrent:
    """The first recurrent layer of a network; `find` makes one.

    `kind` is one of KINDS. `words_per_step`: how many positions a step reads, more than 1 after pooling.
    `directions` is 2 for a network that also reads from the end; only the forward direction is shown.
    `head` is None if further layers stand between the last memory and the answer, or for several classes.
    """

    def __init__(self, content: bytes, graph: Any, node: Any):
        constants = {tensor.name: tensor for tensor in graph.initializer}
        kernel, recurrent, bias = (_array(constants, name)[0] for name in node.input[1:4])
        self.kind: str = node.op_type
        self.units: int = recurrent.shape[-1]
        self.weights = Weights(kernel, recurrent, bias)
        self.directions = len(_array(constants, node.input[2]))
        self.words_per_step = _pooling(graph, node.input[0])
        self.head = _head(graph, node.output[0], constants, self.units)
        self._content, self._tensors = content, (node.input[0], node.output[0])

    @property
    def fingerprint(self) -> bytes:
        """32 bytes that change with the layer's weights: a map of another epoch has another fingerprint."""
        weights = self.weights
        return fingerprint(self.kind, (weights.kernel, weights.recurrent, weights.bias))

    def opened(self, *, inputs: bool) -> Any:
        """An ONNX Runtime session whose last outputs are, if asked for, the inputs, and then the states."""
        content = self._content
        for name in self._tensors if inputs else self._tensors[1:]:
            content = with_output(content, name)
        return onnx_models.session(content)

    @staticmethod
    def states(outputs: list[Any], *, inputs: bool) -> States:
        """The States in the outputs of a run of opened()."""
        return States(outputs[0], outputs[-2] if inputs else None, outputs[-1][:, 0])


def has_memory(config: RunConfig) -> bool:
    """Whether the network of `config` has a recurrent layer."""
    return architectures.has_layer(config, *_LAYERS)


def find(content: bytes) -> Recurrent | None:
    """The first recurrent layer in the bytes of an ONNX file that was checked; None if it has none.

    `content` must have passed onnx_models.usable_graph().
    """
    if not any(kind.encode() in content for kind in KINDS):
        return None
    import onnx

    graph = onnx.ModelProto.FromString(content).graph
    node = next((node for node in graph.node if node.op_type in KINDS), None)
    if node is None or len(node.input) < 4:
        return None
    constants = {tensor.name for tensor in graph.initializer}
    return Recurrent(content, graph, node) if set(node.input[1:4]) <= constants else None


def _array(constants: dict[str, Any], name: str) -> npt.NDArray[Any]:
    from onnx import numpy_helper

    array: npt.NDArray[Any] = numpy_helper.to_array(constants[name])
    return array


def _pooling(graph: Any, name: str) -> int:
    """How many words become one position of the tensor `name`: the product of the strides of all pooling."""
    producers = {output: node for node in graph.node for output in node.output}
    strides = 1
    for node in _above(producers, name):
        if node.op_type == "MaxPool":
            strides *= next((list(each.ints)[-1] for each in node.attribute if each.name == "strides"), 1)
    return max(1, strides)


def _above(producers: dict[str, Any], name: str) -> Iterator[Any]:
    """The nodes from which the tensor `name` is computed, through the first input of each."""
    while name in producers:
        node = producers[name]
        yield node
        name = node.input[0] if node.input else ""


def _head(graph: Any, name: str, constants: dict[str, Any], units: int) -> Head | None:
    """The Head behind the states `name`; None unless MatMul, Add and Sigmoid are all that follows.

    The conversion to ONNX leaves out the addition of a bias of zero.
    """
    operators, arrays = [], []
    while readers := [node for node in graph.node if name in node.input]:
        node = readers[0]
        if len(readers) > 1:
            return None
        if node.op_type not in _PASSING:
            operators.append(node.op_type)
            arrays += [_array(constants, each) for each in node.input if each in constants]
        name = node.output[0]
    sizes = [array.size for array in arrays]
    if (operators, sizes) == (["MatMul", "Sigmoid"], [units]):
        return Head(arrays[0].reshape(units), 0.0)
    if (operators, sizes) != (["MatMul", "Add", "Sigmoid"], [units, 1]):
        return None
    return Head(arrays[0].reshape(units), float(arrays[1].reshape(-1)[0]))
