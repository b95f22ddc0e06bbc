"""The five networks of the Keras tutorials, one decorated function each (see the package's docstring)."""

from imdb_core.architectures.registry import Layers, Tensor, architecture

_TUNED = {
    "vocabulary_size": 20_000,
    "word_vectors": "co_occurrence",
    "optimizer": "adamw",
    "weight_decay": 0.3,
    "learning_rate_schedule": "one_cycle",
    "gradient_clipping": 1.0,
    "batch_size": 128,
}
_TUNED_LSTM = _TUNED | {
    "embedding_size": 64,
    "word_dropout": 0.2,
    "label_smoothing": 0.1,
    "learning_rate": 0.003,
    "epochs": 4,
}


@architecture(
    "LSTM",
    published=0.8562,
    tuned=_TUNED_LSTM,
    in_plain_words="Reads the text word by word and remembers what it has read. It judges after the last "
    "word.",
    teaches="First a table, the embedding, gives the numbers of each word. Training fills this table, so "
    "words that are used alike get similar numbers. The LSTM then reads one word after the other. Its gates "
    "decide what the memory forgets, what it takes in and what it shows. Only the memory after the last "
    "word is judged.",
)
def lstm(x: Tensor, layers: Layers, *, units: int) -> Tensor:
    """(batch, words, embedding) -> (batch, units)."""
    return layers.LSTM(units)(x)


@architecture(
    "LSTM + dropout",
    published=0.8493,
    in_plain_words="The LSTM, but training hides a random share of its inputs and of its result, so that "
    "the network cannot rely on single words.",
    teaches="Dropout sets a random share of the values to zero. No single value may carry the answer, so it "
    "is harder to learn the training texts by heart. Dropout acts only in training: training accuracy is "
    "measured with this handicap, validation accuracy without it. Whether dropout helps shows only on "
    "texts that the network was not trained on.",
)
def lstm_dropout(x: Tensor, layers: Layers, *, units: int, dropout: float) -> Tensor:
    """(batch, words, embedding) -> (batch, units)."""
    x = layers.Dropout(dropout)(x)
    x = layers.LSTM(units)(x)
    return layers.Dropout(dropout)(x)


@architecture(
    "LSTM + recurrent dropout",
    published=0.8714,
    in_plain_words="The LSTM with dropout inside: training hides parts of each word and of the memory at "
    "every step. With plain Keras it is the slowest of the five.",
    teaches="The same idea inside the LSTM: while it reads, parts of each word's numbers and of the memory "
    "are set to zero. So the memory cannot rely on single numbers either. On a GPU this costs time, because "
    "the fast LSTM kernel does not support it.",
)
def lstm_recurrent_dropout(
    x: Tensor, layers: Layers, *, units: int, dropout: float, recurrent_dropout: float
) -> Tensor:
    """(batch, words, embedding) -> (batch, units)."""
    return layers.LSTM(units, dropout=dropout, recurrent_dropout=recurrent_dropout)(x)


@architecture(
    "CNN + LSTM",
    published=0.8796,
    tuned=_TUNED | {"word_dropout": 0.1, "learning_rate": 0.002, "epochs": 3},
    in_plain_words="Finds short phrases (convolution), keeps the strongest of neighbouring signals "
    "(pooling), then reads the phrases in order.",
    teaches="The convolution slides over neighbouring words and turns short phrases such as “not good” into "
    "one signal. Pooling keeps only the strongest of neighbouring signals. So the LSTM reads fewer "
    "positions and has less to forget.",
)
def cnn_lstm(
    x: Tensor, layers: Layers, *, filters: int, kernel_size: int, pool_size: int, units: int
) -> Tensor:
    """(batch, words, embedding) -> (batch, units)."""
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(pool_size)(x)  # (batch, words / pool_size, filters)
    return layers.LSTM(units)(x)


@architecture(
    "CNN + LSTM + Dense",
    published=0.8255,
    in_plain_words="A small, fast CNN + LSTM. It knows few words and reads only the end of a text. An "
    "extra layer combines what was found.",
    teaches="Everything is smaller: the network knows fewer words, reads less of a text and remembers "
    "less. This makes it fast. The price: rare words and the beginning of a long text never reach it. The "
    "extra layer combines what the LSTM found.",
    vocabulary_size=500,
    review_length=100,
    kernel_size=5,
    units=50,
    epochs=5,
)
def cnn_lstm_dense(
    x: Tensor,
    layers: Layers,
    *,
    filters: int,
    kernel_size: int,
    pool_size: int,
    units: int,
    dropout: float,
    dense_units: int,
) -> Tensor:
    """(batch, words, embedding) -> (batch, dense_units)."""
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(pool_size)(x)  # (batch, words / pool_size, filters)
    x = layers.LSTM(units)(x)
    x = layers.Dropout(dropout)(x)
    return layers.Dense(dense_units, activation="sigmoid")(x)
