"""How a run's config becomes the arguments of a Keras optimizer. Called by training and by the plain script; needs no Keras."""

from typing import Any

from imdb_core.config import RunConfig


def optimizer_options(config: RunConfig) -> dict[str, Any]:
    """What Keras's optimizer is given beside the learning rate."""
    options: dict[str, Any] = (
        {"global_clipnorm": config.gradient_clipping} if config.gradient_clipping else {}
    )
    if config.optimizer == "adamw":
        options["weight_decay"] = config.weight_decay
    if config.weight_averaging:
        options |= {"use_ema": True, "ema_momentum": config.weight_averaging}
    return options
