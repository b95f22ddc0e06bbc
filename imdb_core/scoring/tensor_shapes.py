"""Compute the shape of each operator's output in an ONNX graph, before the graph runs. Called by graph_sizes.

A graph may compute shapes, for instance the width of the input times the batch size. This module computes
them as well, with the actual numbers. A shape that depends on the words of a review is refused. The rules
follow onnx.ai/onnx/operators, versions 13 to 17.
"""

import math
import operator
import struct
from collections.abc import Callable

from imdb_core.scoring.tensors import Node, ShapeError, Value, axis_of, broadcast, known, numbers_of

FLOAT, INT32, INT64 = 1, 6, 7  # ONNX's codes of the types that shapes are computed in
LARGEST_EXACT = 2**24  # up to here float32, int32 and int64 all compute exactly


def _same(node: Node, first: Value, *_: Value | None) -> Value:
    return Value(first.shape)


def _elementwise(node: Node, *inputs: Value) -> Value:
    shape = broadcast(*(value.shape for value in inputs))
    lists = [value.numbers for value in inputs if value.numbers is not None]
    if len(lists) < len(inputs):
        return Value(shape)
    length = math.prod(shape)
    columns = zip(*(numbers * (length // len(numbers)) if numbers else () for numbers in lists), strict=True)
    results = [COMPUTED[node.operator](*column) for column in columns]
    exact = [result for result in results if result is not None]
    return known(exact if len(exact) == len(results) else None, shape)


def _exact(compute: Callable[..., int]) -> Callable[..., int | None]:
    """`compute`, but None for results that float32 would round or int32 would wrap."""

    def computed(*numbers: int) -> int | None:
        result = compute(*numbers)
        return result if abs(result) < LARGEST_EXACT else None

    return computed


COMPUTED: dict[str, Callable[..., int | None]] = {
    "Add": _exact(operator.add),
    "Sub": _exact(operator.sub),
    "Mul": _exact(operator.mul),
    # None with a remainder: integer and float division differ.
    "Div": lambda left, right: left // right if right and left % right == 0 else None,
    "Max": max,
    "Neg": operator.neg,
    "Not": lambda value: 1 - value,
    "And": lambda left, right: left * right,
    "Equal": lambda left, right: int(left == right),
    "Greater": lambda left, right: int(left > right),
    "Less": lambda left, right: int(left < right),
    "Where": lambda condition, left, right: left if condition else right,
}


def _cast(node: Node, value: Value) -> Value:
    exact = {
        FLOAT: lambda number: (
            abs(number) < LARGEST_EXACT or struct.unpack("f", struct.pack("f", number))[0] == number
        ),
        INT32: lambda number: -(2**31) <= number < 2**31,
        INT64: lambda number: True,
    }.get(node.attributes["to"])
    is_exact = exact and value.numbers is not None and all(map(exact, value.numbers))
    return known(value.numbers if is_exact else None, value.shape)


def _shape(node: Node, value: Value) -> Value:
    return known(value.shape, (len(value.shape),))


def _gather(node: Node, data: Value, indices: Value) -> Value:
    axis = axis_of(node.attributes.get("axis", 0), len(data.shape))
    shape = data.shape[:axis] + indices.shape + data.shape[axis + 1 :]
    if data.numbers is None or indices.numbers is None:
        return Value(shape)
    return known((data.numbers[index] for index in indices.numbers), shape)


def _slice(
    node: Node, data: Value, starts: Value, ends: Value, axes: Value, steps: Value | None = None
) -> Value:
    shape, numbers = list(data.shape), data.numbers
    columns = (numbers_of(value) for value in (starts, ends, axes, *([steps] if steps else [])))
    for start, end, axis, *step in zip(*columns, strict=True):
        if step and step[0] < 1:
            raise ShapeError("it reads backwards")
        axis, part = axis_of(axis, len(shape)), slice(start, end, *step)
        shape[axis] = len(range(*part.indices(shape[axis])))
        numbers = numbers[part] if numbers is not None and len(shape) == 1 else None
    return known(numbers, tuple(shape))


def _concat(node: Node, *inputs: Value) -> Value:
    axis = axis_of(node.attributes["axis"], len(inputs[0].shape))
    other_axes = {value.shape[:axis] + value.shape[axis + 1 :] for value in inputs}
    if len(other_axes) > 1 or len({len(value.shape) for value in inputs}) > 1:
        raise ShapeError("parts of different shapes")
    shape = list(inputs[0].shape)
    shape[axis] = sum(value.shape[axis] for value in inputs)
    lists = [value.numbers for value in inputs if value.numbers is not None]
    all_known = len(lists) == len(inputs)
    return known((number for numbers in lists for number in numbers) if all_known else None, tuple(shape))


def _squeeze(node: Node, data: Value, axes: Value) -> Value:
    removed = {axis_of(axis, len(data.shape)) for axis in numbers_of(axes)}
    if any(data.shape[axis] != 1 for axis in removed):
        raise ShapeError(f"{data.shape} is not 1 along the axes {sorted(removed)}")
    return known(data.numbers, tuple(size for axis, size in enumerate(data.shape) if axis not in removed))


def _unsqueeze(node: Node, data: Value, axes: Value) -> Value:
    rank = len(data.shape) + len(numbers_of(axes))
    added, sizes = {axis_of(axis, rank) for axis in numbers_of(axes)}, iter(data.shape)
    return known(data.numbers, tuple(1 if axis in added else next(sizes) for axis in range(rank)))


def _reshape(node: Node, data: Value, shape: Value) -> Value:
    new_shape = [data.shape[axis] if size == 0 else size for axis, size in enumerate(numbers_of(shape))]
    if -1 in new_shape:
        known_size = math.prod(size for size in new_shape if size != -1)
        new_shape[new_shape.index(-1)] = math.prod(data.shape) // known_size
    if any(size < 0 for size in new_shape) or math.prod(new_shape) != math.prod(data.shape):
        raise ShapeError(f"{data.shape} cannot become {tuple(new_shape)}")
    return known(data.numbers, tuple(new_shape))


def _expand(node: Node, data: Value, shape: Value) -> Value:
    return Value(broadcast(data.shape, numbers_of(shape)))


def _constant_of_shape(node: Node, shape: Value) -> Value:
    return Value(numbers_of(shape))


def _transpose(node: Node, data: Value) -> Value:
    order = node.attributes["perm"]
    if sorted(order) != list(range(len(data.shape))):
        raise ShapeError(f"{order} is no order of {len(data.shape)} axes")
    return Value(tuple(data.shape[axis] for axis in order))


def _reduce(node: Node, data: Value, axes: Value | None = None) -> Value:
    chosen = numbers_of(axes) if axes else node.attributes.get("axes")
    if not chosen and node.attributes.get("noop_with_empty_axes", 0):
        return data
    reduced = {axis_of(axis, len(data.shape)) for axis in chosen or range(len(data.shape))}
    keep_axes = node.attributes.get("keepdims", 1)
    shape = tuple(
        1 if axis in reduced else size
        for axis, size in enumerate(data.shape)
        if keep_axes or axis not in reduced
    )
    if node.operator != "ReduceProd" or len(data.shape) != 1 or data.numbers is None:
        return Value(shape)
    return known((math.prod(data.numbers),), shape)


def _pad(node: Node, data: Value, pads: Value) -> Value:
    numbers, rank = numbers_of(pads), len(data.shape)
    if len(numbers) != 2 * rank:
        raise ShapeError(f"{len(numbers)} paddings of {rank} axes")
    return Value(tuple(size + numbers[axis] + numbers[rank + axis] for axis, size in enumerate(data.shape)))


def _top_k(node: Node, data: Value, count: Value) -> list[Value]:
    [number] = numbers_of(count)
    if not 0 <= number <= data.shape[-1]:
        raise ShapeError(f"the {number} largest of {data.shape[-1]}")
    return [Value((*data.shape[:-1], number))] * 2


# Operator -> function that gives its output, or the list of its outputs.
RULES: dict[str, Callable[..., Value | list[Value]]] = {
    **dict.fromkeys(COMPUTED, _elementwise),
    **dict.fromkeys(("Cos", "Reciprocal", "Relu", "Sigmoid", "Sin", "Softmax", "Sqrt", "Tanh"), _same),
    **dict.fromkeys(("CumSum", "ReverseSequence"), _same),
    **dict.fromkeys(("ReduceMax", "ReduceMean", "ReduceProd", "ReduceSum"), _reduce),
    "Cast": _cast,
    "Concat": _concat,
    "ConstantOfShape": _constant_of_shape,
    "Expand": _expand,
    "Gather": _gather,
    "Pad": _pad,
    "Reshape": _reshape,
    "Shape": _shape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "TopK": _top_k,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
