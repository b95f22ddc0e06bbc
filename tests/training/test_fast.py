"""The compiled layers against Keras's own: the same results, gradients and random masks, on any number of
cores.
"""

import keras
import numpy as np
import pytest

from imdb_core import architectures
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.training import checkpoints, fit
from imdb_core.training.fast.layers import optimizers_for
from imdb_core.training.fast.steps import lean

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the compiled layers are for TensorFlow"
)
recurrent = pytest.mark.parametrize("name", ["LSTM", "GRU"])


def results(layer, x, *, training):
    """The layer's output, and the gradients of its mean square for the input and each weight."""
    import tensorflow as tf

    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        output = layer(x, training=training)
        loss = tf.reduce_mean(tf.square(output))
    return [output, *tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])]


def both(name, x, *arguments, training=True, **options):
    """(Keras's results, the compiled layer's results) with the same weights."""
    from imdb_core.training.fast.layers import layers_for

    found = []
    for layers in (keras.layers, layers_for("cpu", 2, "length_buckets")):
        layer = getattr(layers, name)(*arguments, **options)
        layer.build(x.shape)
        random = np.random.default_rng(1)
        for weight in layer.trainable_weights:
            weight.assign(random.normal(0, 0.3, weight.shape))
        found.append([np.asarray(array) for array in results(layer, x, training=training)])
    return found


def close(expected, found):
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=2e-4, atol=2e-6)


def some(*shape):
    return np.random.default_rng(2).normal(size=shape).astype(np.float32)


@recurrent
@pytest.mark.parametrize("reviews, words", [(1, 1), (7, 5), (64, 33), (100, 12)])
@pytest.mark.parametrize("training", [True, False])
def test_a_recurrent_layer_gives_keras_results_and_gradients(name, reviews, words, training):
    if training:
        close(*both(name, some(reviews, words, 6), 9))
    else:  # only training keeps what gradients need
        close(*both_without_gradients(name, some(reviews, words, 6)))


@recurrent
@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"recurrent_dropout": 0.4, "seed": 3}])
@pytest.mark.parametrize("reviews, words", [(1, 1), (70, 13)])
def test_a_recurrent_layers_output_after_every_word_is_keras(name, reviews, words, options):
    close(*both(name, some(reviews, words, 6), 9, return_sequences=True, **options))


@recurrent
@pytest.mark.parametrize("sequences", [True, False])
def test_reading_in_both_directions_is_keras(name, sequences):
    from imdb_core.training.fast.layers import layers_for

    x, found = some(40, 7, 6), []
    for layers in (keras.layers, layers_for("cpu", 2, "length_buckets")):
        both_ways = keras.layers.Bidirectional(getattr(layers, name)(5, return_sequences=sequences))
        both_ways.build(x.shape)
        for weight in both_ways.trainable_weights:
            weight.assign(np.random.default_rng(len(weight.shape)).normal(0, 0.3, weight.shape))
        found.append([np.asarray(array) for array in results(both_ways, x, training=True)])
    close(*found)


def both_without_gradients(name, x):
    from imdb_core.training.fast.layers import layers_for

    one, other = (
        getattr(layers, name)(9) for layers in (keras.layers, layers_for("cpu", 2, "length_buckets"))
    )
    outputs = [layer(x, training=False) for layer in (one, other)]
    other.set_weights(one.get_weights())
    return [[np.asarray(outputs[0])], [np.asarray(other(x, training=False))]]


@recurrent
@pytest.mark.parametrize(
    "rates", [{"dropout": 0.3}, {"recurrent_dropout": 0.4}, {"dropout": 0.3, "recurrent_dropout": 0.4}]
)
def test_dropout_in_a_recurrent_layer_hides_what_keras_hides(name, rates):
    close(*both(name, some(40, 6, 5), 8, seed=3, **rates))
    close(*(arrays[:1] for arrays in both(name, some(40, 6, 5), 8, seed=3)))


def test_a_gru_that_resets_before_the_product_stays_keras_own():
    close(*both("GRU", some(5, 4, 6), 9, reset_after=False))


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("words", [1, 4, 17])
@pytest.mark.parametrize("activation", ["relu", "tanh", None])
def test_the_convolution_gives_keras_results_and_gradients(size, words, activation):
    close(*both("Conv1D", some(40, words, 6), 4, size, padding="same", activation=activation))


