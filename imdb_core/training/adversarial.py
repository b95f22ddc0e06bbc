"""Adversarial training: each step learns a batch twice, as it is and with changed word vectors.

The step follows the mean of both gradients. The change of a text points along the gradient of the text's
loss: no other change of this length raises the loss more. Its length is a share of the length of the text's
word vectors. Source: Miyato, Dai, Goodfellow 2017, "Adversarial Training Methods for Semi-Supervised Text
Classification", with one difference: there the length is fixed and the vectors are normalised; otherwise a
network could make the change harmless with large vectors. Called by network.
"""

from collections.abc import Callable
from typing import Any

import keras

from imdb_core import architectures
from imdb_core.errors import ConfigError

Batch = tuple[Any, ...]  # (word ids, targets[, weights of the texts])


def learn_adversarially(model: Any, share: float) -> None:
    """Give the compiled `model` a `train_step` that learns adversarially. Raises ConfigError.

    `share` is the length of the change, as a share of the length of all word vectors of a text. The step
    reports the loss and the accuracy on the unchanged texts.
    """
    if keras.backend.backend() != "tensorflow":
        raise ConfigError(
            f"The adversarial change is {share:g}, which needs TensorFlow, but {keras.backend.backend()} "
            "trains this run. Set the adversarial change to 0, or train with KERAS_BACKEND=tensorflow."
        )
    embedding = architectures.word_embedding(model)
    try:
        rest = keras.Model([model.input, embedding.output], model.output)
    except (AttributeError, ValueError) as error:
        raise ConfigError(
            f"The network {model.name} cannot learn adversarially, because no single Embedding layer gives "
            "the vectors of its words. Set the adversarial change to 0."
        ) from error
    model.train_step = _train_step(model, embedding, rest, share)


def changes(words: Any, vectors: Any, gradients: Any, share: float) -> Any:
    """The changes of word vectors that raise the loss most: TensorFlow float32 (texts, words, size).

    `words` (texts, words) holds the word ids, `vectors` (texts, words, size) their vectors, and `gradients`
    (texts, words, size) the gradients of the loss. Padding is not changed. A text whose gradients are all
    zero is not changed either.
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


def _train_step(model: Any, embedding: Any, rest: Any, share: float) -> Callable[[Batch], dict[str, Any]]:
    """The step (batch) -> measures; it changes the weights of `model`.

    `embedding` is the layer that gives the vectors of the words, `rest` the model (ids, vectors) -> answer.
    """
    import tensorflow as tf

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
        change = tf.cast(changes(words, vectors, gradients, share), vectors.dtype)
        computed = [gradient for gradient in first if gradient is not None]
        # A compiled layer keeps the arrays of one forward pass, until its gradients are computed.
        with tf.control_dependencies(computed), tf.GradientTape() as tape:
            changed_loss, _ = loss_of(batch, embedding(words) + change)
        second = tape.gradient(changed_loss, trained)
        halves = [_mean(*pair) for pair in zip(first, second, strict=True)]
        model.optimizer.apply_gradients(zip(halves, model.trainable_variables, strict=True))
        measured = model.compute_metrics(words, targets, answer, *weights)
        return {**measured, "loss": loss}

    return step


def _mean(first: Any, second: Any) -> Any:
    """The mean of two gradients of one weight for the same batch; None for a weight that nothing depends on.

    The gradient of an embedding has one row for each place in the batch. The mean has the same rows, because
    optimizers use the square of each row.
    """
    import tensorflow as tf

    if first is None:
        return None
    if not isinstance(first, tf.IndexedSlices):
        return (first + second) / 2
    return tf.IndexedSlices((first.values + second.values) / 2, first.indices, first.dense_shape)
