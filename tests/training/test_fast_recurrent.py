"""The compiled LSTM, GRU and plain RNN against Keras's: the same outputs, gradients and dropout masks."""

import keras
import numpy as np
import pytest

from tests.training.comparing import assert_close, compiled_layers, random_array, results, results_of_both

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the compiled layers are for TensorFlow"
)
recurrent = pytest.mark.parametrize("name", ["LSTM", "GRU"])
with_plain = pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])


@with_plain
@pytest.mark.parametrize("reviews, words", [(1, 1), (7, 5), (64, 33), (100, 12)])
@pytest.mark.parametrize("training", [True, False])
def test_a_recurrent_layer_gives_keras_results_and_gradients(name, reviews, words, training):
    if training:
        assert_close(*results_of_both(name, random_array(reviews, words, 6), 9))
    else:  # only training keeps what gradients need
        assert_close(*both_without_gradients(name, random_array(reviews, words, 6)))


@recurrent
@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"recurrent_dropout": 0.4, "seed": 3}])
@pytest.mark.parametrize("reviews, words", [(1, 1), (70, 13)])
def test_a_recurrent_layers_output_after_every_word_is_keras(name, reviews, words, options):
    assert_close(*results_of_both(name, random_array(reviews, words, 6), 9, return_sequences=True, **options))


@recurrent
@pytest.mark.parametrize("sequences", [True, False])
def test_reading_in_both_directions_is_keras(name, sequences):
    x, both_results = random_array(40, 7, 6), []
    for layers in (keras.layers, compiled_layers()):
        both_ways = keras.layers.Bidirectional(getattr(layers, name)(5, return_sequences=sequences))
        both_ways.build(x.shape)
        for weight in both_ways.trainable_weights:
            weight.assign(np.random.default_rng(len(weight.shape)).normal(0, 0.3, weight.shape))
        both_results.append([np.asarray(array) for array in results(both_ways, x, training=True)])
    assert_close(*both_results)


def both_without_gradients(name, x):
    keras_layer, compiled = (getattr(layers, name)(9) for layers in (keras.layers, compiled_layers()))
    expected = keras_layer(x, training=False)
    compiled(x, training=False)
    compiled.set_weights(keras_layer.get_weights())
    return [[np.asarray(expected)], [np.asarray(compiled(x, training=False))]]


@recurrent
@pytest.mark.parametrize(
    "rates", [{"dropout": 0.3}, {"recurrent_dropout": 0.4}, {"dropout": 0.3, "recurrent_dropout": 0.4}]
)
def test_dropout_in_a_recurrent_layer_drops_the_same_values_as_keras(name, rates):
    assert_close(*results_of_both(name, random_array(40, 6, 5), 8, seed=3, **rates))
    assert_close(*(arrays[:1] for arrays in results_of_both(name, random_array(40, 6, 5), 8, seed=3)))


def test_a_gru_that_resets_before_the_product_stays_keras_own():
    assert_close(*results_of_both("GRU", random_array(5, 4, 6), 9, reset_after=False))


@recurrent
def test_wide_gates_saturate_as_in_keras(name):
    assert_close(*(arrays[:1] for arrays in results_of_both(name, 40 * random_array(3, 4, 2), 5)))


@pytest.mark.parametrize("options", [{}, {"activation": "relu"}, {"recurrent_dropout": 0.4, "seed": 3}])
def test_a_plain_rnns_output_after_every_word_is_keras(options):
    x = random_array(70, 13, 6)
    assert_close(*results_of_both("SimpleRNN", x, 9, return_sequences=True, **options))
