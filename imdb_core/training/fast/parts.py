"""Helpers of the compiled computations: parts of a batch for several cores, memory, sigmoid and tanh."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

f32 = np.float32
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Result = TypeVar("Result")

# Reviews in a part; twice as many in large batches. Independent of the number of cores, so that a sum over
# the batch has the same order, and the same rounding, on every machine.
PART_REVIEWS = 32
ALIGNMENT_BYTES = 64  # TensorFlow copies arrays that start elsewhere


class Parts:
    """Runs a function on all parts of a batch, side by side on `threads` cores."""

    def __init__(self, threads: int):
        self._pool = ThreadPoolExecutor(threads)

    def run(self, function: Callable[[int, slice], Result], reviews: int) -> list[Result]:
        """The results of function(index, rows) for all parts of a batch of `reviews`, in order."""
        # Larger parts make more efficient matrix products, but up to four cores should have a part each.
        count = max(1, min(reviews // PART_REVIEWS, max(4, reviews // (2 * PART_REVIEWS))))
        edges = [reviews * part // count for part in range(count + 1)]
        slices = [slice(*pair) for pair in zip(edges[:-1], edges[1:], strict=True)]
        return list(self._pool.map(function, range(count), slices))


class Buffers:
    """Reusable arrays: the operating system clears new memory, which takes longer than filling it."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[int, int], Floats] = {}

    def arrays(self, part: int, *shapes: tuple[int, ...]) -> list[Floats]:
        """Arrays of these shapes for a part of the batch, float32. They hold old values: overwrite them."""
        arrays = []
        for number, shape in enumerate(shapes):
            size = math.prod(shape)
            if (part, number) not in self._buffers or self._buffers[part, number].size < size:
                self._buffers[part, number] = np.empty(size, f32)
            arrays.append(self._buffers[part, number][:size].reshape(shape))
        return arrays


def aligned_array(*shape: int) -> Floats:
    """A new float32 array, not filled, aligned so that TensorFlow takes it without a copy."""
    size = math.prod(shape)
    memory = np.empty(size + ALIGNMENT_BYTES // 4, f32)
    start = -memory.ctypes.data % ALIGNMENT_BYTES // 4
    return memory[start : start + size].reshape(shape)


@njit(inline="always")
def tanh(x: Any) -> Any:
    """tanh with an error of about 1e-7: the quotient of two polynomials, as in Eigen and XLA.

    Coefficients: Eigen's `generic_fast_tanh_float`. Plain arithmetic, so that the compiler can vectorise it.
    """
    x = min(max(x, f32(-7.9)), f32(7.9))
    square = x * x
    numerator = f32(-2.76076847742355e-16)
    numerator = numerator * square + f32(2.00018790482477e-13)
    numerator = numerator * square + f32(-8.60467152213735e-11)
    numerator = numerator * square + f32(5.12229709037114e-08)
    numerator = numerator * square + f32(1.48572235717979e-05)
    numerator = numerator * square + f32(6.37261928875436e-04)
    numerator = numerator * square + f32(4.89352455891786e-03)
    denominator = f32(1.19825839466702e-06)
    denominator = denominator * square + f32(1.18534705686654e-04)
    denominator = denominator * square + f32(2.26843463243900e-03)
    denominator = denominator * square + f32(4.89352518554385e-03)
    return x * numerator / denominator


@njit(inline="always")
def sigmoid(x: Any) -> Any:
    """sigmoid(x) = (1 + tanh(x / 2)) / 2."""
    return f32(0.5) + f32(0.5) * tanh(f32(0.5) * x)
