"""Keras's layers and the compiled layers, side by side, for the tests of training/fast."""

import keras
import numpy as np

from imdb_core.training.fast.layers import layers_for


def compiled_layers():
    """The namespace of layers with the compiled ones, on two threads."""
    return layers_for("cpu", 2, "length_buckets")


def results(layer, x, *, training):
    """The layer's output, and the gradients of its mean square for the input and each weight."""
    import tensorflow as tf

    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        output = layer(x, training=training)
        loss = tf.reduce_mean(tf.square(output))
    return [output, *tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])]


def results_of_both(name, x, *arguments, training=True, **options):
    """(Keras's results, the compiled layer's results) with the same weights."""
    both_results = []
    for layers in (keras.layers, compiled_layers()):
        layer = getattr(layers, name)(*arguments, **options)
        layer.build(x.shape)
        random = np.random.default_rng(1)
        for weight in layer.trainable_weights:
            weight.assign(random.normal(0, 0.3, weight.shape))
        both_results.append([np.asarray(array) for array in results(layer, x, training=training)])
    return both_results


def assert_close(expected, results):
    for array, result in zip(expected, results, strict=True):
        np.testing.assert_allclose(result, array, rtol=2e-4, atol=2e-6)


def random_array(*shape):
    return np.random.default_rng(2).normal(size=shape).astype(np.float32)
