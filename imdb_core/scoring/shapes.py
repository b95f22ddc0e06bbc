"""How large the tensors of an ONNX graph get for an input of a given size, computed before anything runs. Called by safe_graph.

Every operator that a model may use has one rule here, which gives the shapes of its outputs. The arithmetic that a graph does on
shapes (the width of the input, minus one, times the batch) is done with the numbers themselves; a shape that depends on the words
of a review is refused.
"""

import math
import operator
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

FLOAT, INT32, INT64 = 1, 6, 7  # ONNX's numbers of the types that shapes are computed with
MOST_KNOWN = 64  # of a longer list no single numbers are needed; no tensor has so many dimensions
LARGEST_EXACT = 2**24  # the arithmetic of float32, int32 and int64 is exact and the same up to here


class ShapeError(ValueError):
    """The shapes do not fit together, or cannot be known before a run."""


class Value(NamedTuple):
    """A tensor before a run: its shape, and the numbers of a short list of whole numbers that no word decides.

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


class Sizes(NamedTuple):
    """What one run takes: numbers in the largest tensor, in all tensors together, and multiplications in matrix products."""

    largest: int
    numbers: int
    multiplications: int


def sizes(nodes: Sequence[Node], values: dict[str, Value], most: Sizes) -> Sizes:
    """What a run of `nodes` takes. `values` has the inputs and constants, and gets all other tensors.

    Raises ShapeError as soon as a figure exceeds `most`, or where shapes do not fit together.
    """
    largest = numbers = multiplications = 0
    for node in nodes:
        given = [values[name] if name else None for name in node.inputs]
        results, products, scratch = _applied(node, given)
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                values[name] = value
        counts = [math.prod(value.shape) for value in results] + [scratch]
        largest, numbers, multiplications = max(largest, *counts), numbers + sum(counts), multiplications + products
        for count, bound, what in (
            (largest, most.largest, "numbers in one tensor"),
            (numbers, most.numbers, "numbers in all tensors together"),
            (multiplications, most.multiplications, "multiplications"),
        ):
            if count > bound:
                raise ShapeError(f"it needs more than {bound:,} {what}")
    return Sizes(largest, numbers, multiplications)


def _applied(node, given):
    """(outputs, multiplications, numbers in buffers of ONNX Runtime's own) of one node."""
    try:
        results = RULES[node.operator](node, *given)
        results = [results] if isinstance(results, Value) else results
        if any(size < 0 for value in results for size in value.shape) or len(results) < len(node.outputs):
            raise ShapeError("a size is negative")
        products, scratch = COSTS[node.operator](node, results, *given) if node.operator in COSTS else (0, 0)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, ZeroDivisionError) as error:
        raise ShapeError(f"the shapes at its operator {node.operator} do not fit: {error}") from error
    return results, products, scratch


def _known(numbers: Iterable[int] | None, shape: tuple[int, ...]) -> Value:
    """A value that keeps `numbers` if they are a short list."""
    few = numbers is not None and len(shape) <= 1 and math.prod(shape) <= MOST_KNOWN
    return Value(shape, tuple(numbers) if few else None)


def _numbers(value: Value) -> tuple[int, ...]:
    if value.numbers is None:
        raise ShapeError("a shape depends on the words of the review")
    return value.numbers


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
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
    shape, lists = _broadcast(*(value.shape for value in given)), [value.numbers for value in given]
    if any(numbers is None for numbers in lists):
        return Value(shape)
    length = math.prod(shape)
    columns = zip(*(numbers * (length // len(numbers)) if numbers else () for numbers in lists), strict=True)
    results = [COMPUTED[node.operator](*column) for column in columns]
    return _known(None if None in results else results, shape)


def _exact(compute):
    """`compute`, with None for results that float32 or int32 would round or wrap."""

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
        FLOAT: lambda number: abs(number) < LARGEST_EXACT or struct.unpack("f", struct.pack("f", number))[0] == number,
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
    wanted = (_numbers(one) for one in (starts, ends, axes, *([steps] if steps else [])))
    for start, end, axis, *step in zip(*wanted, strict=True):
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
        raise ShapeError(f"{data.shape} has more than one place along {sorted(gone)}")
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
    return Value(_broadcast(data.shape, _numbers(shape)))


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
    shape = tuple(1 if axis in reduced else size for axis, size in enumerate(data.shape) if kept or axis not in reduced)
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


def _matmul(node, left, right):
    if min(len(left.shape), len(right.shape)) < 2 or left.shape[-1] != right.shape[-2]:
        raise ShapeError(f"{left.shape} times {right.shape}")
    return Value((*_broadcast(left.shape[:-2], right.shape[:-2]), left.shape[-2], right.shape[-1]))


def _gemm(node, left, right):
    (rows, inner), (other, columns) = (
        value.shape[::-1] if node.attributes.get(name) else value.shape for value, name in ((left, "transA"), (right, "transB"))
    )
    if inner != other:
        raise ShapeError(f"{left.shape} times {right.shape}")
    return Value((rows, columns))


def _conv(node, data, kernel):
    attributes, inner = node.attributes, kernel.shape[2:]
    if attributes.get("group", 1) != 1 or data.shape[1] != kernel.shape[1] or tuple(attributes["kernel_shape"]) != inner:
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
    fitting = {
        "W": (kernel.shape, (directions, gates * units, features)),
        "R": (recurrent.shape, (directions, gates * units, units)),
        "B": (bias.shape, (directions, 2 * gates * units)),
        **{"initial state": (state.shape, (directions, rows, units)) for state in states},
    }
    for name, (came, expected) in fitting.items():
        if came != expected:
            raise ShapeError(f"{name} is {came}, not {expected}")
    if lengths is not None:
        raise ShapeError("rows of different lengths")
    return [Value((steps, directions, rows, units)), *[Value((directions, rows, units))] * 2]


GATES = {"LSTM": 4, "GRU": 3}
STEP_COST = 100_000  # multiplications that take as long as one step of the smallest LSTM


def _product_cost(node, results, left, right):
    inner = left.shape[0] if node.attributes.get("transA") else left.shape[-1]
    return math.prod(results[0].shape) * inner, 0


def _conv_cost(node, results, data, kernel):
    window = math.prod(kernel.shape[1:])
    windows = math.prod(results[0].shape[2:])  # of one row, which are copied beside each other
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
    **dict.fromkeys(COMPUTED, _elementwise),
    **dict.fromkeys(("Cos", "Reciprocal", "Relu", "Sigmoid", "Sin", "Softmax", "Sqrt", "Tanh"), _same),
    **dict.fromkeys(("CumSum", "ReverseSequence"), _same),
    **dict.fromkeys(("ReduceMax", "ReduceMean", "ReduceProd", "ReduceSum"), _reduce),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    **dict.fromkeys(GATES, _recurrent),
    "Cast": _cast,
    "Concat": _concat,
    "ConstantOfShape": _constant_of_shape,
    "Conv": _conv,
    "Expand": _expand,
    "Gather": _gather,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Reshape": _reshape,
    "Shape": _shape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "TopK": _top_k,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
