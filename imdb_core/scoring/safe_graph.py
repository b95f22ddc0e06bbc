"""Refuse ONNX models that this app's export could not have written, or that need too much memory or work.

A run's folder, and so a model, may come from another person. ONNX can express endless loops and tensors of
any size, so each model is checked here before ONNX Runtime loads it. The predictor checks every model, also
in pretrained/. The export checks every model that it writes, so that a new network which needs a new operator
fails when it is trained.

To allow another operator, add its rule to `RULES` of graph_sizes or tensor_shapes, and its attributes here to
`ATTRIBUTES`.
"""

import math
from collections.abc import Sequence
from typing import Any

from imdb_core.scoring.graph_sizes import RULES, Sizes, sizes
from imdb_core.scoring.onnx_parts import LARGEST_DESCRIPTION, parts
from imdb_core.scoring.onnx_parts import UnsafeModel as UnsafeModel
from imdb_core.scoring.tensors import MOST_KNOWN, Node, ShapeError, Value

OPSETS = range(13, 18)  # of ONNX's operators; the rules follow these versions, tf2onnx writes 15
IR_VERSIONS = range(7, 11)  # of ONNX's file format; tf2onnx writes 8
UNUSED_DOMAIN = "ai.onnx.ml"  # a set of operators; tf2onnx declares it in every file, but uses none
# The limits of one run. The largest network that the config allows needs at most half of each limit.
MOST = Sizes(largest=2**26, numbers=2**28, multiplications=2**37)
# The attributes that tf2onnx writes. The rules ignore other attributes, which could change an output's shape.
ATTRIBUTES = {
    "Cast": {"to"},
    "Concat": {"axis"},
    "ConstantOfShape": {"value"},
    "Conv": {"auto_pad", "dilations", "group", "kernel_shape", "strides"},
    "CumSum": {"exclusive", "reverse"},
    "GRU": {"activations", "direction", "hidden_size", "linear_before_reset"},
    "Gather": {"axis"},
    "Gemm": {"alpha", "beta", "transA", "transB"},
    "LSTM": {"activations", "direction", "hidden_size"},
    "MaxPool": {"kernel_shape", "strides"},
    "RNN": {"activations", "direction", "hidden_size"},
    "ReduceMax": {"axes", "keepdims"},
    "ReduceMean": {"axes", "keepdims"},
    "ReduceProd": {"axes", "keepdims"},
    "ReduceSum": {"keepdims", "noop_with_empty_axes"},
    "ReverseSequence": {"batch_axis", "time_axis"},
    "Softmax": {"axis"},
    "TopK": {"sorted"},
    "Transpose": {"perm"},
}
# The types that tensors may have (float32, int32, int64, bool): ONNX's code -> NumPy's name.
TYPES = {1: "<f4", 6: "<i4", 7: "<i8", 9: "?"}
_MOST_REMEMBERED = 4096  # input shapes whose check is remembered


class SafeGraph:
    """The graph in the bytes of an ONNX file; raises UnsafeModel for all that the export never writes.

    `outputs` is the number of probabilities that it must give for one text.
    """

    def __init__(self, content: bytes, *, outputs: int = 1):
        graph, self._answers = _parsed(content).graph, outputs
        self._constants = {tensor.name: _constant(tensor) for tensor in graph.initializer}
        self._input = _input(graph)
        if self._input in self._constants or len(self._constants) < len(graph.initializer):
            raise UnsafeModel("two of its tensors have the same name")
        self._nodes = [_node(node) for node in graph.node]
        _require_order(self._nodes, {"", self._input, *self._constants})
        self._outputs = [output.name for output in graph.output]
        if not 1 <= len(self._outputs) <= 2 or any(_type(output) != 1 for output in graph.output):
            raise UnsafeModel("its outputs are not a probability and, perhaps, the attention")
        self._bounded: set[tuple[int, int]] = set()

    def require_bounded(self, rows: int, width: int) -> None:
        """Raise UnsafeModel unless a run on int32 (rows, width) stays within MOST and has the right outputs.

        These are probabilities (rows, outputs) and, for a network with attention, shares (rows, width, 1).
        The first check of a shape takes a millisecond.
        """
        if (rows, width) in self._bounded:
            return
        values = {**self._constants, self._input: Value((rows, width))}
        try:
            sizes(self._nodes, values, MOST)
        except ShapeError as error:
            raise UnsafeModel(f"for {rows:,} x {width:,} words {error}") from error
        shapes = [values[name].shape if name in values else None for name in self._outputs]
        if shapes != [(rows, self._answers), (rows, width, 1)][: len(shapes)]:
            raise UnsafeModel(f"its outputs have the shapes {shapes}, not {self._answers} for each review")
        if len(self._bounded) >= _MOST_REMEMBERED:
            self._bounded.clear()
        self._bounded.add((rows, width))

    @property
    def raw_answer(self) -> str | None:
        """The computed tensor from which the last operator, sigmoid or softmax, makes the answer.

        None for a model that ends differently.
        """
        last = next((node for node in self._nodes if self._outputs[0] in node.outputs), None)
        if last is None or last.operator not in ("Sigmoid", "Softmax"):
            return None
        if last.operator == "Softmax" and last.attributes.get("axis", -1) not in (1, -1):
            return None
        is_new = last.inputs[0] not in (self._input, *self._constants, *self._outputs)
        return last.inputs[0] if is_new else None

    def word_vectors(self, words: int) -> tuple[str, tuple[int, int]] | None:
        """(name, shape) of the embedding: a constant with a row for each of the `words`; None without it."""
        for node in self._nodes:
            value = self._constants.get(node.inputs[0]) if node.operator == "Gather" else None
            if value is not None and len(value.shape) == 2 and value.shape[0] == words and value.shape[1] > 1:
                return node.inputs[0], (value.shape[0], value.shape[1])
        return None


