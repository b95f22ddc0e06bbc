"""The networks: one decorated function each. Its keyword arguments are the knobs the form shows.

A function gets the embedded words and a namespace of layers and returns the features the last Dense(1, sigmoid) judges.
`layers` is `keras.layers` when a model is built and `imdb_core.layer_shapes` when only the table of shapes and parameters is
wanted, so that pages know a network exactly without loading Keras. Called by config, pages, the command line and training.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from imdb_core import layer_shapes
from imdb_core.errors import ConfigError


@dataclass(frozen=True)
class Architecture:
    """A registered network: `preset` holds what differs from RunConfig's defaults.

    `published` is the tutorial's test accuracy, None for a network that goes beyond the tutorials; `teaches` is what the Learn
    page says about it, without numbers: those are computed.
    """

    name: str
    title: str
    features: Callable
    preset: dict[str, Any]
    published: float | None
    in_plain_words: str
    teaches: str = ""


_registry: dict[str, Architecture] = {}


def architecture(title: str, *, published: float | None = None, says: str, teaches: str = "", **preset):
    """Register the decorated function as a network under its own name."""

    def register(function):
        _registry[function.__name__] = Architecture(function.__name__, title, function, preset, published, says, teaches)
        return function

    return register


@architecture(
    "LSTM",
    published=0.8562,
    says="Reads the review word by word, keeps a memory of what was said, and judges when the last word is read.",
    teaches="Each word is first looked up in a table of numbers that training fills, the embedding: words that are used alike "
    "end up with similar numbers. The LSTM reads these one word after the other; gates decide what its memory forgets, takes in "
    "and shows. Only the memory after the last word is judged.",
)
def lstm(x, layers, *, units):
    """(batch, words, embedding) -> (batch, units)."""
    return layers.LSTM(units)(x)


@architecture(
    "LSTM + dropout",
    published=0.8493,
    says="The LSTM, but while training a share of the inputs and of the memory's result is hidden, "
    "so that it cannot rely on single words.",
    teaches="Hiding a random share of the values makes learning by heart harder: no single one may carry the answer. It acts "
    "only while training, so training accuracy is measured with a handicap that validation does not have. Whether it helps shows "
    "only on reviews that were not learned from.",
)
def lstm_dropout(x, layers, *, units, dropout):
    """(batch, words, embedding) -> (batch, units)."""
    x = layers.Dropout(dropout)(x)
    x = layers.LSTM(units)(x)
    return layers.Dropout(dropout)(x)


@architecture(
    "LSTM + recurrent dropout",
    published=0.8714,
    says="The LSTM with dropout inside: parts of each word and of the memory itself are hidden at every step. "
    "The slowest of the five as plain Keras computes it.",
    teaches="The same idea inside the LSTM: parts of the words' numbers and of the memory are hidden while it reads, so that the "
    "memory cannot lean on single places either. On a GPU the price is time: its fast way to compute an LSTM does not allow it.",
)
def lstm_recurrent_dropout(x, layers, *, units, dropout, recurrent_dropout):
    """(batch, words, embedding) -> (batch, units)."""
    return layers.LSTM(units, dropout=dropout, recurrent_dropout=recurrent_dropout)(x)


@architecture(
    "CNN + LSTM",
    published=0.8796,
    says="First finds short phrases (convolution), keeps the strongest of neighbours (pooling), then reads the phrases in order.",
    teaches="The convolution slides over neighbouring words and turns short phrases such as “not good” into one signal. Pooling "
    "keeps only the strongest of neighbouring signals, so the LSTM behind it has a shorter way to go and less to forget.",
)
def cnn_lstm(x, layers, *, filters, kernel_size, pool_size, units):
    """(batch, words, embedding) -> (batch, units)."""
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(pool_size)(x)  # (batch, words / pool_size, filters)
    return layers.LSTM(units)(x)


@architecture(
    "CNN + LSTM + Dense",
    published=0.8255,
    says="A small, quick CNN + LSTM that knows few words and reads only the end of a review; an extra layer weighs the findings.",
    teaches="Everything is smaller: fewer words known, less of a review read, less memory. That makes it quick, and it is also "
    "what it gives up: rarer words and the beginning of a long review never reach it. The extra layer combines what was found.",
    vocabulary_size=500,
    review_length=100,
    kernel_size=5,
    units=50,
    epochs=5,
)
def cnn_lstm_dense(x, layers, *, filters, kernel_size, pool_size, units, dropout, dense_units):
    """(batch, words, embedding) -> (batch, dense_units)."""
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(pool_size)(x)  # (batch, words / pool_size, filters)
    x = layers.LSTM(units)(x)
    x = layers.Dropout(dropout)(x)
    return layers.Dense(dense_units, activation="sigmoid")(x)


@architecture(
    "Two-way LSTM + max",
    says="Two LSTMs read the review, one from the end; of all they noticed, wherever it stood, the strongest counts.",
    teaches="A judgement made at the last word must carry everything until then. Here the memory is looked at after every "
    "word, and of each of its numbers the largest is kept, so what was said first counts as much as what was said last. The "
    "second LSTM reads backwards and so knows what comes after a word.",
    vocabulary_size=20_000,
    embedding_size=64,
    units=64,
    dropout=0.4,
    learning_rate=0.002,
    gradient_clipping=1.0,
    weight_averaging=0.995,
    epochs=4,
)
def bilstm_max(x, layers, *, units, dropout):
    """(batch, words, embedding) -> (batch, 2 units). After Conneau et al. 2017, "Supervised Learning of Universal Sentence
    Representations"; spatial dropout after Tompson et al. 2015."""
    x = layers.SpatialDropout1D(dropout)(x)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)  # (batch, words, 2 units)
    return layers.GlobalMaxPooling1D()(x)