def phrases(layers, *, size, pool, activation="relu", show_all=False):
    """The beginning of a CNN; with `show_all` the convolution's own output is asked for, too."""
    words = keras.Input((None,), dtype="int32")
    found = layers.Conv1D(4, size, padding="same", activation=activation)(layers.Embedding(30, 6)(words))
    strongest = layers.MaxPooling1D(pool)(found)
    model = keras.Model(words, [found, strongest] if show_all else strongest)
    random = np.random.default_rng(1)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    return model


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("words", [4, 17])
@pytest.mark.parametrize("pool", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_strongest_phrases_and_their_gradients_are_keras(size, words, pool, activation):
    import tensorflow as tf

    from imdb_core.training.fast.layers import layers_for

    different = np.tile(
        np.arange(30, dtype=np.int32), (70, 1)
    )  # in a review: of equal sums rounding picks the largest
    x, found = np.random.default_rng(2).permuted(different, axis=1)[:, :words], []
    for layers in (keras.layers, layers_for("cpu", 2, "length_buckets")):
        model = phrases(layers, size=size, pool=pool, activation=activation)
        weights = [weight.value for weight in model.trainable_weights]

        @tf.function
        def computed(x, model=model, weights=weights):
            with tf.GradientTape() as tape:
                output = model(x, training=True)
                loss = tf.reduce_mean(tf.square(output))
            rows, *gradients = tape.gradient(loss, weights)
            return [output, rows.values, *gradients]

        found.append([np.asarray(array) for array in computed(x)])
    close(*found)


@pytest.mark.parametrize("show_all, computed", [(False, 0), (True, 1)])
def test_sums_of_phrases_that_nobody_asks_for_are_not_computed(monkeypatch, show_all, computed):
    from imdb_core.training.fast.convolution import Convolution
    from imdb_core.training.fast.layers import layers_for

    calls, forward = [], Convolution.forward
    monkeypatch.setattr(
        Convolution, "forward", lambda *given, **options: calls.append(1) or forward(*given, **options)
    )
    x = np.random.default_rng(2).integers(0, 30, (5, 8), np.int32)
    for layers in (keras.layers, layers_for("cpu", 2, "length_buckets")):
        calls.clear()
        found = phrases(layers, size=3, pool=2, show_all=show_all).predict_on_batch(x)
        strongest = found[1] if show_all else found
    assert len(calls) == computed
    assert strongest.shape == (5, 4, 4)


@recurrent
def test_wide_gates_saturate_as_in_keras(name):
    close(*(arrays[:1] for arrays in both(name, 40 * some(3, 4, 2), 5)))


def test_reviews_and_words_without_a_gradient_add_none_to_the_convolutions_weights():
    """After a maximum over all words most have none, and the memory for a review still holds the one before."""
    from imdb_core.training.fast.convolution import Convolution

    x, weights, d_output = some(3, 9, 6), (some(3, 6, 5), some(5)), some(3, 9, 5)
    d_output[1] = d_output[0, 2:] = d_output[2, :7] = 0
    computation, found = Convolution(1), []
    for chosen in (slice(None), [0, 2]):
        computation.forward(x[chosen], *weights, keep=True)
        found.append(computation.backward(d_output[chosen]))
    (d_x, *d_weights), (expected, *expected_weights) = found
    assert not d_x[1].any() and np.array_equal(d_x[[0, 2]], expected)
    for one, other in zip(expected_weights, d_weights, strict=True):
        assert np.isfinite(other).all() and np.array_equal(one, other)


@pytest.mark.parametrize("shape", [(), (3,), (2, 5, 7)])
def test_arrays_for_tensorflow_begin_where_it_takes_them_over(shape):
    from imdb_core.training.fast.parts import fresh

    kept = [fresh(*shape) for _ in range(20)]
    assert all(
        array.shape == shape and array.dtype == np.float32 and array.ctypes.data % 64 == 0 for array in kept
    )


@pytest.mark.parametrize("reviews", [100, 300])
def test_the_number_of_cores_changes_no_bit(reviews):
    from imdb_core.training.fast.convolution import Convolution
    from imdb_core.training.fast.gru import Gru
    from imdb_core.training.fast.lstm import Lstm
    from imdb_core.training.fast.phrases import Phrases

    x, masks = some(reviews, 9, 6), np.zeros((0, reviews, 14), np.float32)
    words = np.random.default_rng(2).integers(0, 30, (reviews, 9), np.int32)
    for kind, inputs, options in (
        (Lstm, (x, some(6 + 8, 32), some(32), masks), {}),
        (Gru, (x, some(6, 24), some(8, 24), some(2, 24)), {}),
        (Convolution, (x, some(3, 6, 5), some(5)), {}),
        (Phrases, (words, some(30, 6), some(3, 6, 5), some(5)), {"pool": 2}),
    ):
        found = []
        for threads in (1, 3):
            computation = kind(threads)
            output = computation.forward(*inputs, keep=True, **options)
            found.append([output, *computation.backward(output)])
        for one, other in zip(*found, strict=True):
            assert np.array_equal(one, other)


def test_memory_used_again_for_other_lengths_leaves_no_trace():
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
        x, masks = some(reviews, words, 6), np.zeros((0, reviews, 14), np.float32)
        for used, inputs in (
            (lstm, (some(6 + 8, 32), some(32), masks)),
            (gru, (some(6, 24), some(8, 24), some(2, 24))),
        ):
            fresh = type(used)(1).forward(x, *inputs, keep=True)
            assert np.array_equal(used.forward(x, *inputs, keep=keep), fresh)


def test_a_step_is_traced_once_for_all_shapes_and_learns_the_same(tiny):
    config, traces, found = tiny(network="cnn_lstm", weight_averaging=0.9, gradient_clipping=1.0), [], []
    random = np.random.default_rng(5)
    shapes = [(8, 20), (8, 16), (8, 20), (3, 20), (3, 7)]
    steps = [
        (random.integers(0, 400, shape, np.int32), np.ones((shape[0], 1), np.float32)) for shape in shapes
    ]
    for prepared in (lambda model: None, lean):
        keras.utils.set_random_seed(config.seed)
        model = fit.compiled(architectures.build(config), config)
        usual = model.train_step
        model.train_step = lambda batch, usual=usual: traces.append(1) or usual(batch)
        prepared(model)
        traces.clear()
        rows = [model.train_on_batch(*step) for step in steps]
        found.append([rows, *checkpoints.weights(model).values()])
    assert len(traces) == 1
    for expected, learned in zip(*found, strict=True):
        assert np.array_equal(learned, expected)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("clipping", [0, 0.01])
def test_the_optimizers_learn_what_keras_optimizers_learn(tiny, optimizer, clipping):
    """Words repeat inside a batch, so squares before the sum differ from squares after it."""
    config, found = (
        tiny(optimizer=optimizer, gradient_clipping=clipping, weight_averaging=0.9, learning_rate=0.01),
        [],
    )
    words, labels = np.random.default_rng(5).integers(0, 9, (40, 20), np.int32), np.ones((40, 1), np.float32)
    for faster in ({}, optimizers_for("cpu", "length_buckets")):
        keras.utils.set_random_seed(config.seed)
        model = fit.compiled(architectures.build(config), config, faster)
        lean(model)
        for _ in range(5):
            model.train_on_batch(words, labels)
        state = [np.asarray(variable) for variable in model.optimizer.variables]
        found.append([*checkpoints.weights(model).values(), *state])
    assert isinstance(model.optimizer, faster[optimizer])
    for expected, learned in zip(*found, strict=True):
        np.testing.assert_allclose(learned, expected, rtol=1e-4, atol=1e-6)


def test_keras_own_layers_stay_where_the_compiled_ones_do_not_apply():
    from imdb_core.training.fast.layers import layers_for

    for layers in (layers_for("gpu:0", 2, "length_buckets"), layers_for("cpu", 2, "padded")):
        for name in ("Embedding", "LSTM", "GRU", "Conv1D", "MaxPooling1D"):
            assert getattr(layers, name) is getattr(keras.layers, name)
    assert layers_for("cpu", 2, "length_buckets").Dense is keras.layers.Dense


@pytest.mark.parametrize("name", architectures.names())
def test_training_with_the_compiled_layers_learns_the_same_weights(tiny, name):
    """A few steps on the same batches: weights stay together, though rounding differs; the same checkpoint
    fits both.
    """
    from imdb_core.training.fast.layers import layers_for

    config = tiny(network=name, batch_size=40, learning_rate=0.001)
    words = np.random.default_rng(5).integers(4, 400, (80, 20))
    reviews = Reviews.from_lists(words.tolist(), words[:, 0] % 2)
    found = []
    for layers in (None, layers_for("cpu", 2, "length_buckets")):
        keras.utils.set_random_seed(config.seed)
        model = fit.compiled(architectures.build(config, layers=layers), config)
        architectures.start(model, config, lambda: batches.training_batches(reviews, config, 0))
        for epoch in (1, 2, 3):
            for batch in batches.training_batches(reviews, config, epoch):
                model.train_on_batch(*batch)
        found.append(checkpoints.weights(model))
    expected, learned = found
    assert learned.keys() == expected.keys()
    for key, array in expected.items():
        assert np.isfinite(array).all()
        np.testing.assert_allclose(learned[key], array, atol=2e-4)
    checkpoints.load_weights(model, expected)
