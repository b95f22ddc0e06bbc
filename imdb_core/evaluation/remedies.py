"""The setting to change next after a finding of the run doctor: {name: new value}, or None.

Called by doctor and class_rules. Each function proposes one change only.
"""

from typing import Any

from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.errors import ConfigError

Setting = tuple[str, Any]  # (name of a RunConfig field, new value)


def smaller_steps(config: RunConfig) -> dict[str, Any] | None:
    """Smaller weight changes: a clipped gradient, or a lower learning rate.

    The learning rate is tried first if it is above 0.005, or if the gradient is already clipped at 1 or less.
    """
    slower = learning_rate(config, 1 / 10 if config.learning_rate > 0.005 else 1 / 3)
    clipped = ("gradient_clipping", 1.0)
    clip_first = config.learning_rate <= 0.005 and not 0 < config.gradient_clipping <= 1
    return change(config, *((clipped, slower) if clip_first else (slower, clipped)))


def better_learning(config: RunConfig) -> dict[str, Any] | None:
    """For a network that does not learn: less dropout, an adaptive optimizer, or another learning rate."""
    candidates: list[Setting] = [
        (name, 0.2) for name in ("recurrent_dropout", "dropout") if getattr(config, name) >= 0.6
    ]
    if config.optimizer == "sgd":  # sgd has one step size for all weights, so many weights hardly change
        candidates.append(("optimizer", "adam"))
    factor = 0.1 if config.learning_rate >= 0.01 else 3 if config.learning_rate >= 0.001 else 10
    return change(config, *candidates, learning_rate(config, factor))


def less_overfitting(config: RunConfig) -> dict[str, Any] | None:
    """More dropout, or else a smaller network."""
    dropouts = {name: getattr(config, name) for name in ("dropout", "recurrent_dropout")}
    stronger = [(name, round(min(0.5, value + 0.2), 2)) for name, value in dropouts.items()]
    stronger = [(name, value) for name, value in stronger if value > dropouts[name]]
    smaller = [(name, getattr(config, name) // 2) for name in ("units", "embedding_size")]
    return change(config, *stronger, *smaller)


def more_epochs(config: RunConfig) -> dict[str, Any] | None:
    """Twice the epochs, or as many as are allowed."""
    _, most = configs.bounds("epochs")
    epochs = 2 * config.epochs if most is None else min(2 * config.epochs, int(most))
    return change(config, ("epochs", epochs))


def change(config: RunConfig, *candidates: Setting) -> dict[str, Any] | None:
    """The first (name, value) of `candidates` that changes a setting of this network to an allowed value."""
    for name, value in candidates:
        if name not in configs.hyperparameters(config.network) or value == getattr(config, name):
            continue
        try:
            config.changed(**{name: value})
        except ConfigError:
            continue
        return {name: value}
    return None


def learning_rate(config: RunConfig, factor: float) -> Setting:
    """The learning rate times `factor`, in two significant digits: 0.00033, not 0.000333…"""
    return "learning_rate", float(f"{config.learning_rate * factor:.2g}")