@architecture(
    "Text CNN",
    says="Looks for phrases of three, four and five words anywhere in the review; each detector reports its strongest find.",
    teaches="No memory and no order beyond a phrase: each detector slides over the review and only its strongest find counts. "
    "That is often all it takes to judge a film review, and all positions can be computed at once.",
    vocabulary_size=20_000,
    embedding_size=64,
    filters=64,
    dropout=0.5,
    learning_rate=0.002,
    weight_averaging=0.995,
    epochs=5,
)
def text_cnn(x, layers, *, filters, dropout):
    """(batch, words, embedding) -> (batch, 3 filters). Kim 2014, "Convolutional Neural Networks for Sentence Classification"."""
    x = layers.SpatialDropout1D(dropout)(x)
    found = [layers.Conv1D(filters, size, padding="same", activation="relu")(x) for size in (3, 4, 5)]
    strongest = [layers.GlobalMaxPooling1D()(one) for one in found]
    return layers.Dropout(dropout)(layers.Concatenate()(strongest))


def names() -> list[str]:
    """All networks in the order of their definition."""
    return list(_registry)


def tutorial_names() -> list[str]:
    """The networks of the tutorials, which have a published accuracy."""
    return [name for name, one in _registry.items() if one.published is not None]


def get(name: str) -> Architecture:
    """The network called `name`; raises ConfigError."""
    if name not in _registry:
        raise ConfigError(f"network is {name!r}; it must be one of {', '.join(_registry)}.")
    return _registry[name]


def knobs(name: str) -> list[str]:
    """The hyperparameters that the network's own layers use."""
    parameters = inspect.signature(get(name).features).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


def preset_values(name: str) -> dict[str, Any]:
    """The tutorial's values that differ from RunConfig's defaults."""
    return dict(get(name).preset)


def layer_table(config) -> list[layer_shapes.Layer]:
    """One row a layer with output shape (None = batch) and parameters, exact for `config`; no Keras needed."""
    with layer_shapes.recorded() as rows:
        connect(config, layer_shapes, layer_shapes.words(config.review_length), config.__dict__)
    return rows


def build(config, *, regularised: bool = True, layers=None):
    """The Keras model of `config`: (batch, any number of words) int ids -> (batch, 1) probability of "positive".

    Without regularisation the same weights fit, but no dropout is left: recurrent dropout would export as a slow loop.
    `layers` is a namespace that stands in for keras.layers.
    """
    import keras  # slow to import; pages list networks without it

    values = dict(config.__dict__)
    if not regularised:
        values |= {"dropout": 0.0, "recurrent_dropout": 0.0}
    inputs = keras.Input((None,), dtype="int32", name="words")
    return keras.Model(inputs, connect(config, layers or keras.layers, inputs, values), name=config.network)


def connect(config, layers: SimpleNamespace, inputs, values):
    """The whole network in any namespace of layers: embedding, the network's own layers, and the answer."""
    x = layers.Embedding(config.vocabulary_size, config.embedding_size)(inputs)
    x = get(config.network).features(x, layers, **{knob: values[knob] for knob in knobs(config.network)})
    return layers.Dense(1, activation="sigmoid")(x)
