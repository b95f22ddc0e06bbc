"""One conversion to ONNX serves all epochs of a run: where in the file each single weight goes. Called by
export.

A conversion takes a second, more than an epoch of a small network. It moves weights about (transposed,
reordered, put beside zeros) but does not change them. So a network whose every weight is its own number is
converted, and the numbers are read back.
"""

from collections.abc import Callable

import numpy as np

_FIRST = 2**20  # larger than any constant of a network's own
_LAST = 2**24  # float32 tells whole numbers apart up to here


class Unplaceable(Exception):
    """The conversion did more than move weights, or there are too many to number."""


class Template:
    """An ONNX file with places for weights. `arrays`: name -> array; `convert(arrays)` gives ONNX bytes with
    them in it.
    """

    def __init__(self, convert: Callable, arrays: dict[str, np.ndarray]):
        import onnx

        sizes = [array.size for array in arrays.values()]
        starts = _FIRST + np.cumsum([0, *sizes])
        if starts[-1] > _LAST:
            raise Unplaceable
        numbers = zip(arrays.items(), starts[:-1], strict=True)
        numbered = {
            name: np.arange(n, n + a.size, dtype=np.float32).reshape(a.shape) for (name, a), n in numbers
        }
        self._onnx = onnx.load_from_string(convert(numbered))
        self._places = [(one, _places(one, starts[-1])) for one in self._onnx.graph.initializer]
        self._places = [(one, places) for one, places in self._places if places is not None]
        used = np.concatenate([places.ravel() for _, places in self._places] or [np.zeros(0, np.int64)])
        if not np.bincount(used, minlength=sum(sizes) + 1)[1:].all():  # not every weight has a place
            raise Unplaceable

    def filled(self, arrays: dict[str, np.ndarray]) -> bytes:
        """The ONNX file with these weights, of the same names and shapes."""
        flat = np.concatenate([np.zeros(1, np.float32), *(array.ravel() for array in arrays.values())])
        for initializer, places in self._places:
            initializer.raw_data = flat[places].tobytes()
        return self._onnx.SerializeToString()


def _places(initializer, end):
    """Which weights (counted from 1; 0 is a zero) an initializer holds, in its shape; None for a constant."""
    from onnx import numpy_helper

    values = numpy_helper.to_array(initializer)
    if values.dtype != np.float32 or not ((values >= _FIRST) & (values < end)).any():
        return None
    places = np.where(values == 0, 0, values.astype(np.int64) - _FIRST + 1)
    if (values != values.round()).any() or (places < 0).any() or (values >= end).any():
        raise Unplaceable
    return places