def _parsed(content: bytes) -> Any:
    """The ModelProto; raises UnsafeModel if it holds more than one graph of known operators."""
    _require_small_description(content)
    import onnx  # takes 0.07 s and 10 MiB

    try:
        model = onnx.ModelProto.FromString(content)
    except Exception as error:  # the error class depends on the installed protobuf version
        raise UnsafeModel("it is not an ONNX file") from error
    model.DiscardUnknownFields()
    if model.ByteSize() != len(content):
        raise UnsafeModel("it has parts that the onnx package does not know, or the same part twice")
    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer or graph.quantization_annotation:
        raise UnsafeModel("it has functions, training steps, sparse weights or quantized ones")
    versions = {opset.domain: opset.version for opset in model.opset_import}
    if (
        model.ir_version not in IR_VERSIONS
        or versions.get("") not in OPSETS
        or not versions.keys() <= {"", UNUSED_DOMAIN}
    ):
        raise UnsafeModel(
            f"it needs operators other than those of ONNX's versions {OPSETS[0]} to {OPSETS[-1]}"
        )
    return model


def _require_small_description(content: bytes) -> None:
    """Raise UnsafeModel for a file that would need many times its size in memory.

    Parsing turns an empty message of 2 bytes into an object of about 100 bytes. Weights
    (ModelProto.graph.initializer[].raw_data) stay bytes; everything else must be small. This reads protobuf's
    wire format (protobuf.dev, "Encoding") only as far as needed to add up the sizes of the weights.
    """
    view, weights = memoryview(content), 0
    for graph in parts(view, 7):
        for tensor in parts(graph, 5):
            weights += sum(map(len, parts(tensor, 9)))
    if len(content) - weights > LARGEST_DESCRIPTION:
        raise UnsafeModel(
            f"it has {len(content) - weights:,} bytes beside its weights, more than {LARGEST_DESCRIPTION:,}"
        )


def _constant(tensor: Any) -> Value:
    """The shape of an initializer and, if it is a short list of integers, its numbers."""
    import numpy as np

    kind, shape = TYPES.get(tensor.data_type), tuple(tensor.dims)
    size = math.prod(shape) if min(shape, default=0) >= 0 else -1
    if kind is None or tensor.data_location or tensor.external_data or len(shape) > 8:
        raise UnsafeModel("it has weights in other files, or of a type that is not a number")
    if size < 0 or size * np.dtype(kind).itemsize != len(tensor.raw_data):
        raise UnsafeModel(f"the size of its weights {tensor.name[:60]!r} does not fit their shape")
    if len(shape) > 1 or size > MOST_KNOWN:
        return Value(shape)
    numbers = np.frombuffer(tensor.raw_data, kind).tolist()
    whole = all(isinstance(number, int) or number.is_integer() for number in numbers)
    return Value(shape, tuple(map(int, numbers)) if whole else None)


def _input(graph: Any) -> str:
    """The name of the only input, int32 (reviews, words), both of any size."""
    dimensions = graph.input[0].type.tensor_type.shape.dim if len(graph.input) == 1 else ()
    if len(dimensions) != 2 or _type(graph.input[0]) != 6:
        raise UnsafeModel("its input is not the words of reviews")
    if any(dimension.HasField("dim_value") for dimension in dimensions):
        raise UnsafeModel("it takes only reviews of one length")
    name: str = graph.input[0].name
    return name


def _type(value: Any) -> int:
    """ONNX's code of a tensor's type; 0 for a value that is not a tensor."""
    is_tensor = value.type.WhichOneof("value") == "tensor_type"
    return int(value.type.tensor_type.elem_type) if is_tensor else 0


def _node(node: Any) -> Node:
    if node.domain or node.overload or node.op_type not in RULES:
        name = ".".join(filter(None, (node.domain, node.op_type)))[:60]
        raise UnsafeModel(f"it uses the operator {name!r}, which no network of this app has")
    foreign = {attribute.name for attribute in node.attribute} - ATTRIBUTES.get(node.op_type, set())
    if foreign or len(node.attribute) > len({attribute.name for attribute in node.attribute}):
        raise UnsafeModel(f"its operator {node.op_type} has attributes that no network of this app has")
    attributes = {attribute.name: _attribute(node.op_type, attribute) for attribute in node.attribute}
    return Node(node.op_type, tuple(node.input), tuple(node.output), attributes)


def _attribute(operator: str, attribute: Any) -> Any:
    from onnx import AttributeProto, helper

    kinds = [getattr(AttributeProto, kind) for kind in ("INT", "INTS", "FLOAT", "STRING", "STRINGS")]
    if operator == "ConstantOfShape" and attribute.type == AttributeProto.TENSOR:
        if list(attribute.t.dims) == [1] and attribute.t.data_type in TYPES and not attribute.t.data_location:
            return None  # the value that fills the tensor changes no shape
    if attribute.type not in kinds or attribute.ref_attr_name:
        raise UnsafeModel(f"its operator {operator} has an attribute {attribute.name[:60]!r} of another kind")
    value = helper.get_attribute_value(attribute)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _require_order(nodes: Sequence[Node], tensors: set[str]) -> None:
    """Raise UnsafeModel unless each tensor is computed once, and before a node reads it.

    `tensors` are the names of the inputs and constants.
    """
    for node in nodes:
        outputs = [name for name in node.outputs if name]
        is_ready = set(node.inputs) <= tensors
        is_new = tensors.isdisjoint(outputs) and len(set(outputs)) == len(outputs)
        if not (is_ready and is_new):
            raise UnsafeModel("its operators are not in an order in which they could run")
        tensors |= set(outputs)
