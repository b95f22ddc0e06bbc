"""Convert a network to ONNX once, and put each epoch's weights into the file. Called by export.

A conversion takes a second, more than an epoch of a small network. It moves weights (transposes, reorders,
pads with zeros) but does not change their values. So the network is converted once with weights that are
consecutive numbers: the place of a number in the file is the place of the weight with this number.

A conversion also copies all weights some thirty times. Most weights of a network are in its tables, from
which rows are looked up, and a conversion does not move these rows. So the network is converted with the
first SHORT_ROWS rows of each table, and the whole table takes their place in the file.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core.training.checkpoints import Arrays

FIRST_NUMBER = 2**20  # the number of the first weight; larger than any constant of a network
LAST_NUMBER = 2**24  # float32 represents all whole numbers up to here
SHORT_ROWS = 16  # of a table while the network is converted
_TABLE = re.compile(r"\d+-(Embedding|NGrams)/")  # the names of tables, see checkpoints.variables()


class Unplaceable(Exception):
    """The conversion changed values, moved the rows of a table, or there are too many weights to number."""


class Template:
    """An ONNX file with places for weights; raises Unplaceable.

    `arrays` holds weights by name; only their shapes are used. `convert(arrays)` gives the bytes of an
    ONNX file with these weights; it is called with shortened tables.
    """

    def __init__(self, convert: Callable[[Arrays], bytes], arrays: Arrays):
        import onnx

        cut = shortened(arrays)
        sizes = [array.size for array in cut.values()]
        starts = FIRST_NUMBER + np.cumsum([0, *sizes])
        if starts[-1] > LAST_NUMBER:
            raise Unplaceable
        numbered = {
            name: np.arange(start, start + array.size, dtype=np.float32).reshape(array.shape)
            for (name, array), start in zip(cut.items(), starts[:-1], strict=True)
        }
        self._onnx = onnx.load_from_string(convert(numbered))
        all_places = [(tensor, _places(tensor, starts[-1])) for tensor in self._onnx.graph.initializer]
        self._places = [(tensor, places) for tensor, places in all_places if places is not None]
        used = np.concatenate([places.ravel() for _, places in self._places] or [np.zeros(0, np.int64)])
        if not np.bincount(used, minlength=sum(sizes) + 1)[1:].all():  # a weight has no place
            raise Unplaceable
        tables = {
            name: numbers.astype(np.int64) - FIRST_NUMBER + 1
            for name, numbers in numbered.items()
            if numbers.shape != arrays[name].shape
        }
        self._tables = [_table(places, tables) for _, places in self._places]

    def filled(self, arrays: Arrays) -> bytes:
        """The ONNX file with the weights `arrays`, of the template's names and shapes."""
        cut = shortened(arrays).values()
        flat = np.concatenate([np.zeros(1, np.float32), *(array.ravel() for array in cut)])
        for (initializer, places), table in zip(self._places, self._tables, strict=True):
            values = arrays[table] if table else flat[places]
            initializer.dims[:] = values.shape
            initializer.raw_data = values.tobytes()
        content: bytes = self._onnx.SerializeToString()
        return content


def shortened(arrays: Arrays) -> Arrays:
    """`arrays` with only the first SHORT_ROWS rows of each table."""
    return {name: array[:SHORT_ROWS] if _TABLE.match(name) else array for name, array in arrays.items()}


def is_shortened(arrays: Arrays) -> bool:
    """Whether `arrays` has tables, and none longer than SHORT_ROWS rows."""
    rows = [len(array) for name, array in arrays.items() if _TABLE.match(name)]
    return bool(rows) and max(rows) <= SHORT_ROWS


def _table(places: npt.NDArray[np.int64], tables: dict[str, npt.NDArray[np.int64]]) -> str | None:
    """The name of the shortened table that an initializer with these places holds; None if it holds none.

    `tables` are the places of each shortened table. Raises Unplaceable if the initializer holds a table in
    another form than row by row, as then it is not known where the missing rows belong.
    """
    for name, of_table in tables.items():
        if np.isin(of_table, places).any():
            if not np.array_equal(of_table, places):
                raise Unplaceable
            return name
    return None


def _places(initializer: Any, end: int) -> npt.NDArray[np.int64] | None:
    """Which weight each number of an initializer is, counted from 1 (0: a zero); None for a constant.

    `end` is the number after the last weight's.
    """
    from onnx import numpy_helper

    values = numpy_helper.to_array(initializer)
    if values.dtype != np.float32 or not ((values >= FIRST_NUMBER) & (values < end)).any():
        return None
    places: npt.NDArray[np.int64] = np.where(values == 0, 0, values.astype(np.int64) - FIRST_NUMBER + 1)
    if (values != values.round()).any() or (places < 0).any() or (values >= end).any():
        raise Unplaceable
    return places
