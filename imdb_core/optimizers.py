"""The arguments of a run's Keras optimizer. Called by training and by the plain script; needs no Keras."""

from typing import Any

from imdb_core.config import RunConfig


def optimizer_options(config: RunConfig) -> dict[str, Any]:
    """The arguments of Keras's optimizer besides the learning rate."""
    options: dict[str, Any] = {}
    if config.gradient_clipping:
        options["global_clipnorm"] = config.gradient_clipping
    if config.optimizer == "adamw":
        options["weight_decay"] = config.weight_decay
    if config.weight_averaging:
        options |= {"use_ema": True, "ema_momentum": config.weight_averaging}
    return options
