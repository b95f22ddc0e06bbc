"""All networks and the facts about each. tutorials.py and beyond.py fill it, the package reads it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from imdb_core.errors import ConfigError
from imdb_core.initial_weights import Batches

# Both are Keras objects when a model is built, and stand-ins when only shapes or source text are wanted.
Tensor = Any
Layers = Any

Start = Callable[[Any, Batches], None]  # (model, batches): sets weights before training
CLASS, NEXT_WORD = "class", "next word"  # what a network predicts


@dataclass(frozen=True)
class Architecture:
    """A registered network.

    `features` is its function. `preset` holds the values that differ from RunConfig's defaults, `tuned` the
    changes of a second preset with the same layers. `published` is the tutorial's test accuracy, or None for
    a network that goes beyond the tutorials. `in_plain_words` and `teaches` are shown to learners; they hold
    no numbers, because the pages compute the numbers. `embeds`: the function gets embedded words, else their
    ids. `start`: functions that set weights before training (initial_weights.py). `predicts`: CLASS, or
    NEXT_WORD for a language model, which learns from texts without labels.
    """

    name: str
    title: str
    features: Callable[..., Tensor]
    preset: dict[str, Any]
    published: float | None
    in_plain_words: str
    teaches: str = ""
    embeds: bool = True
    start: tuple[Start, ...] = ()
    tuned: dict[str, Any] = field(default_factory=dict)
    predicts: str = CLASS

    @cached_property
    def arguments(self) -> list[str]:
        """The keyword arguments of `features`: its hyperparameters and, in some networks, `outputs`."""
        parameters = inspect.signature(self.features).parameters.values()
        return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


OUTPUTS = "outputs"  # not a hyperparameter: how many numbers the network gives for a text (answers.outputs)
WORD_HYPERPARAMETERS = ("vocabulary_size", "embedding_size", "word_dropout")
VECTOR_HYPERPARAMETERS = ("word_vectors", "adversarial_change")  # of networks with a vector for each word
_registry: dict[str, Architecture] = {}


def architecture(
    title: str,
    *,
    in_plain_words: str,
    published: float | None = None,
    teaches: str = "",
    embeds: bool = True,
    start: tuple[Start, ...] = (),
    tuned: dict[str, Any] | None = None,
    predicts: str = CLASS,
    **preset: Any,
) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Register the decorated function as a network under its own name; see Architecture."""

    def register(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        _registry[function.__name__] = Architecture(
            function.__name__,
            title,
            function,
            preset,
            published,
            in_plain_words,
            teaches=teaches,
            embeds=embeds,
            start=start,
            tuned=tuned or {},
            predicts=predicts,
        )
        return function

    return register


def unregister(name: str) -> None:
    """Forget the network `name`; for tests that register one."""
    del _registry[name]


def names() -> list[str]:
    """The networks that judge texts: first the tutorials' networks, then the rest.

    Each group is in the order of definition.
    """
    judges = [name for name, network in _registry.items() if network.predicts == CLASS]
    return sorted(judges, key=lambda name: _registry[name].published is None)


def language_models() -> list[str]:
    """The networks that predict the next word, in the order of definition."""
    return [name for name, network in _registry.items() if network.predicts == NEXT_WORD]


def all_names() -> list[str]:
    """The networks that judge texts, then the language models."""
    return [*names(), *language_models()]


def predicts_words(name: str) -> bool:
    """Whether the network `name` is a language model. Raises ConfigError."""
    return get(name).predicts == NEXT_WORD


def tutorial_names() -> list[str]:
    """The networks of the tutorials, which have a published accuracy."""
    return [name for name in names() if _registry[name].published is not None]


def get(name: str) -> Architecture:
    """The network called `name`; raises ConfigError."""
    if name not in _registry:
        raise ConfigError(f"network is {name[:40]!r}; it must be one of {', '.join(all_names())}.")
    return _registry[name]


def hyperparameters(name: str) -> list[str]:
    """The hyperparameters that the layers of the network `name` use, or that act on its word vectors."""
    network = get(name)
    word_hyperparameters = WORD_HYPERPARAMETERS if network.embeds else ()
    has_word_embedding = "word_dropout" in (*network.arguments, *word_hyperparameters)
    vectors = VECTOR_HYPERPARAMETERS if has_word_embedding and network.predicts == CLASS else ()
    own = [name for name in network.arguments if name != OUTPUTS]
    return list(dict.fromkeys([*word_hyperparameters, *vectors, *own]))


def preset_values(name: str, *, tuned: bool = False) -> dict[str, Any]:
    """The network's values that differ from RunConfig's defaults."""
    network = get(name)
    return network.preset | network.tuned if tuned else dict(network.preset)


def embedded(
    words: Tensor, layers: Layers, *, vocabulary_size: int, embedding_size: int, word_dropout: float
) -> Tensor:
    """(batch, words) ids -> (batch, words, embedding); training sets a share of the words to zeros."""
    x = layers.Embedding(vocabulary_size, embedding_size)(words)
    return layers.Dropout(word_dropout, noise_shape=(None, None, 1))(x) if word_dropout else x
