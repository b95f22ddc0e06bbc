"""Which networks there are and what is known of each. Filled by tutorials.py and beyond.py, read through the
package.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from imdb_core.errors import ConfigError


@dataclass(frozen=True)
class Architecture:
    """A registered network: `preset` holds what differs from RunConfig's defaults.

    `published` is the tutorial's test accuracy, None for a network that goes beyond the tutorials; `teaches`
    is what the Learn page says about it, without numbers: those are computed. `embeds`: the function gets
    embedded words, else their ids. `start`: functions (model, batches) that set weights before training, see
    initial_weights.py. `tuned`: what a second preset of the same layers changes.
    """

    name: str
    title: str
    features: Callable
    preset: dict[str, Any]
    published: float | None
    in_plain_words: str
    teaches: str = ""
    embeds: bool = True
    start: tuple[Callable, ...] = ()
    tuned: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def arguments(self) -> list[str]:
        """The hyperparameters that the function names."""
        parameters = inspect.signature(self.features).parameters.values()
        return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


WORD_KNOBS = ("vocabulary_size", "embedding_size", "word_dropout")
_registry: dict[str, Architecture] = {}


def architecture(
    title: str, *, says: str, published=None, teaches="", embeds=True, start=(), tuned=None, **preset
):
    """Register the decorated function as a network under its own name; see Architecture."""

    def register(function):
        name = function.__name__
        facts = {"teaches": teaches, "embeds": embeds, "start": start, "tuned": tuned or {}}
        _registry[name] = Architecture(name, title, function, preset, published, says, **facts)
        return function

    return register


def names() -> list[str]:
    """All networks, those of the tutorials first, each group in the order of definition."""
    return sorted(_registry, key=lambda name: _registry[name].published is None)


def tutorial_names() -> list[str]:
    """The networks of the tutorials, which have a published accuracy."""
    return [name for name in names() if _registry[name].published is not None]


def get(name: str) -> Architecture:
    """The network called `name`; raises ConfigError."""
    if name not in _registry:
        raise ConfigError(f"network is {name[:40]!r}; it must be one of {', '.join(names())}.")
    return _registry[name]


def knobs(name: str) -> list[str]:
    """The hyperparameters that the network's layers use."""
    own, looked_up = get(name).arguments, WORD_KNOBS if get(name).embeds else ()
    vectors = ["word_vectors"] if "word_dropout" in (*own, *looked_up) else []  # else there are only phrases
    return list(dict.fromkeys([*looked_up, *vectors, *own]))


def preset_values(name: str, *, tuned: bool = False) -> dict[str, Any]:
    """The network's values that differ from RunConfig's defaults."""
    one = get(name)
    return one.preset | one.tuned if tuned else dict(one.preset)


def embedded(words, layers, *, vocabulary_size, embedding_size, word_dropout):
    """(batch, words) ids -> (batch, words, embedding); while training, a share of the words is hidden
    (zeros).
    """
    x = layers.Embedding(vocabulary_size, embedding_size)(words)
    return layers.Dropout(word_dropout, noise_shape=(None, None, 1))(x) if word_dropout else x
