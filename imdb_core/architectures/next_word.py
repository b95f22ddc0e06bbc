"""How a language model learns to predict the next word. Called when a network is built; imports Keras.

The next word is compared with the most frequent words and with a random sample of the rarer ones. A
comparison with all words would take nine tenths of the time. training/candidates.py draws the sample.
"""

from typing import Any

import keras
from keras import ops

HIDDEN = -1e9  # a score that adds nothing to a sum of exponentials


class WordScores(keras.layers.Layer):
    """One bias for each word: how likely it is anywhere. The features pass through unchanged.

    The score of a word at a place is the product of the features there with the word's vector in the
    embedding, plus this number. So the same vectors read and predict words: Press & Wolf 2017, "Using the
    Output Embedding to Improve Language Models".
    """

    def __init__(self, words: int, **options: Any):
        super().__init__(**options)
        self.biases = self.add_weight(shape=(words,), initializer="zeros", name="biases")

    def call(self, features: Any) -> Any:
        return features


class NextWordModel(keras.Model):
    """int32 (batch, words) -> features (batch, words, embedding), trained to predict the next words.

    The targets of train_on_batch are (next words, candidates, corrections), see training/candidates.py.
    `embedding` and `scores` are the layers with the words' vectors and numbers. `correct` is the metric: the
    share of the next words that score highest among the candidates.
    """

    embedding: Any
    scores: WordScores
    correct: Any

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Mean cross-entropy of the next words, in nats; the sum over all other words is estimated.

        Bengio & Senécal 2003, "Quick Training of Probabilistic Neural Nets by Importance Sampling".
        """
        following, candidates, corrections = y
        vectors, biases = self.embedding.embeddings, self.scores.biases
        following = ops.reshape(following, (-1,))
        features = ops.cast(ops.reshape(y_pred, (-1, y_pred.shape[-1])), "float32")
        own = ops.sum(features * ops.take(vectors, following, axis=0), axis=1) + ops.take(biases, following)
        others = ops.matmul(features, ops.transpose(ops.take(vectors, candidates, axis=0)))
        others = others + ops.take(biases, candidates)
        others = ops.where(candidates[None, :] == following[:, None], HIDDEN, others)  # `own` stands for it
        self.correct.update_state(ops.cast(own > ops.max(others, axis=1), "float32"))
        return ops.mean(ops.logaddexp(own, ops.logsumexp(others + corrections, axis=1)) - own)

    def train_on_batch(self, x: Any, y: Any) -> list[float]:
        """One step; returns [loss, accuracy] of this batch."""
        self.reset_metrics()
        measured = super().train_on_batch(x, y, return_dict=True)
        return [float(measured["loss"]), float(measured["accuracy"])]

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """{"loss", "accuracy"} since the metrics were reset."""
        results: dict[str, Any] = self.get_metrics_result()
        return results


def next_word_model(inputs: Any, outputs: Any, name: str) -> NextWordModel:
    """The Keras model from `inputs` to `outputs`; it must have a layer Embedding and a layer WordScores."""
    model = NextWordModel(inputs, outputs, name=name)
    by_type = {type(layer).__name__: layer for layer in model.layers}
    model.embedding, model.scores = by_type["Embedding"], by_type["WordScores"]
    model.correct = keras.metrics.Mean(name="accuracy")
    return model
