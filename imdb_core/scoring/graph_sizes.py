"""Compute how much memory and work one run of an ONNX graph needs, before it runs. Called by safe_graph.

Every operator that a model may use has a rule in `RULES`, which computes the shape of its output: matrix
products, recurrent layers and windows here, all others in tensor_shapes.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from imdb_core.scoring import tensor_shapes
from imdb_core.scoring.tensor_shapes import Node, ShapeError, Value, broadcast


class Sizes(NamedTuple):
    """What one run needs: numbers in the largest tensor, numbers in all tensors together, multiplications in
    matrix products.
    """

    largest: int
    numbers: int
    multiplications: int


def sizes(nodes: Sequence[Node], values: dict[str, Value], most: Sizes) -> Sizes:
    """What a run of `nodes` needs. `values` (name -> Value) holds the inputs and constants; all other tensors
    are added to it.

    Raises ShapeError as soon as a figure exceeds `most`, or if shapes do not fit together.
    """
    largest = numbers = multiplications = 0
    for node in nodes:
        given = [values[name] if name else None for name in node.inputs]
        results, products, scratch = _applied(node, given)
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                values[name] = value
        counts = [math.prod(value.shape) for value in results] + [scratch]
        largest, numbers, multiplications = (
            max(largest, *counts),
            numbers + sum(counts),
            multiplications + products,
        )
        for count, bound, unit in (
            (largest, most.largest, "numbers in one tensor"),
            (numbers, most.numbers, "numbers in all tensors together"),
            (multiplications, most.multiplications, "multiplications"),
        ):
            if count > bound:
                raise ShapeError(f"it needs more than {bound:,} {unit}")
    return Sizes(largest, numbers, multiplications)


def _applied(node, given):
    """(outputs, multiplications, numbers in ONNX Runtime's temporary buffers) of one node."""
    try:
        results = RULES[node.operator](node, *given)
        results = [results] if isinstance(results, Value) else results
        if any(size < 0 for value in results for size in value.shape) or len(results) < len(node.outputs):
            raise ShapeError("a size is negative")
        products, scratch = COSTS[node.operator](node, results, *given) if node.operator in COSTS else (0, 0)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, ZeroDivisionError) as error:
        raise ShapeError(f"the shapes at its operator {node.operator} do not fit: {error}") from error
    return results, products, scratch


def _matmul(node, left, right):
    if min(len(left.shape), len(right.shape)) < 2 or left.shape[-1] != right.shape[-2]:
        raise ShapeError(f"{left.shape} times {right.shape}")
    return Value((*broadcast(left.shape[:-2], right.shape[:-2]), left.shape[-2], right.shape[-1]))


def _gemm(node, left, right):
    (rows, inner), (other, columns) = (
        value.shape[::-1] if node.attributes.get(name) else value.shape
        for value, name in ((left, "transA"), (right, "transB"))
    )
    if inner != other:
        raise ShapeError(f"{left.shape} times {right.shape}")
    return Value((rows, columns))


def _conv(node, data, kernel):
    attributes, inner = node.attributes, kernel.shape[2:]
    if (
        attributes.get("group", 1) != 1
        or data.shape[1] != kernel.shape[1]
        or tuple(attributes["kernel_shape"]) != inner
    ):
        raise ShapeError(f"{data.shape} with a kernel {kernel.shape}")
    return Value((data.shape[0], kernel.shape[0], *_windows(attributes, data.shape[2:])))


def _max_pool(node, data):
    return Value((*data.shape[:2], *_windows(node.attributes, data.shape[2:])))


def _windows(attributes, sizes):
    """How many windows fit along each axis."""
    lengths = attributes["kernel_shape"]
    ones = [1] * len(lengths)
    steps, gaps = attributes.get("strides", ones), attributes.get("dilations", ones)
    if min(*lengths, *steps, *gaps) < 1:
        raise ShapeError("a window of no size")
    if attributes.get("auto_pad", "NOTSET") == "SAME_UPPER":
        return [-(-size // step) for size, step in zip(sizes, steps, strict=True)]
    spans = [gap * (length - 1) + 1 for gap, length in zip(gaps, lengths, strict=True)]
    return [max(0, (size - span) // step + 1) for size, span, step in zip(sizes, spans, steps, strict=True)]


def _global_pool(node, data):
    return Value((*data.shape[:2], *(1 for _ in data.shape[2:])))


def _recurrent(node, words, kernel, recurrent, bias, lengths, *states):
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


GATES = {"LSTM": 4, "GRU": 3}
STEP_COST = 100_000  # one step of the smallest LSTM takes as long as so many multiplications


def _product_cost(node, results, left, right):
    inner = left.shape[0] if node.attributes.get("transA") else left.shape[-1]
    return math.prod(results[0].shape) * inner, 0


def _conv_cost(node, results, data, kernel):
    window = math.prod(kernel.shape[1:])
    windows = math.prod(results[0].shape[2:])  # of one row; ONNX Runtime copies them beside each other
    return math.prod(results[0].shape) * window, windows * window


def _recurrent_cost(node, results, words, kernel, recurrent, *_):
    steps, rows, features = words.shape
    gates = steps * rows * kernel.shape[0] * kernel.shape[1]
    return gates * (features + recurrent.shape[2]) + steps * STEP_COST, gates


COSTS = {
    "MatMul": _product_cost,
    "Gemm": _product_cost,
    "Conv": _conv_cost,
    "LSTM": _recurrent_cost,
    "GRU": _recurrent_cost,
}

RULES: dict[str, Callable] = {
    **tensor_shapes.RULES,
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    **dict.fromkeys(GATES, _recurrent),
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
}
