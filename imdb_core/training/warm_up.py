"""What a standby does before it has a run: import Keras, load compiled code, train one batch, read the texts.

The first model and the first step of a process take more than a second; later models and steps take a
third of a second. A later training computes the same numbers with and without a warm-up. Called by
training.standby.
"""

import contextlib
from collections.abc import Callable

import numpy as np

from imdb_core import answers, architectures, keras_settings
from imdb_core.config import RunConfig, preset
from imdb_core.data import sources
from imdb_core.errors import UserError
from imdb_core.training.worker import Chosen

BATCH = 64, 100  # reviews and words


def get_ready(network: str, dataset: str, chosen: Chosen, is_taken: Callable[[], bool]) -> None:
    """Do each step until a run is taken. Call it after device_setup.prepare()."""
    keras = keras_settings.load()
    try:
        if not is_taken():
            _train_a_batch(preset(network), chosen)
        if not is_taken():
            _read_texts(dataset)
    finally:
        keras.utils.clear_session()  # the names of layers count from the beginning again


def _train_a_batch(config: RunConfig, chosen: Chosen) -> None:
    """Train and score a batch of random words; a language model, whose batches differ, is only built."""
    from imdb_core.training.network import trainable_network  # imports Keras, so after its settings

    model = trainable_network(config, **chosen._asdict())
    if architectures.predicts_words(config.network):
        return
    words = np.random.default_rng(0).integers(1, config.vocabulary_size, BATCH, np.int32)
    model.train_on_batch(words, answers.targets(np.zeros(len(words), np.uint8), config.classes))
    model.predict_on_batch(words)


def _read_texts(dataset: str) -> None:
    """Convert the texts if that was not done yet; the system then keeps their files in memory."""
    with contextlib.suppress(OSError, UserError):
        source = sources.get(dataset)
        if source.is_available():
            source.stored()
