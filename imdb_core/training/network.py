"""The Keras network of a run, ready to train. Called by course.

Imports Keras, so that this module is imported only when the device is set up.
"""

from typing import Any

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.training import adversarial, fit
from imdb_core.training.fast import layers, steps


def trainable_network(config: RunConfig, *, device: str, threads: int) -> Any:
    """The Keras model of `config`, compiled, with the fastest layers, optimizer and step for `device`.

    Raises ConfigError if Keras's backend cannot train it.
    """
    model = architectures.build(
        config,
        layers=layers.layers_for(device, threads, config.batching),
        precision="float32" if device == "cpu" else config.precision,
    )
    fit.compiled(model, config, layers.optimizers_for(device, config.batching))
    if architectures.predicts_words(config.network):
        return model
    if change := config.used().get("adversarial_change"):
        adversarial.learn_adversarially(model, change)
    steps.replace_train_step(model)
    return model
