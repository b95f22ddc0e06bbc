"""What the compiled computations share: parts of a batch for several cores, memory, and how code is compiled."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

f32 = np.float32
PART = 32  # reviews a part, twice that in large batches: not by the number of cores, so that sums have the same order on any


class Parts:
    """Runs a function on all parts of a batch, side by side on `threads` cores."""

    def __init__(self, threads: int):
        self._pool = ThreadPoolExecutor(threads)

    def __call__(self, function, n: int) -> list:
        """The results of function(index, rows) for the parts of a batch of `n`, in order; `rows` is a slice."""
        count = max(
            1, min(n // PART, max(4, n // (2 * PART)))
        )  # products of more rows waste less: up to four cores win
        edges = [n * part // count for part in range(count + 1)]
        slices = [slice(*pair) for pair in zip(edges[:-1], edges[1:], strict=True)]
        return list(self._pool.map(function, range(count), slices))


class Memory:
    """Arrays that are used again: the operating system clears fresh memory, which takes longer than filling
    it.
    """

    def __init__(self):
        self._buffers = {}

    def arrays(self, part: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
        """Arrays of these shapes for a part of the batch, float32; whatever was in them still is."""
        found = []
        for place, shape in enumerate(shapes):
            size = math.prod(shape)
            if self._buffers.get((part, place), np.empty(0)).size < size:
                self._buffers[part, place] = np.empty(size, f32)
            found.append(self._buffers[part, place][:size].reshape(shape))
        return found


def fresh(*shape: int) -> np.ndarray:
    """An array of float32 to give to TensorFlow, which copies those that do not begin at a multiple of 64
    bytes.
    """
    memory = np.empty(math.prod(shape) + 16, f32)
    start = -memory.ctypes.data % 64 // 4
    return memory[start : start + math.prod(shape)].reshape(shape)


@njit(inline="always")
def tanh(x):
    """tanh to about 1e-7: the quotient of two polynomials that Eigen and XLA use, plain arithmetic that
    vectorises.
    """
    x = min(max(x, f32(-7.9)), f32(7.9))
    square = x * x
    top = f32(-2.76076847742355e-16)
    top = top * square + f32(2.00018790482477e-13)
    top = top * square + f32(-8.60467152213735e-11)
    top = top * square + f32(5.12229709037114e-08)
    top = top * square + f32(1.48572235717979e-05)
    top = top * square + f32(6.37261928875436e-04)
    top = top * square + f32(4.89352455891786e-03)
    bottom = f32(1.19825839466702e-06)
    bottom = bottom * square + f32(1.18534705686654e-04)
    bottom = bottom * square + f32(2.26843463243900e-03)
    bottom = bottom * square + f32(4.89352518554385e-03)
    return x * top / bottom


@njit(inline="always")
def sigmoid(x):  # as tanh, part of its callers
    return f32(0.5) + f32(0.5) * tanh(f32(0.5) * x)
