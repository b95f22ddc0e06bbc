"""The networks: one decorated function each, in tutorials.py and beyond.py.

The keyword arguments of a network's function are the hyperparameters that the form shows; a network whose
layers depend on the number of classes may also name `outputs` (answers.outputs). The function gets
the embedded words (or their ids, `embeds=False`) and a namespace of layers. It returns the features that the
last layer judges (imdb_core/answers.py). To build a model, `layers` holds Keras's layers (keras_layers.py).
To compute shapes and parameter counts, `layers` is the module layer_shapes: pages need the counts without
loading Keras.
Called by config, pages, the command line and training.
"""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from imdb_core import answers, layer_shapes
from imdb_core.architectures import beyond, language, tutorials  # importing them registers their networks
from imdb_core.architectures.registry import (
    NEXT_WORD,
    OUTPUTS,
    WORD_HYPERPARAMETERS,
    Architecture,
    Layers,
    Start,
    Tensor,
    all_names,
    architecture,
    embedded,
    get,
    hyperparameters,
    language_models,
    names,
    predicts_words,
    preset_values,
    tutorial_names,
    unregister,
)
from imdb_core.initial_weights import Batches, set_word_vectors

if TYPE_CHECKING:  # config imports this package
    from imdb_core.config.training_fields import TrainingFields

__all__ = [
    "Architecture",
    "all_names",
    "architecture",
    "beyond",
    "build",
    "connect",
    "get",
    "has_layer",
    "hyperparameters",
    "language",
    "language_models",
    "layer_table",
    "names",
    "predicts_words",
    "preset_values",
    "start",
    "starts",
    "tutorial_names",
    "tutorials",
    "unregister",
]


def layer_table(config: "TrainingFields") -> list[layer_shapes.Layer]:
    """One row per layer: output shape (None = batch) and number of parameters. Does not load Keras."""
    names = ("network", "classes", "review_length", "precision", *hyperparameters(config.network))
    values = ((name, getattr(config, name)) for name in names)
    return list(_layer_table(get(config.network).features, *values))


def has_layer(config: "TrainingFields", *types: str) -> bool:
    """Whether the network has a layer of one of these types, for instance "LSTM"; see layer_table()."""
    return any(row.type in types for row in layer_table(config))


@functools.lru_cache(1024)  # reading a config needs its table, and many runs have the same layers
def _layer_table(function: Callable[..., Tensor], *used: tuple[str, Any]) -> tuple[layer_shapes.Layer, ...]:
    """The table; `function` is part of the cache key, because a test may register the same name again."""
    values = dict(used)
    with layer_shapes.recorded() as rows:
        connect(layer_shapes.words(values["review_length"]), layer_shapes, values=values)
    return tuple(rows)


def build(
    config: "TrainingFields",
    *,
    regularised: bool = True,
    layers: Layers = None,
    precision: str = "float32",
) -> Any:
    """The Keras model of `config`: int32 ids (batch, words) -> (batch, outputs), see answers.py.

    A language model gives (batch, words, embedding), see next_word.py. The number of words may differ from
    batch to batch. Without `regularised`, all dropout is 0 and the same weights fit: the export needs this,
    because recurrent dropout would export as a slow loop. `layers` replaces the namespace of keras_layers.py.
    `precision` is "float32" or "mixed_bfloat16".
    """
    import keras  # slow to import; pages list networks without it

    from imdb_core.architectures.keras_layers import namespace
    from imdb_core.architectures.next_word import next_word_model

    values = dict(config.__dict__)
    if not regularised:
        values |= {"dropout": 0.0, "recurrent_dropout": 0.0}
    inputs = keras.Input((None,), dtype="int32", name="words")
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        outputs = connect(inputs, layers or namespace(), values=values)
        make = next_word_model if predicts_words(config.network) else keras.Model
        return make(inputs, outputs, name=config.network)
    finally:
        keras.config.set_dtype_policy(policy)


def word_embedding(model: Any) -> Any:
    """The layer of a Keras model that looks up the vectors of the words; None if it has none."""
    for layer in model.layers:
        if type(layer).__name__ == "Embedding" and layer.input is model.input:
            return layer
    return None


def starts(config: "TrainingFields") -> list[Start]:
    """The functions (model, batches) that set weights of the network of `config` before training.

    Word vectors are not learned if a language model gives them.
    """
    has_vectors = "word_vectors" in hyperparameters(config.network)
    learns_vectors = has_vectors and config.word_vectors == "co_occurrence" and not config.start_from
    return [*get(config.network).start, *([set_word_vectors] if learns_vectors else [])]


def start(model: Any, config: "TrainingFields", batches: Batches) -> None:
    """Set the weights that do not start at random; `batches()` yields (words, labels)."""
    for function in starts(config):
        function(model, batches)


def connect(inputs: Tensor, layers: Layers, *, values: Mapping[str, Any]) -> Tensor:
    """The whole network in any namespace of layers: embedding, the network's own layers, and the answer.

    `values` are a config's fields by name: `network`, `classes`, `precision` and the network's
    hyperparameters.
    """
    network, classes = get(values["network"]), values["classes"]
    x, values = inputs, {**values, OUTPUTS: answers.outputs(classes)}
    if network.embeds:
        x = embedded(inputs, layers, **{name: values[name] for name in WORD_HYPERPARAMETERS})
    x = network.features(x, layers, **{name: values[name] for name in network.arguments})
    # A probability needs more than the three digits of bfloat16.
    options = {} if values["precision"] == "float32" else {"dtype": "float32"}
    if network.predicts == NEXT_WORD:
        return layers.WordScores(values["vocabulary_size"], **options)(x)
    return answers.head(layers, x, classes, **options)
