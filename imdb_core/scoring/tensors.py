"""Tensors and operators of an ONNX graph before it runs. Used by tensor_shapes, graph_sizes, safe_graph."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

MOST_KNOWN = 64  # longer lists of numbers are not tracked: no tensor has that many dimensions


class ShapeError(ValueError):
    """The shapes do not fit together, or cannot be known before a run."""


class Value(NamedTuple):
    """A tensor before a run: its shape, and its `numbers` if they are known.

    Only short lists of integers that do not depend on the words are known. True is 1, False is 0.
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


def known(numbers: Iterable[int] | None, shape: tuple[int, ...]) -> Value:
    """A Value with this shape, and with `numbers` if they are a short list."""
    if numbers is None or len(shape) > 1 or math.prod(shape) > MOST_KNOWN:
        return Value(shape)
    return Value(shape, tuple(numbers))


def numbers_of(value: Value) -> tuple[int, ...]:
    """The numbers of a tensor that is a shape or an axis; raises ShapeError if they are not known."""
    if value.numbers is None:
        raise ShapeError("a size cannot be known before the run")
    return value.numbers


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape by NumPy's broadcasting rules; raises ShapeError if there is none."""
    rank = max(map(len, shapes))
    columns = zip(*((1,) * (rank - len(shape)) + tuple(shape) for shape in shapes), strict=True)
    common = []
    for column in columns:
        sizes = set(column) - {1}
        if len(sizes) > 1:
            raise ShapeError(f"{column} cannot be combined")
        common.append(sizes.pop() if sizes else 1)
    return tuple(common)


def axis_of(axis: int, rank: int) -> int:
    """The axis from 0 to rank - 1; negative axes count from the end. Raises ShapeError if there is none."""
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} of {rank}")
    return axis % rank
