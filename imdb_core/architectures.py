"""The networks: one decorated function each. Its keyword arguments are the knobs the form shows.

A function gets the embedded words (or their ids, embeds=False) and a namespace of layers, and returns the features that the last
Dense(1, sigmoid) judges. `layers` holds Keras's layers (training/layers.py) when a model is built, and is
`imdb_core.layer_shapes` when only the table of shapes and parameters is wanted, so that pages know a network exactly without
loading Keras. Called by config, pages, the command line and training.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from imdb_core import layer_shapes
from imdb_core.errors import ConfigError
from imdb_core.phrases import learn_phrases, set_log_count_ratios


@dataclass(frozen=True)
class Architecture:
    """A registered network: `preset` holds what differs from RunConfig's defaults.

    `published` is the tutorial's test accuracy, None for a network that goes beyond the tutorials; `teaches` is what the Learn
    page says about it, without numbers: those are computed. `embeds`: the function gets embedded words, else their ids.
    `start`: functions (model, batches) that set weights before training, see phrases.py. `tuned`: what a second preset of the
    same layers changes.
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

    @property
    def arguments(self) -> list[str]:
        """The hyperparameters that the function names."""
        parameters = inspect.signature(self.features).parameters.values()
        return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


_registry: dict[str, Architecture] = {}


def architecture(title: str, *, says: str, published=None, teaches="", embeds=True, start=(), tuned=None, **preset):
    """Register the decorated function as a network under its own name; see Architecture."""

    def register(function):
        name = function.__name__
        facts = {"teaches": teaches, "embeds": embeds, "start": start, "tuned": tuned or {}}
        _registry[name] = Architecture(name, title, function, preset, published, says, **facts)
        return function

    return register


