"""Compute how much memory and work one run of an ONNX graph needs, before it runs. Called by safe_graph.

Every operator that a model may use has a rule in `RULES`, which computes the shape of its output. The rules
of matrix products, recurrent layers and windows are in this module, all other rules in tensor_shapes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from imdb_core.scoring import tensor_shapes
from imdb_core.scoring.tensors import Node, ShapeError, Value, broadcast


class Sizes(NamedTuple):
    """The memory and work of one run."""

    largest: int  # numbers in the largest tensor
    numbers: int  # numbers in all tensors together
    multiplications: int  # in matrix products


def sizes(nodes: Sequence[Node], values: dict[str, Value], most: Sizes) -> Sizes:
    """The Sizes of a run of `nodes`. Raises ShapeError if shapes do not fit or a figure exceeds `most`.

    `values` (name -> Value) holds the inputs and constants; all other tensors are added to it.
    """
    largest = numbers = multiplications = 0
    for node in nodes:
        inputs = [values[name] if name else None for name in node.inputs]
        results, products, scratch = _applied(node, inputs)
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                values[name] = value
        counts = [math.prod(value.shape) for value in results] + [scratch]
        largest, numbers = max(largest, *counts), numbers + sum(counts)
        multiplications += products
        _require_at_most(Sizes(largest, numbers, multiplications), most)
    return Sizes(largest, numbers, multiplications)


def _require_at_most(needed: Sizes, most: Sizes) -> None:
    units = "numbers in one tensor", "numbers in all tensors together", "multiplications"
    for count, limit, unit in zip(needed, most, units, strict=True):
        if count > limit:
            raise ShapeError(f"it needs more than {limit:,} {unit}")


def _applied(node: Node, inputs: Sequence[Value | None]) -> tuple[list[Value], int, int]:
    """(outputs, multiplications, numbers in ONNX Runtime's temporary buffers) of one node."""
    try:
        outputs = RULES[node.operator](node, *inputs)
        results: list[Value] = [outputs] if isinstance(outputs, Value) else outputs
        if any(size < 0 for value in results for size in value.shape) or len(results) < len(node.outputs):
            raise ShapeError("a size is negative")
        products, scratch = COSTS[node.operator](node, results, *inputs) if node.operator in COSTS else (0, 0)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, ZeroDivisionError) as error:
        raise ShapeError(f"the shapes at its operator {node.operator} do not fit: {error}") from error
    return results, products, scratch


def _matmul(node: Node, left: Value, right: Value) -> Value:
    if min(len(left.shape), len(right.shape)) < 2 or left.shape[-1] != right.shape[-2]:
        raise ShapeError(f"{left.shape} times {right.shape}")
    return Value((*broadcast(left.shape[:-2], right.shape[:-2]), left.shape[-2], right.shape[-1]))


def _gemm(node: Node, left: Value, right: Value) -> Value:
    (rows, left_inner), (right_inner, columns) = (
        value.shape[::-1] if node.attributes.get(name) else value.shape
        for value, name in ((left, "transA"), (right, "transB"))
    )
    if left_inner != right_inner:
        raise ShapeError(f"{left.shape} times {right.shape}")
    return Value((rows, columns))


def _conv(node: Node, data: Value, kernel: Value) -> Value:
    attributes, inner = node.attributes, kernel.shape[2:]
    if (
        attributes.get("group", 1) != 1
        or data.shape[1] != kernel.shape[1]
        or tuple(attributes["kernel_shape"]) != inner
    ):
        raise ShapeError(f"{data.shape} with a kernel {kernel.shape}")
    return Value((data.shape[0], kernel.shape[0], *_windows(attributes, data.shape[2:])))


def _max_pool(node: Node, data: Value) -> Value:
    return Value((*data.shape[:2], *_windows(node.attributes, data.shape[2:])))


def _windows(attributes: Mapping[str, Any], sizes: Sequence[int]) -> list[int]:
    """How many windows fit along each axis; `sizes` are the lengths of the axes."""
    lengths = attributes["kernel_shape"]
    ones = [1] * len(lengths)
    steps, gaps = attributes.get("strides", ones), attributes.get("dilations", ones)
    if min(*lengths, *steps, *gaps) < 1:
        raise ShapeError("a window of no size")
    if attributes.get("auto_pad", "NOTSET") == "SAME_UPPER":
        return [-(-size // step) for size, step in zip(sizes, steps, strict=True)]
    spans = [gap * (length - 1) + 1 for gap, length in zip(gaps, lengths, strict=True)]
    return [max(0, (size - span) // step + 1) for size, span, step in zip(sizes, spans, steps, strict=True)]


def _global_pool(node: Node, data: Value) -> Value:
    return Value((*data.shape[:2], *(1 for _ in data.shape[2:])))


def _recurrent(
    node: Node,
    words: Value,
    kernel: Value,
    recurrent: Value,
    bias: Value,
    lengths: Value | None,
    *states: Value,
) -> list[Value]:
    steps, rows, features = words.shape
    directions = 2 if node.attributes["direction"] == "bidirectional" else 1
    units, gates = node.attributes["hidden_size"], GATES[node.operator]
    shapes = [kernel.shape, recurrent.shape, bias.shape, *(state.shape for state in states)]
    expected = [
        (directions, gates * units, features),
        (directions, gates * units, units),
        (directions, 2 * gates * units),
    ]
    expected += [(directions, rows, units)] * len(states)
    if shapes != expected:
        raise ShapeError(f"{shapes} are not {expected}")
    if lengths is not None:
        raise ShapeError("rows of different lengths")
    return [Value((steps, directions, rows, units)), *[Value((directions, rows, units))] * 2]


GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}  # parts of the weights, one for each product
STEP_COST = 100_000  # multiplications that take as long as one step of the smallest LSTM


def _product_cost(node: Node, results: list[Value], left: Value, right: Value) -> tuple[int, int]:
    inner = left.shape[0] if node.attributes.get("transA") else left.shape[-1]
    return math.prod(results[0].shape) * inner, 0


def _conv_cost(node: Node, results: list[Value], data: Value, kernel: Value) -> tuple[int, int]:
    window = math.prod(kernel.shape[1:])
    windows = math.prod(results[0].shape[2:])  # of one row; ONNX Runtime copies all its windows
    return math.prod(results[0].shape) * window, windows * window


def _recurrent_cost(
    node: Node, results: list[Value], words: Value, kernel: Value, recurrent: Value, *_: Value | None
) -> tuple[int, int]:
    steps, rows, features = words.shape
    gates = steps * rows * kernel.shape[0] * kernel.shape[1]
    return gates * (features + recurrent.shape[2]) + steps * STEP_COST, gates


# Operator -> function that gives (multiplications, numbers in temporary buffers).
COSTS: dict[str, Callable[..., tuple[int, int]]] = {
    "MatMul": _product_cost,
    "Gemm": _product_cost,
    "Conv": _conv_cost,
    **dict.fromkeys(GATES, _recurrent_cost),
}

# Operator -> function that gives its output, or the list of its outputs.
RULES: dict[str, Callable[..., Any]] = {
    **tensor_shapes.RULES,
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    **dict.fromkeys(GATES, _recurrent),
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
}
