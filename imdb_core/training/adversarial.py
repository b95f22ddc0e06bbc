"""Adversarial training: each batch counts half as it is, and half with word vectors changed for the worse.

The change of a text points along the gradient of the text's loss, so it is the small change that makes the
network err most. It is a share of the length of the text's word vectors. Source: Miyato, Dai, Goodfellow
2017, "Adversarial Training Methods for Semi-Supervised Text Classification", with one difference: there the
change has a fixed length and the vectors are normalised, so that they cannot outgrow it. Called by network.
"""

from collections.abc import Callable
from typing import Any

import keras

from imdb_core import architectures
from imdb_core.errors import ConfigError

Batch = tuple[Any, ...]  # (word ids, targets[, weights of the texts])


def replace_train_step(model: Any, share: float) -> None:
    """Give the compiled `model` a training step that learns adversarially. Raises ConfigError.

    `share` is the length of the change, as a share of the length of all word vectors of a text. Loss and
    accuracy of the step are those of the texts as they are.
    """
    if keras.backend.backend() != "tensorflow":
        raise ConfigError(
            f"The adversarial change is {share:g}, which needs TensorFlow, but {keras.backend.backend()} "
            "trains this run. Set the adversarial change to 0, or train with KERAS_BACKEND=tensorflow."
        )
    model.train_step = _train_step(model, share)


def changes(words: Any, vectors: Any, gradients: Any, share: float) -> Any:
    """The changes of word vectors that raise the loss most: TensorFlow float32 (texts, words, size).

    `vectors` (texts, words, size) are the vectors of the ids `words` (texts, words), `gradients` those of the
    loss. Padding is not changed. A text without a gradient stays as it is.
    """
    import tensorflow as tf

    is_word = tf.cast(words > 0, tf.float32)[:, :, None]
    direction, size = tf.cast(gradients, tf.float32) * is_word, tf.cast(vectors, tf.float32) * is_word
    length = share * _length(size) / tf.maximum(_length(direction), 1e-12)
    return length * direction


def _length(vectors: Any) -> Any:
    """The Euclidean length of all numbers of each text: (texts, 1, 1)."""
    import tensorflow as tf

    return tf.sqrt(tf.reduce_sum(tf.square(vectors), axis=(1, 2), keepdims=True))


def _train_step(model: Any, share: float) -> Callable[[Batch], dict[str, Any]]:
    """The step (batch) -> measures; it changes the weights of `model`."""
    import tensorflow as tf

    embedding = architectures.word_embedding(model)
    rest = keras.Model([model.input, embedding.output], model.output)

    def loss_of(batch: Batch, vectors: Any) -> tuple[Any, Any]:
        words, targets, *weights = batch
        answer = rest([words, vectors], training=True)
        return model.compute_loss(words, targets, answer, *weights, training=True), answer

    def step(batch: Batch) -> dict[str, Any]:
        words, targets, *weights = batch
        trained = [variable.value for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            vectors = embedding(words)
            loss, answer = loss_of(batch, vectors)
        first, gradients = tape.gradient(loss, (trained, vectors))
        # Compiled layers keep the arrays of one forward pass. As the change needs the gradients, the second
        # pass begins after the gradients of the first are computed.
        change = tf.cast(changes(words, vectors, gradients, share), vectors.dtype)
        with tf.GradientTape() as tape:
            changed_loss, _ = loss_of(batch, embedding(words) + change)
        second = tape.gradient(changed_loss, trained)
        halves = [_mean(*pair) for pair in zip(first, second, strict=True)]
        model.optimizer.apply_gradients(zip(halves, model.trainable_variables, strict=True))
        measured = model.compute_metrics(words, targets, answer, *weights)
        return {**measured, "loss": loss}

    return step


def _mean(first: Any, second: Any) -> Any:
    """The mean of two gradients; those of an embedding are rows of words, and stay so."""
    import tensorflow as tf

    if not isinstance(first, tf.IndexedSlices):
        return (first + second) / 2
    values = tf.concat([first.values, second.values], axis=0) / 2
    return tf.IndexedSlices(values, tf.concat([first.indices, second.indices], axis=0), first.dense_shape)
