"""What a network learns, as the training loop needs it: judging texts, or predicting words. Called by fit.

fit.LabelTask judges texts, next_words.NextWordTask predicts words.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

OnBatch = Callable[[], object]


class Batch(NamedTuple):
    """The arguments of a model's train_on_batch, and the numbers of texts and of words in them."""

    arguments: tuple[Any, ...]
    texts: int
    words: int


class Task(Protocol):
    """What a network learns."""

    @property
    def steps(self) -> int:
        """The number of batches in an epoch."""

    def batches(self, epoch: int) -> Iterator[Batch]:
        """The batches of an epoch, from 1 on. The config's seed and the epoch decide their order."""

    def validate(self, model: Any, on_batch: OnBatch) -> tuple[float, float]:
        """(loss, accuracy) on the validation texts; calls `on_batch()` after each batch."""
