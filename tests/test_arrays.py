"""Arrays by name in one file come back unchanged; any other content is refused with a reason."""

import io

import numpy as np
import pytest

from imdb_core.arrays import packed, unpacked


def test_arrays_come_back_with_their_names_shapes_and_kinds():
    arrays = {
        "1-LSTM/kernel": np.ones((2, 3), np.float32),
        "labels": np.array([0, 1], np.uint8),
        "none": np.zeros((0, 4)),
    }
    arrays |= {"by columns": np.asfortranarray(np.arange(6).reshape(2, 3)), "one number": np.float32(7)}
    copies = unpacked(packed(arrays))
    assert copies.keys() == arrays.keys()
    for name, array in arrays.items():
        copy = copies[name]
        assert copy.dtype == array.dtype and copy.shape == array.shape and (copy == array).all()
    copies["labels"][0] = 1  # the caller may write to them


def test_a_file_cut_anywhere_is_refused():
    content = packed({"a": np.arange(5), "b": np.arange(3)})
    for length in range(len(content)):
        with pytest.raises(ValueError, match="it is cut"):
            unpacked(content[:length])


def test_a_compressed_file_is_refused():
    stream = io.BytesIO()
    np.savez_compressed(stream, a=np.zeros(1000))
    with pytest.raises(ValueError, match="compressed"):
        unpacked(stream.getvalue())
