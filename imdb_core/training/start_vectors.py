"""Keep the word vectors that a network learned before training, see imdb_core/inside/start_vectors.py.

Called by the worker, and by the command `inside` for runs of earlier versions.
"""

from functools import partial
from pathlib import Path
from typing import Any

from imdb_core import architectures, keras_settings
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.initial_weights import set_word_vectors
from imdb_core.inside import start_vectors


def keep(folder: Path, config: RunConfig, model: Any) -> int:
    """Write the word vectors of a model that has not been trained; returns the bytes. Raises OSError.

    Nothing for a network whose vectors are random, or that has none.
    """
    if not start_vectors.are_learned(config):
        return 0
    embedding = architectures.word_embedding(model)
    return start_vectors.write(folder, embedding.get_weights()[0])


def make(folder: Path, config: RunConfig, training: Reviews) -> int:
    """Learn the vectors of a trained network's start anew, from its training reviews, and write them.

    Returns the bytes. Raises OSError.
    """
    if not start_vectors.are_learned(config):
        return 0
    keras = keras_settings.load()
    keras.utils.set_random_seed(config.seed)
    model = architectures.build(config)
    set_word_vectors(model, partial(batches.training_batches, training, config, 0))
    return keep(folder, config, model)
