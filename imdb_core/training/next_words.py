"""The task of a language model: to predict each next word. Called by word_course."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.config import RunConfig
from imdb_core.data.reviews import PAD, Reviews
from imdb_core.data.windows import Windows
from imdb_core.training.candidates import Candidates
from imdb_core.training.task import Batch, OnBatch

MOST_VALIDATION_WORDS = 100_000  # scoring all words of the vocabulary at each place takes time
SCORES = 2**24  # that are in memory at once
VALIDATION_DRAW = 0  # the epoch whose order of texts the validation has; training counts from 1


class NextWordTask:
    """The task (task.Task) of predicting each next word of `train`; `validation` holds other texts."""

    def __init__(self, train: Reviews, validation: Reviews, config: RunConfig) -> None:
        self._train = Windows(train, config.review_length)
        self._validation = Windows(validation, config.review_length)
        self._config = config
        self._candidates = Candidates(np.bincount(train.ids, minlength=config.vocabulary_size))

    @property
    def steps(self) -> int:
        return max(1, len(self._train) // self._config.batch_size)

    def batches(self, epoch: int) -> Iterator[Batch]:
        random = np.random.default_rng([self._config.seed, epoch])
        for words, following in self._train.batches(self._config.batch_size, random):
            targets = following, *self._candidates.draw(random)
            yield Batch((words, targets), len(words), words.size)

    def validate(self, model: Any, on_batch: OnBatch) -> tuple[float, float]:
        """(mean cross-entropy in nats, share of right next words): both over all words of the vocabulary."""
        random = np.random.default_rng([self._config.seed, VALIDATION_DRAW])
        vectors, biases = np.asarray(model.embedding.embeddings), np.asarray(model.scores.biases)
        losses, right, places = 0.0, 0, 0
        for words, following in self._validation.batches(self._config.batch_size, random):
            features = np.asarray(model.predict_on_batch(words)).reshape(-1, vectors.shape[1])
            loss, correct = _judged(features, vectors, biases, following.ravel())
            losses, right, places = losses + loss, right + correct, places + following.size
            on_batch()
            if places >= MOST_VALIDATION_WORDS:
                break
        return losses / places, right / places


def _judged(
    features: NDArray[np.float32],
    vectors: NDArray[np.float32],
    biases: NDArray[np.float32],
    following: NDArray[np.int32],
) -> tuple[float, int]:
    """(sum of the cross-entropies, number of right predictions) at all places."""
    losses, right, block = 0.0, 0, max(1, SCORES // len(biases))
    for start in range(0, len(following), block):
        own = following[start : start + block]
        scores = features[start : start + block] @ vectors.T + biases
        scores[:, PAD] = -np.inf  # is no word
        largest = scores.max(axis=1)
        sums = np.log(np.exp(scores - largest[:, None]).sum(axis=1)) + largest
        losses += float((sums - scores[np.arange(len(own)), own]).sum(dtype=np.float64))
        right += int((scores.argmax(axis=1) == own).sum())
    return losses, right
