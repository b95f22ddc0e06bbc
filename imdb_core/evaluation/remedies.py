"""The one setting to change next, against what the run doctor has seen: {name: new value}, or None.

Called by doctor.
"""

from imdb_core import config as configs
from imdb_core.errors import ConfigError


def calmer(config) -> dict | None:
    """Smaller weight changes: clip the gradient first, unless the learning rate is plainly large or a limit
    is there already.
    """
    smaller = rate(config, 1 / 10 if config.learning_rate > 0.005 else 1 / 3)
    clipped = ("gradient_clipping", 1.0)
    clip_first = config.learning_rate <= 0.005 and not 0 < config.gradient_clipping <= 1
    return change(config, *((clipped, smaller) if clip_first else (smaller, clipped)))


def livelier(config) -> dict | None:
    """What lets a network begin to learn: less hidden, an optimizer that adapts to each weight, another
    learning rate.
    """
    candidates = [(knob, 0.2) for knob in ("recurrent_dropout", "dropout") if getattr(config, knob) >= 0.6]
    if config.optimizer == "sgd":  # without adapting to each weight, its changes are tiny
        candidates.append(("optimizer", "adam"))
    factor = 0.1 if config.learning_rate >= 0.01 else 3 if config.learning_rate >= 0.001 else 10
    return change(config, *candidates, rate(config, factor))


def less_by_heart(config) -> dict | None:
    """Against overfitting: hide more, else a smaller network."""
    stronger = [(knob, round(min(0.5, getattr(config, knob) + 0.2), 2)) for knob in ("dropout", "recurrent_dropout")]
    stronger = [(knob, value) for knob, value in stronger if value > getattr(config, knob)]
    smaller = [(knob, getattr(config, knob) // 2) for knob in ("units", "embedding_size")]
    return change(config, *stronger, *smaller)


def longer(config) -> dict | None:
    """Twice the epochs, as far as they are allowed."""
    return change(config, ("epochs", min(2 * config.epochs, int(configs.bounds("epochs")[1]))))


def change(config, *candidates) -> dict | None:
    """The first of the (name, value) pairs that this network uses, that is new, and that the config's checks
    accept.
    """
    for name, value in candidates:
        if name not in configs.settings(config.network) or value == getattr(config, name):
            continue
        try:
            config.changed(**{name: value})
        except ConfigError:
            continue
        return {name: value}
    return None


def rate(config, factor: float) -> tuple[str, float]:
    """The learning rate times `factor`, in two significant digits: 0.00033, not 0.000333…"""
    return "learning_rate", float(f"{config.learning_rate * factor:.2g}")