@architecture(
    "LSTM",
    published=0.8562,
    tuned={
        "vocabulary_size": 20_000,
        "optimizer": "adamw",
        "weight_decay": 0.3,
        "learning_rate": 0.003,
        "learning_rate_schedule": "one_cycle",
        "gradient_clipping": 1.0,
        "batch_size": 128,
        "epochs": 4,
    },
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
    tuned={
        "vocabulary_size": 20_000,
        "optimizer": "adamw",
        "weight_decay": 0.3,
        "learning_rate": 0.002,
        "learning_rate_schedule": "one_cycle",
        "gradient_clipping": 1.0,
        "batch_size": 128,
        "epochs": 3,
    },
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
    epochs=3,
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


@architecture(
    "GRU + attention",
    says="Two memories read the review, one from the end; then it weighs the words and judges by what it paid attention to.",
    teaches="Which words matter is learned, too: every word gets a share of attention, the shares add up to one, and the "
    "judgement is made on the weighted mean. The shares can be shown under a review, but beware: they tell where the network "
    "looked, not why it decided so. A GRU is an LSTM with one gate less.",
    vocabulary_size=20_000,
    embedding_size=64,
    units=64,
    dropout=0.4,
    learning_rate=0.003,
    gradient_clipping=1.0,
    weight_averaging=0.99,
    batch_size=128,
    epochs=2,
)
def gru_attention(x, layers, *, units, dropout):
    """(batch, words, embedding) -> (batch, 2 units). GRU: Cho et al. 2014; additive attention: Bahdanau, Cho, Bengio 2015, in
    the form of Yang et al. 2016, "Hierarchical Attention Networks"."""
    x = layers.SpatialDropout1D(dropout)(x)
    x = layers.Bidirectional(layers.GRU(units, return_sequences=True))(x)  # (batch, words, 2 units)
    scores = layers.Dense(1)(layers.Dense(units, activation="tanh")(x))
    attention = layers.Softmax(axis=1)(scores)  # (batch, words, 1), shown by the text box
    return layers.Flatten()(layers.Dot(axes=1)([attention, x]))


@architecture(
    "Transformer",
    says="Every word looks at every other word and takes from each what it needs; the mean of what was found is judged.",
    teaches="No reading in order at all: attention lets each word gather from all others at once, several heads side by side, "
    "and waves added to the words tell where they stand. Large networks of this kind write texts; from scratch, on so few "
    "reviews, it has no advantage over simpler ones, and its work grows with the square of the length.",
    vocabulary_size=20_000,
    review_length=300,
    dropout=0.3,
    dense_units=32,
    weight_averaging=0.99,
    epochs=2,
)
def transformer(x, layers, *, embedding_size, heads, dense_units, dropout):
    """(batch, words, embedding) -> (batch, embedding). One encoder block of Vaswani et al. 2017, "Attention Is All You Need"."""
    x = layers.Dropout(dropout)(layers.Positions()(x))
    attended = layers.MultiHeadAttention(heads, max(1, embedding_size // heads))(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(dropout)(attended)]))
    inner = layers.Dense(embedding_size)(layers.Dense(dense_units, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(dropout)(inner)]))
    return layers.Dropout(dropout)(layers.GlobalAveragePooling1D()(x))


@architecture(
    "Phrases averaged",
    says="Looks up every word and every phrase of up to three words, and judges by the mean of what it finds.",
    teaches="No memory, no convolution: phrases of up to three neighbours are looked up as a whole, and their numbers are "
    "averaged. “not good” simply is an entry of its own. There are too many phrases to keep them all; known are only those that "
    "stand in at least two reviews.",
    embeds=False,
    start=(learn_phrases,),
    vocabulary_size=50_000,
    review_length=1000,
    embedding_size=2,
    learning_rate=0.02,
    batch_size=128,
    epochs=5,
)
def ngram_linear(words, layers, *, embedding_size, longest_ngram, ngram_buckets):
    """(batch, words) ids -> (batch, embedding). Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification"."""
    ids = layers.NGrams(longest_ngram, ngram_buckets)(words)
    x = layers.Embedding(ngram_buckets, embedding_size, mask_zero=True)(ids)
    return layers.MaskedAverage()(x)


@architecture(
    "Phrases, naive Bayes",
    says="Counts first how much more often each word and phrase stands in positive reviews; training then weighs these counts.",
    teaches="Training need not start from nothing. How often a phrase occurs in positive and in negative reviews can be counted "
    "in a second, and that alone (naive Bayes) is a fair judge. Here these ratios are the start, and training learns how far to "
    "trust each.",
    embeds=False,
    start=(learn_phrases, set_log_count_ratios),
    vocabulary_size=88_587,
    review_length=1000,
    learning_rate=0.002,
    batch_size=128,
    epochs=5,
)
def nb_ngram(words, layers, *, longest_ngram, ngram_buckets):
    """(batch, words) ids -> (batch, 1). Wang & Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic
    Classification"; the ratios stay, the weights beside them are trained."""
    ids = layers.NGrams(longest_ngram, ngram_buckets)(words)
    ratios = layers.Embedding(ngram_buckets, 1, trainable=False)(ids)
    weights = layers.Embedding(ngram_buckets, 1, embeddings_initializer="zeros")(ids)
    return layers.Flatten()(layers.Dot(axes=1)([ratios, weights]))


@architecture(
    "Wide + deep",
    says="Two judges trained together: one counts words and phrases, the other looks for patterns; the answer adds both up.",
    teaches="Counting phrases is hard to beat where single words tell a lot; a network that compares words by their meaning sees "
    "what was never counted. Trained together, each learns what the other one misses.",
    embeds=False,
    start=(learn_phrases, set_log_count_ratios),
    vocabulary_size=30_000,
    review_length=1000,
    embedding_size=32,
    filters=64,
    dropout=0.5,
    learning_rate=0.002,
    weight_averaging=0.99,
    epochs=3,
)
def wide_deep(words, layers, *, vocabulary_size, embedding_size, filters, dropout, longest_ngram, ngram_buckets):
    """(batch, words) ids -> (batch, 1 + 3 filters). Cheng et al. 2016, "Wide & Deep Learning", with nb_ngram and text_cnn."""
    wide = nb_ngram(words, layers, longest_ngram=longest_ngram, ngram_buckets=ngram_buckets)
    deep = text_cnn(layers.Embedding(vocabulary_size, embedding_size)(words), layers, filters=filters, dropout=dropout)
    return layers.Concatenate()([wide, deep])


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
    """The hyperparameters that the network's layers use."""
    own = get(name).arguments
    return own if not get(name).embeds or "embedding_size" in own else ["embedding_size", *own]


def preset_values(name: str, *, tuned: bool = False) -> dict[str, Any]:
    """The network's values that differ from RunConfig's defaults."""
    one = get(name)
    return one.preset | one.tuned if tuned else dict(one.preset)


def layer_table(config) -> list[layer_shapes.Layer]:
    """One row a layer with output shape (None = batch) and parameters, exact for `config`; no Keras needed."""
    with layer_shapes.recorded() as rows:
        connect(config, layer_shapes, layer_shapes.words(config.review_length), config.__dict__)
    return rows


def build(config, *, regularised: bool = True, layers=None, precision: str = "float32"):
    """The Keras model of `config`: (batch, any number of words) int ids -> (batch, 1) probability of "positive".

    Without regularisation the same weights fit, but no dropout is left: recurrent dropout would export as a slow loop.
    `layers` is a namespace that stands in for that of training/layers.py; `precision` is one of those of RunConfig.
    """
    import keras  # slow to import; pages list networks without it

    from imdb_core.training.layers import namespace

    values = dict(config.__dict__)
    if not regularised:
        values |= {"dropout": 0.0, "recurrent_dropout": 0.0}
    inputs = keras.Input((None,), dtype="int32", name="words")
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return keras.Model(inputs, connect(config, layers or namespace(), inputs, values), name=config.network)
    finally:
        keras.config.set_dtype_policy(usual)


def start(model, config, batches) -> None:
    """Set the weights that the network of `config` does not begin with at random; `batches()` yields (words, labels)."""
    for function in get(config.network).start:
        function(model, batches)


def connect(config, layers: SimpleNamespace, inputs, values):
    """The whole network in any namespace of layers: embedding, the network's own layers, and the answer."""
    network = get(config.network)
    x = layers.Embedding(config.vocabulary_size, config.embedding_size)(inputs) if network.embeds else inputs
    x = network.features(x, layers, **{knob: values[knob] for knob in network.arguments})
    exact = {} if config.precision == "float32" else {"dtype": "float32"}  # a probability needs more than three digits
    return layers.Dense(1, activation="sigmoid", **exact)(x)
