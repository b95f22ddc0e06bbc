"""The compiled convolution, and embedding, convolution and pooling in one, against Keras's layers."""

import keras
import numpy as np
import pytest

from tests.training.comparing import assert_close, compiled_layers, random_array, results_of_both

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the compiled layers are for TensorFlow"
)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("words", [1, 4, 17])
@pytest.mark.parametrize("activation", ["relu", "tanh", None])
def test_the_convolution_gives_keras_results_and_gradients(size, words, activation):
    assert_close(
        *results_of_both("Conv1D", random_array(40, words, 6), 4, size, padding="same", activation=activation)
    )


def phrases(layers, *, size, pool, activation="relu", show_all=False):
    """Embedding, Conv1D and MaxPooling1D; with `show_all` the convolution is an output, too."""
    words = keras.Input((None,), dtype="int32")
    sums = layers.Conv1D(4, size, padding="same", activation=activation)(layers.Embedding(30, 6)(words))
    strongest = layers.MaxPooling1D(pool)(sums)
    model = keras.Model(words, [sums, strongest] if show_all else strongest)
    random = np.random.default_rng(1)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    return model


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("words", [4, 17])
@pytest.mark.parametrize("pool", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_pooled_phrases_and_their_gradients_are_keras(size, words, pool, activation):
    import tensorflow as tf

    # No word twice in a review: rounding decides which of two equal sums is the largest.
    different = np.tile(np.arange(30, dtype=np.int32), (70, 1))
    x, both_results = np.random.default_rng(2).permuted(different, axis=1)[:, :words], []
    for layers in (keras.layers, compiled_layers()):
        model = phrases(layers, size=size, pool=pool, activation=activation)
        weights = [weight.value for weight in model.trainable_weights]

        @tf.function
        def computed(x, model=model, weights=weights):
            with tf.GradientTape() as tape:
                output = model(x, training=True)
                loss = tf.reduce_mean(tf.square(output))
            rows, *gradients = tape.gradient(loss, weights)
            return [output, rows.values, *gradients]

        both_results.append([np.asarray(array) for array in computed(x)])
    assert_close(*both_results)


@pytest.mark.parametrize("show_all, computed", [(False, 0), (True, 1)])
def test_a_convolution_that_nothing_reads_is_not_computed(monkeypatch, show_all, computed):
    from imdb_core.training.fast.convolution import Convolution

    calls, forward = [], Convolution.forward

    def counted(*arguments, **options):
        calls.append(1)
        return forward(*arguments, **options)

    monkeypatch.setattr(Convolution, "forward", counted)
    x = np.random.default_rng(2).integers(0, 30, (5, 8), np.int32)
    for layers in (keras.layers, compiled_layers()):
        calls.clear()
        outputs = phrases(layers, size=3, pool=2, show_all=show_all).predict_on_batch(x)
        strongest = outputs[1] if show_all else outputs
    assert len(calls) == computed
    assert strongest.shape == (5, 4, 4)


def test_positions_without_a_gradient_add_nothing_to_the_convolutions_weights():
    """After pooling most positions have none, and the buffer still holds the gradients of the last review."""
    from imdb_core.training.fast.convolution import Convolution

    x, weights, d_output = (
        random_array(3, 9, 6),
        (random_array(3, 6, 5), random_array(5)),
        random_array(3, 9, 5),
    )
    d_output[1] = d_output[0, 2:] = d_output[2, :7] = 0
    computation, gradients = Convolution(1), []
    for chosen in (slice(None), [0, 2]):
        computation.forward(x[chosen], *weights, keep=True)
        gradients.append(computation.backward(d_output[chosen]))
    (d_x, *d_weights), (expected, *expected_weights) = gradients
    assert not d_x[1].any() and np.array_equal(d_x[[0, 2]], expected)
    for expected_weight, d_weight in zip(expected_weights, d_weights, strict=True):
        assert np.isfinite(d_weight).all() and np.array_equal(d_weight, expected_weight)
