"""Train one network as the tutorial's plain Keras script does. Prints seconds and accuracy as JSON.

    python -m bench.plain lstm [--seed 7] [--epochs 1]

bench.speed compares the worker with this. Reviews are padded to full length, `model.fit` and `model.evaluate`
have their defaults, and all cores are used. Only the reading of the files is the project's own. Keras may
return from fit and evaluate many seconds after the last batch: its input pipeline waits for a thread of its
tuner. So the times of the last batch are reported as well.
"""

import argparse
import itertools
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
from imdb_core import data, keras_settings

keras = keras_settings.load()
layers = keras.layers

# The scripts of the five tutorials, so their names stand here.
NETWORKS = {
    "lstm": lambda: [layers.Embedding(5000, 32), layers.LSTM(100)],
    "lstm_dropout": lambda: [
        layers.Embedding(5000, 32),
        layers.Dropout(0.2),
        layers.LSTM(100),
        layers.Dropout(0.2),
    ],
    "lstm_recurrent_dropout": lambda: [
        layers.Embedding(5000, 32),
        layers.LSTM(100, dropout=0.2, recurrent_dropout=0.2),
    ],
    "cnn_lstm": lambda: [
        layers.Embedding(5000, 32),
        layers.Conv1D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.LSTM(100),
    ],
    "cnn_lstm_dense": lambda: [
        layers.Embedding(500, 32),
        layers.Conv1D(32, 5, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.LSTM(50),
        layers.Dropout(0.2),
        layers.Dense(25, activation="sigmoid"),
    ],
}
VALUES = dict.fromkeys(NETWORKS, {"words": 5000, "length": 500, "epochs": 3})
VALUES["cnn_lstm_dense"] = {"words": 500, "length": 100, "epochs": 5}


class LastBatch(keras.callbacks.Callback):
    """The times at which each epoch and the last batch ended."""

    def __init__(self):
        super().__init__()
        self.epochs = [time.monotonic()]

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(time.monotonic())

    def on_train_batch_end(self, batch, logs=None):
        self.time = time.monotonic()

    def on_test_batch_end(self, batch, logs=None):
        self.time = time.monotonic()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args()
    values = VALUES[options.network]
    keras.utils.set_random_seed(options.seed)
    corpus = data.load("imdb")
    x_train, y_train = padded(corpus.train, values)
    x_test, y_test = padded(corpus.test, values)

    model = keras.Sequential([*NETWORKS[options.network](), layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    last, epochs = LastBatch(), options.epochs or values["epochs"]
    started = time.monotonic()
    model.fit(x_train, y_train, epochs=epochs, batch_size=64, callbacks=[last])
    fit_seconds, fit_batches = time.monotonic() - started, last.time - started
    started = time.monotonic()
    _, accuracy = model.evaluate(x_test, y_test, callbacks=[last])
    each = [after - before for before, after in itertools.pairwise(last.epochs)]
    figures = {
        "fit": fit_seconds,
        "fit_to_last_batch": fit_batches,
        "epochs": epochs,
        "seconds_of_each": each,
    }
    figures |= {
        "evaluate": time.monotonic() - started,
        "evaluate_to_last_batch": last.time - started,
        "accuracy": accuracy,
    }
    print(json.dumps(figures))


def padded(reviews, values):
    """(word ids, labels), as keras.datasets.imdb.load_data(num_words=...) and pad_sequences give them."""
    lists = [
        [word if word < values["words"] else 2 for word in reviews[i].tolist()] for i in range(len(reviews))
    ]
    return keras.utils.pad_sequences(lists, maxlen=values["length"]), reviews.labels


if __name__ == "__main__":
    main()
