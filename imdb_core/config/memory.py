"""The memory that training will need, from shapes and parameter counts. Called by contradictions.py."""

import math
from collections.abc import Sequence

from imdb_core import architectures
from imdb_core.config.training_fields import TrainingFields
from imdb_core.data.batches import EVALUATION_BATCH
from imdb_core.layer_shapes import Layer

MOST_GIBIBYTES = 6
MEMORY_LIMIT_BYTES = MOST_GIBIBYTES * 2**30
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")
BYTES_PER_NUMBER = 4  # float32
NUMBERS_PER_WEIGHT = 4  # the weight, its gradient, and Adam's two averages
NUMBERS_PER_PLACE = 2 * 2048  # scores of a language model: training/candidates.py, and their gradients
NUMBERS_PER_UNIT = 8  # gates and states that a recurrent layer keeps for the backward pass


def excessive_gibibytes(config: TrainingFields) -> float | None:
    """The memory that training needs, in GiB, if it is more than the limit; else None."""
    needed = memory_bytes(config)
    return needed / 2**30 if needed > MEMORY_LIMIT_BYTES else None


def memory_bytes(config: TrainingFields) -> int:
    """A rough upper estimate of the memory for training, in bytes.

    It counts the weights with Adam's state, and the results of one batch, kept for the backward pass.
    """
    rows = architectures.layer_table(config)
    weights = sum(row.parameters for row in rows)
    results = sum(_result_size(row) for row in rows)
    states = sum(
        _positions_read(rows, number) * config.units * NUMBERS_PER_UNIT
        for number, row in enumerate(rows)
        if row.type in RECURRENT
    )
    numbers = 2 * config.batch_size * (results + states) + _attention_tables(rows, config)
    return BYTES_PER_NUMBER * (NUMBERS_PER_WEIGHT * weights + numbers)


def _result_size(row: Layer) -> int:
    """How many numbers a layer computes for one review.

    A result without positions is small and counts as 0, except an LSTM's.
    """
    if row.type == "WordScores":  # each place is compared with so many words
        return int(row.output_shape[1]) * NUMBERS_PER_PLACE
    counts = len(row.output_shape) == 3 or row.type == "LSTM"
    return math.prod(size for size in row.output_shape[1:] if size is not None) if counts else 0


def _attention_tables(rows: Sequence[Layer], config: TrainingFields) -> int:
    """The numbers of the tables in which attention compares every word with every other."""
    if not any(row.type == "MultiHeadAttention" for row in rows):
        return 0
    return max(2 * config.batch_size, EVALUATION_BATCH) * config.heads * config.review_length**2


def _positions_read(rows: Sequence[Layer], number: int) -> int:
    """How many positions the layer in row `number` reads."""
    shapes = [row.output_shape for row in rows[:number]]
    return next((shape[1] or 1 for shape in reversed(shapes) if len(shape) == 3), 1)
