"""The five networks of the Keras tutorials: one decorated function each, see the package's first lines."""

from imdb_core.architectures.registry import architecture

_TUNED = {
    "vocabulary_size": 20_000,
    "word_vectors": "co_occurrence",
    "optimizer": "adamw",
    "weight_decay": 0.3,
    "learning_rate_schedule": "one_cycle",
    "gradient_clipping": 1.0,
    "batch_size": 128,
}


@architecture(
    "LSTM",
    published=0.8562,
    tuned=_TUNED
    | {
        "embedding_size": 64,
        "word_dropout": 0.2,
        "label_smoothing": 0.1,
        "learning_rate": 0.003,
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
    tuned=_TUNED | {"word_dropout": 0.1, "learning_rate": 0.002, "epochs": 3},
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
