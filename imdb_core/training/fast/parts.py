"""What the compiled computations share: how a batch is cut into parts for several cores, and how code is compiled."""

from concurrent.futures import ThreadPoolExecutor

from numba import njit

compiled = njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
PART = 32  # reviews a part: fixed, so that sums have the same order and value on any number of cores


class Parts:
    """Runs a function on all parts of a batch, side by side on `threads` cores."""

    def __init__(self, threads: int):
        self._pool = ThreadPoolExecutor(threads)

    def __call__(self, function, n: int) -> list:
        """The results of function(index, rows) for the parts of a batch of `n`, in order; `rows` is a slice."""
        count = max(1, n // PART)
        edges = [n * part // count for part in range(count + 1)]
        slices = [slice(*pair) for pair in zip(edges[:-1], edges[1:], strict=True)]
        return list(self._pool.map(function, range(count), slices))
