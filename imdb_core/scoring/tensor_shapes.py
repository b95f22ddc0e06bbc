"""Compute the shape of each operator's output in an ONNX graph, before the graph runs. Called by graph_sizes.

A graph may compute shapes (the width of the input, minus one, times the batch); this follows such arithmetic
with the actual numbers. A shape that depends on the words of a review is refused. The rules follow
onnx.ai/onnx/operators, versions 13 to 17.
"""

import math
import operator
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

FLOAT, INT32, INT64 = 1, 6, 7  # ONNX's numbers of the types used to compute shapes
MOST_KNOWN = 64  # the numbers of longer lists are not followed: no tensor has so many dimensions
LARGEST_EXACT = 2**24  # up to here float32, int32 and int64 all compute exactly


class ShapeError(ValueError):
    """The shapes do not fit together, or cannot be known before a run."""


class Value(NamedTuple):
    """A tensor before a run: its shape, and its `numbers` if it is a short list of integers that do not
    depend on the words.

    True is 1 and False is 0.
    """

    shape: tuple[int, ...]
    numbers: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Node:
    """One operator of a graph: names of the tensors it reads and writes ("" for none), and its attributes."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


def _known(numbers: Iterable[int] | None, shape: tuple[int, ...]) -> Value:
    """A Value with this shape, and with `numbers` if they are a short list."""
    few = numbers is not None and len(shape) <= 1 and math.prod(shape) <= MOST_KNOWN
    return Value(shape, tuple(numbers) if few else None)


def _numbers(value: Value) -> tuple[int, ...]:
    if value.numbers is None:
        raise ShapeError("a size cannot be known before the run")
    return value.numbers


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape by NumPy's broadcasting rules; raises ShapeError if there is none."""
    rank = max(map(len, shapes))
    columns = zip(*((1,) * (rank - len(shape)) + tuple(shape) for shape in shapes), strict=True)
    result = []
    for column in columns:
        sizes = set(column) - {1}
        if len(sizes) > 1:
            raise ShapeError(f"{column} cannot be combined")
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} of {rank}")
    return axis % rank


def _same(node, first, *_):
    return Value(first.shape)


