"""The training loop: knows networks and batches, nothing of files, logs or pages. Called by the worker.

A loop of its own instead of `model.fit`: batches of similar length, no input pipeline that stalls at the end
of an epoch, a stop after any batch, and a resume that continues exactly. It uses only Keras's
`train_on_batch` and `predict_on_batch`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.optimizers import optimizer_options
from imdb_core.sentences import Sentence


class Diverged(Exception):
    """The loss became NaN or infinite; `sentence` tells where, and what to change."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Stopped(Exception):
    """Somebody asked to stop; the epoch in progress does not count."""


@dataclass
class Progress:
    """How far a run is: what, beside weights and optimizer, a resume needs."""

    epoch: int = 0
    best_epoch: int = 0
    best_val_loss: float = math.inf

    def after(self, row):
        """The progress when the epoch of `row` is done."""
        better = row["val_loss"] < self.best_val_loss
        best = (row["epoch"], row["val_loss"]) if better else (self.best_epoch, self.best_val_loss)
        return Progress(row["epoch"], *best)

    def as_dict(self):
        return asdict(self)


def compiled(model, config, faster=None):
    """`model` with the optimizer, loss and metric of `config`; `faster` has stand-ins for Keras's optimizers
    by name.
    """
    import keras

    optimizers = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}
    optimizers |= {"rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD} | (faster or {})
    model.compile(
        optimizer=optimizers[config.optimizer](config.learning_rate, **optimizer_options(config)),
        loss=keras.losses.BinaryCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=compiles_every_shape(),
    )
    return model


def compiles_every_shape() -> bool:
    """Whether each new shape of a batch costs seconds of compilation, so that few shapes are worth more than
    little padding.

    JAX has no other way than XLA; TensorFlow has, and PyTorch does not compile.
    """
    import keras

    return keras.backend.backend() == "jax"


def fit(
    model,
    train: Reviews,
    validation: Reviews,
    config,
    *,
    progress: Progress,
    on_batch: Callable,
    on_epoch: Callable,
):
    """Train from `progress` to the last epoch or until patience ends; returns the last Progress.

    `on_batch(row)` after each batch (may raise Stopped), `on_epoch(row, progress)` after each epoch. Raises
    Diverged. With weight averaging the model holds the averages between epochs, and the optimizer the weights
    to go on from.
    """
    while progress.epoch < config.epochs and not _out_of_patience(progress, config):
        if progress.epoch:
            _swap_averages(model, config)
        row = _epoch(model, train, config, progress.epoch + 1, on_batch)
        _swap_averages(model, config)
        started = time.monotonic()
        probabilities = predict(model, validation, config, lambda row=row: on_batch(row))
        val_loss, val_accuracy = loss_and_accuracy(probabilities, validation.labels)
        row |= {
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "validation_seconds": time.monotonic() - started,
        }
        if not math.isfinite(val_loss):
            raise Diverged(_diverged(row, config))
        progress = progress.after(row)
        on_epoch(row, progress)
    return progress


def predict(model, reviews: Reviews, config, on_batch: Callable = lambda: None):
    """Probabilities of "positive", float32 (reviews,), in the order of `reviews`."""
    probabilities = np.zeros(len(reviews), np.float32)
    fill = compiles_every_shape()
    for indices, words in batches.evaluation_batches(reviews, config):
        if fill:
            words = np.pad(words, ((0, batches.EVALUATION_BATCH - len(words)), (0, 0)))
        probabilities[indices] = np.asarray(model.predict_on_batch(words))[: len(indices), 0]
        on_batch()
    return probabilities


def loss_and_accuracy(probabilities, labels):
    """Mean binary cross-entropy (natural logarithm, clipped at 1e-7 as Keras does) and share of right
    verdicts at 0.5.
    """
    clipped = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    loss = -np.mean(np.where(labels == 1, np.log(clipped), np.log1p(-clipped)))
    return float(loss), float(np.mean((probabilities > 0.5) == (labels == 1)))


def learning_rate(config, done: float):
    """The learning rate when the share `done` (0 to 1) of all batches is trained.

    "cosine" falls from the full rate to zero along half a cosine (Loshchilov & Hutter 2017, SGDR, without
    restarts). "one_cycle" rises along half a cosine from a 25th in the first 30 %, then falls to zero (after
    Smith & Topin 2018; no momentum cycle).
    """
    if config.learning_rate_schedule == "constant":
        return config.learning_rate
    rising = 0.3 if config.learning_rate_schedule == "one_cycle" else 0.0
    if done < rising:
        return config.learning_rate * (1 - 24 / 25 * _half_cosine(done / rising))
    return config.learning_rate * _half_cosine((done - rising) / (1 - rising))


def _half_cosine(share):
    """From 1 to 0 while `share` goes from 0 to 1."""
    return 0.5 * (1 + math.cos(math.pi * share))


def _epoch(model, train, config, epoch, on_batch):
    """One pass over the training reviews; the row to write at its end."""
    started, seen, words_seen, sums = time.monotonic(), 0, 0, np.zeros(2)
    steps = -(-len(train) // config.batch_size)
    width_step = batches.WIDTH_STEP_COMPILED if compiles_every_shape() else batches.WIDTH_STEP
    for step, (words, labels) in enumerate(batches.training_batches(train, config, epoch, width_step), 1):
        if config.learning_rate_schedule != "constant":
            model.optimizer.learning_rate = learning_rate(
                config, (epoch - 1 + (step - 1) / steps) / config.epochs
            )
        sums += len(labels) * np.array(model.train_on_batch(words, labels), np.float64)
        seen, words_seen = seen + len(labels), words_seen + int(np.count_nonzero(words))
        seconds = time.monotonic() - started
        row = {
            "epoch": epoch,
            "step": step,
            "steps": steps,
            "loss": sums[0] / seen,
            "accuracy": sums[1] / seen,
        }
        row |= {"seconds": seconds, "words_per_second": words_seen / seconds}
        if not math.isfinite(row["loss"]):
            raise Diverged(_diverged(row, config))
        on_batch(row)
    return row


def _swap_averages(model, config):
    """Exchange the weights with their moving averages (Polyak & Juditsky 1992; exponential, as Keras computes
    them).
    """
    if config.weight_averaging:
        import keras

        swap = keras.callbacks.SwapEMAWeights()
        swap.set_model(model)
        swap.on_test_begin()  # a fresh one always exchanges


def _out_of_patience(progress, config):
    return bool(config.patience) and progress.epoch - progress.best_epoch >= config.patience


def _diverged(row, config):
    place = {name: row[name] for name in ("epoch", "step", "steps")}
    return Sentence("diverged", loss=str(row["loss"]), **place, learning_rate=config.learning_rate)
