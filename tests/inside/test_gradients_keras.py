"""The gradient of a verdict with respect to its word vectors, and attention, against Keras's own."""

import numpy as np
import pytest

from imdb_core import answers, architectures
from imdb_core import config as configs
from imdb_core.inside.attention import attention
from imdb_core.inside.gradients import Differentiable
from imdb_core.inside.integrated import has_integrated_gradients, integrated_gradients
from imdb_core.scoring.time_limit import at_most
from tests.class_runs import THREE
from tests.random_networks import random_run

NETWORKS = [name for name in architectures.names() if has_integrated_gradients(configs.preset(name))]
# Weights with which rounding does not grow from word to word, as it does in a chaotic LSTM.
MILD = {"scale": 0.5, "units": 8}
TEXT = "goal rain the vote rain goal a goal"


def behind_the_words(model):
    """(function: word vectors -> the numbers before sigmoid or softmax, the embedding)."""
    import keras

    [embedding] = [layer for layer in model.layers if type(layer).__name__ == "Embedding"]
    last, features = model.layers[-1], keras.Model(model.inputs, model.layers[-1].input)
    features = keras.Model(embedding.output, features.output)
    kernel, bias = last.get_weights()
    return lambda vectors: features(vectors) @ kernel + bias, embedding


def gradient_of_keras(model, ids, of):
    """The gradient of the log-odds of the class `of`, by TensorFlow's GradientTape: (positions, size)."""
    import tensorflow as tf

    compute, embedding = behind_the_words(model)
    vectors = tf.Variable(embedding(ids))
    with tf.GradientTape() as tape:
        raw = compute(vectors)
        if raw.shape[1] == 1:
            odds = raw[:, 0] if of == 1 else -raw[:, 0]
        else:
            rest = [label for label in range(raw.shape[1]) if label != of]
            odds = raw[:, of] - tf.reduce_logsumexp(tf.gather(raw, rest, axis=1), axis=1)
    return np.array(tape.gradient(odds, vectors))[0]


@pytest.mark.parametrize("classes", [("negative", "positive"), THREE])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_that_of_keras(name, classes):
    network, model = random_run(name, classes, **MILD)
    reading = network.read(TEXT)
    differentiable = Differentiable(network)
    vectors = differentiable.vectors(reading)
    for of in (0, 1):
        expected = gradient_of_keras(model, reading.padded(), of)
        with at_most(60) as limit:
            found = differentiable.gradients(np.stack([0 * vectors, vectors]), of, limit)[1]
            odds = differentiable.log_odds(vectors[None], of, limit)
        assert np.abs(expected).max() > 0
        assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
        width = reading.padding + len(reading.ids)
        assert odds == pytest.approx(network.log_odds([reading.ids], width, of=of), abs=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_amounts_are_the_integral_of_keras_gradients(name):
    """Against the mean of Keras's gradients at 200 places of the way."""
    import tensorflow as tf

    network, model = random_run(name, ("negative", "positive"), **MILD)
    reading = network.read(TEXT)
    found = integrated_gradients(network, reading)
    compute, embedding = behind_the_words(model)
    vectors, read = np.array(embedding(reading.padded())), len(reading.words)
    change = vectors * (np.arange(vectors.shape[1]) >= vectors.shape[1] - read)[:, None]
    places = (np.arange(200, dtype=np.float32) + 0.5)[:, None, None] / 200
    way = tf.Variable(vectors - change + places * change)
    with tf.GradientTape() as tape:
        raw = compute(way)[:, 0]
    expected = (np.array(tape.gradient(raw, way)).mean(axis=0) * change[0]).sum(axis=1)[-read:]
    ends = answers.exact_log_odds(np.array(compute(np.concatenate([vectors - change, vectors]))), 1)
    assert [found.empty, found.whole] == pytest.approx(ends.tolist(), abs=1e-4)
    change_of_odds = abs(found.whole - found.empty)
    assert found.adds_up and abs(found.gap) <= max(0.01 * change_of_odds, 0.005)
    assert np.abs(found.amounts - expected).max() <= 0.03 * np.abs(expected).sum()


def test_the_heads_of_a_transformer_are_those_of_keras():
    network, model = random_run("transformer", THREE)
    reading = network.read(TEXT)
    [layer] = [each for each in model.layers if type(each).__name__ == "MultiHeadAttention"]
    import keras

    inputs = keras.Model(model.inputs, layer.input[0] if isinstance(layer.input, list) else layer.input)
    x = inputs(reading.padded())
    _, scores = layer(x, x, return_attention_scores=True)  # (1, heads, looking positions, positions)
    expected = np.array(scores)[0].mean(axis=1)[:, -len(reading.words) :]
    found = attention(network, reading)
    assert found.shape == (network.config.heads, len(reading.words))
    assert found == pytest.approx(expected, abs=1e-5)