def _elementwise(node, *given):
    shape, lists = broadcast(*(value.shape for value in given)), [value.numbers for value in given]
    if any(numbers is None for numbers in lists):
        return Value(shape)
    length = math.prod(shape)
    columns = zip(*(numbers * (length // len(numbers)) if numbers else () for numbers in lists), strict=True)
    results = [COMPUTED[node.operator](*column) for column in columns]
    return _known(None if None in results else results, shape)


def _exact(compute):
    """`compute`, but None for results that float32 would round or int32 would wrap."""

    def computed(*numbers):
        result = compute(*numbers)
        return result if abs(result) < LARGEST_EXACT else None

    return computed


COMPUTED: dict[str, Callable] = {
    "Add": _exact(operator.add),
    "Sub": _exact(operator.sub),
    "Mul": _exact(operator.mul),
    # With a remainder, whole numbers and floats give different results.
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


def _cast(node, value):
    exact = {
        FLOAT: lambda number: (
            abs(number) < LARGEST_EXACT or struct.unpack("f", struct.pack("f", number))[0] == number
        ),
        INT32: lambda number: -(2**31) <= number < 2**31,
        INT64: lambda number: True,
    }.get(node.attributes["to"])
    kept = exact and value.numbers is not None and all(map(exact, value.numbers))
    return _known(value.numbers if kept else None, value.shape)


def _shape(node, value):
    return _known(value.shape, (len(value.shape),))


def _gather(node, data, indices):
    axis = _axis(node.attributes.get("axis", 0), len(data.shape))
    shape = data.shape[:axis] + indices.shape + data.shape[axis + 1 :]
    if data.numbers is None or indices.numbers is None:
        return Value(shape)
    return _known((data.numbers[index] for index in indices.numbers), shape)


def _slice(node, data, starts, ends, axes, steps=None):
    shape, numbers = list(data.shape), data.numbers
    columns = (_numbers(value) for value in (starts, ends, axes, *([steps] if steps else [])))
    for start, end, axis, *step in zip(*columns, strict=True):
        if step and step[0] < 1:
            raise ShapeError("it reads backwards")
        axis, part = _axis(axis, len(shape)), slice(start, end, *step)
        shape[axis] = len(range(*part.indices(shape[axis])))
        numbers = numbers[part] if numbers is not None and len(shape) == 1 else None
    return _known(numbers, tuple(shape))


def _concat(node, *given):
    axis = _axis(node.attributes["axis"], len(given[0].shape))
    others = {value.shape[:axis] + value.shape[axis + 1 :] for value in given}
    if len(others) > 1 or len({len(value.shape) for value in given}) > 1:
        raise ShapeError("parts of different shapes")
    shape = list(given[0].shape)
    shape[axis] = sum(value.shape[axis] for value in given)
    known = all(value.numbers is not None for value in given)
    return _known((number for value in given for number in value.numbers) if known else None, tuple(shape))


def _squeeze(node, data, axes):
    gone = {_axis(axis, len(data.shape)) for axis in _numbers(axes)}
    if any(data.shape[axis] != 1 for axis in gone):
        raise ShapeError(f"{data.shape} is not 1 along the axes {sorted(gone)}")
    return _known(data.numbers, tuple(size for axis, size in enumerate(data.shape) if axis not in gone))


def _unsqueeze(node, data, axes):
    rank = len(data.shape) + len(_numbers(axes))
    new, rest = {_axis(axis, rank) for axis in _numbers(axes)}, iter(data.shape)
    return _known(data.numbers, tuple(1 if axis in new else next(rest) for axis in range(rank)))


def _reshape(node, data, shape):
    wanted = [data.shape[axis] if size == 0 else size for axis, size in enumerate(_numbers(shape))]
    if -1 in wanted:
        wanted[wanted.index(-1)] = math.prod(data.shape) // math.prod(size for size in wanted if size != -1)
    if any(size < 0 for size in wanted) or math.prod(wanted) != math.prod(data.shape):
        raise ShapeError(f"{data.shape} cannot become {tuple(wanted)}")
    return _known(data.numbers, tuple(wanted))


def _expand(node, data, shape):
    return Value(broadcast(data.shape, _numbers(shape)))


def _constant_of_shape(node, shape):
    return Value(_numbers(shape))


def _transpose(node, data):
    order = node.attributes["perm"]
    if sorted(order) != list(range(len(data.shape))):
        raise ShapeError(f"{order} is no order of {len(data.shape)} axes")
    return Value(tuple(data.shape[axis] for axis in order))


def _reduce(node, data, axes=None):
    given = _numbers(axes) if axes else node.attributes.get("axes")
    if not given and node.attributes.get("noop_with_empty_axes", 0):
        return data
    reduced = {_axis(axis, len(data.shape)) for axis in given or range(len(data.shape))}
    kept = node.attributes.get("keepdims", 1)
    shape = tuple(
        1 if axis in reduced else size for axis, size in enumerate(data.shape) if kept or axis not in reduced
    )
    product = node.operator == "ReduceProd" and len(data.shape) == 1 and data.numbers is not None
    return _known((math.prod(data.numbers),) if product else None, shape)


def _pad(node, data, pads):
    numbers, rank = _numbers(pads), len(data.shape)
    if len(numbers) != 2 * rank:
        raise ShapeError(f"{len(numbers)} paddings of {rank} axes")
    return Value(tuple(size + numbers[axis] + numbers[rank + axis] for axis, size in enumerate(data.shape)))


def _top_k(node, data, count):
    [number] = _numbers(count)
    if not 0 <= number <= data.shape[-1]:
        raise ShapeError(f"the {number} largest of {data.shape[-1]}")
    return [Value((*data.shape[:-1], number))] * 2


RULES: dict[str, Callable] = {
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
