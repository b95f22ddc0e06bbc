"""The compiled computations do not depend on threads, on earlier batches or on the alignment of memory."""

import keras
import numpy as np
import pytest

from tests.training.comparing import random_array

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the compiled layers are for TensorFlow"
)


@pytest.mark.parametrize("shape", [(), (3,), (2, 5, 7)])
def test_arrays_for_tensorflow_are_aligned_to_64_bytes(shape):
    from imdb_core.training.fast.parts import aligned_array

    for array in [aligned_array(*shape) for _ in range(20)]:
        assert array.shape == shape and array.dtype == np.float32
        assert array.ctypes.data % 64 == 0


@pytest.mark.parametrize("reviews", [100, 300])
def test_the_number_of_cores_changes_no_bit(reviews):
    from imdb_core.training.fast.convolution import Convolution
    from imdb_core.training.fast.gru import Gru
    from imdb_core.training.fast.lstm import Lstm
    from imdb_core.training.fast.phrases import Phrases

    x, masks = random_array(reviews, 9, 6), np.zeros((0, reviews, 14), np.float32)
    words = np.random.default_rng(2).integers(0, 30, (reviews, 9), np.int32)
    for kind, inputs, options in (
        (Lstm, (x, random_array(6 + 8, 32), random_array(32), masks), {}),
        (Gru, (x, random_array(6, 24), random_array(8, 24), random_array(2, 24)), {}),
        (Convolution, (x, random_array(3, 6, 5), random_array(5)), {}),
        (Phrases, (words, random_array(30, 6), random_array(3, 6, 5), random_array(5)), {"pool": 2}),
    ):
        both_results = []
        for threads in (1, 3):
            computation = kind(threads)
            output = computation.forward(*inputs, keep=True, **options)
            both_results.append([output, *computation.backward(output)])
        for one_thread, three_threads in zip(*both_results, strict=True):
            assert np.array_equal(one_thread, three_threads)


def test_buffers_of_earlier_batches_do_not_change_results():
    from imdb_core.training.fast.gru import Gru
    from imdb_core.training.fast.lstm import Lstm

    lstm, gru = Lstm(2), Gru(2)
    for reviews, words, keep in [
        (64, 20, True),
        (64, 5, True),
        (70, 9, False),
        (64, 30, True),
        (64, 20, False),
    ]:
        x, masks = random_array(reviews, words, 6), np.zeros((0, reviews, 14), np.float32)
        for used, inputs in (
            (lstm, (random_array(6 + 8, 32), random_array(32), masks)),
            (gru, (random_array(6, 24), random_array(8, 24), random_array(2, 24))),
        ):
            expected = type(used)(1).forward(x, *inputs, keep=True)
            assert np.array_equal(used.forward(x, *inputs, keep=keep), expected)
