"""The networks: one decorated function each, in tutorials.py and beyond.py. Its keyword arguments are the
knobs the form shows.

A function gets the embedded words (or their ids, embeds=False) and a namespace of layers, and returns the
features that the last Dense(1, sigmoid) judges. `layers` holds Keras's layers (architectures/keras_layers.py)
when a model is built, and is `imdb_core.layer_shapes` when only the table of shapes and parameters is wanted,
so that pages know a network exactly without loading Keras. Called by config, pages, the command line and
training.
"""

import functools
from collections.abc import Callable
from types import SimpleNamespace

from imdb_core import layer_shapes
from imdb_core.architectures import beyond, tutorials  # importing them registers their networks
from imdb_core.architectures.registry import (
    WORD_KNOBS,
    Architecture,
    architecture,
    embedded,
    get,
    knobs,
    names,
    preset_values,
    tutorial_names,
)
from imdb_core.initial_weights import set_word_vectors

__all__ = [
    "Architecture",
    "architecture",
    "beyond",
    "build",
    "connect",
    "get",
    "knobs",
    "layer_table",
    "names",
    "preset_values",
]
__all__ += ["start", "starts", "tutorial_names", "tutorials"]


def layer_table(config) -> list[layer_shapes.Layer]:
    """One row a layer with output shape (None = batch) and parameters, exact for `config`; no Keras needed."""
    used = {name: getattr(config, name) for name in ("review_length", "precision", *knobs(config.network))}
    return list(_layer_table(config.network, get(config.network).features, *used.items()))


@functools.lru_cache(
    1024
)  # every config that is read needs it, and many runs differ only in name, seed or learning rate
def _layer_table(network: str, function: Callable, *used: tuple) -> tuple[layer_shapes.Layer, ...]:
    values = dict(used)
    with layer_shapes.recorded() as rows:
        connect(
            SimpleNamespace(network=network, **values),
            layer_shapes,
            layer_shapes.words(values["review_length"]),
            values,
        )
    return tuple(rows)


def build(config, *, regularised: bool = True, layers=None, precision: str = "float32"):
    """The Keras model of `config`: (batch, any number of words) int ids -> (batch, 1) probability of
    "positive".

    Without regularisation the same weights fit, but no LSTM has dropout inside: that would export as a slow
    loop. `layers` is a namespace that stands in for that of architectures/keras_layers.py; `precision` is one
    of those of RunConfig.
    """
    import keras  # slow to import; pages list networks without it

    from imdb_core.architectures.keras_layers import namespace

    values = dict(config.__dict__)
    if not regularised:
        values |= {"dropout": 0.0, "recurrent_dropout": 0.0}
    inputs = keras.Input((None,), dtype="int32", name="words")
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return keras.Model(
            inputs, connect(config, layers or namespace(), inputs, values), name=config.network
        )
    finally:
        keras.config.set_dtype_policy(usual)


def starts(config) -> list[Callable]:
    """The functions (model, batches) that set what the network of `config` does not begin with at random."""
    vectors = "word_vectors" in knobs(config.network) and config.word_vectors == "co_occurrence"
    return [*get(config.network).start, *([set_word_vectors] if vectors else [])]


def start(model, config, batches) -> None:
    """Set the weights that the network of `config` does not begin with at random; `batches()` yields (words,
    labels).
    """
    for function in starts(config):
        function(model, batches)


def connect(config, layers: SimpleNamespace, inputs, values):
    """The whole network in any namespace of layers: embedding, the network's own layers, and the answer."""
    network = get(config.network)
    x = embedded(inputs, layers, **{knob: values[knob] for knob in WORD_KNOBS}) if network.embeds else inputs
    x = network.features(x, layers, **{knob: values[knob] for knob in network.arguments})
    exact = (
        {} if config.precision == "float32" else {"dtype": "float32"}
    )  # a probability needs more than three digits
    return layers.Dense(1, activation="sigmoid", **exact)(x)
