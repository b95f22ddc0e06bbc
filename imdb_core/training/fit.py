"""The training loop: knows networks and batches, nothing of files, logs or pages. Called by course.

A loop of its own instead of Keras's `model.fit`: batches of similar length, a stop after any batch, and a
resume that continues exactly. Keras's input pipeline also stalls at the end of an epoch. The loop uses only
Keras's `train_on_batch` and `predict_on_batch`.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers, architectures, class_weights
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.optimizers import optimizer_options
from imdb_core.sentences import Sentence
from imdb_core.training.task import Batch, OnBatch, Task

Row = dict[str, Any]  # figures of a batch or an epoch, as the run's files hold them


class Diverged(Exception):
    """The loss is no longer a finite number; `sentence` says where, and what to change."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Stopped(Exception):
    """The training ends early; an unfinished epoch does not count.

    `sentence` is the reason, or None if the user asked for the stop.
    """

    def __init__(self, sentence: Sentence | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass
class FitState:
    """How far a run is. A resume needs this, the weights and the optimizer's variables."""

    epoch: int = 0
    best_epoch: int = 0
    best_val_loss: float = math.inf

    def after(self, row: Row) -> "FitState":
        """The state at the end of the epoch with this row."""
        better = row["val_loss"] < self.best_val_loss
        best = (row["epoch"], row["val_loss"]) if better else (self.best_epoch, self.best_val_loss)
        return FitState(row["epoch"], *best)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compiled(model: Any, config: RunConfig, faster: dict[str, Any] | None = None) -> Any:
    """`model`, after compiling it with the optimizer, loss and metric of `config`.

    `faster` holds optimizers that replace Keras's, by their names in a config.
    """
    import keras

    optimizers = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}
    optimizers |= {"rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD} | (faster or {})
    learned = {
        "loss": answers.loss(config.classes, config.label_smoothing),
        "metrics": [answers.accuracy_metric(config.classes, soft=bool(config.teacher))],
    }
    model.compile(
        optimizer=optimizers[config.optimizer](config.learning_rate, **optimizer_options(config)),
        jit_compile=compiles_every_shape(),
        **({} if architectures.predicts_words(config.network) else learned),  # it has a loss of its own
    )
    return model


def compiles_every_shape() -> bool:
    """Whether each new shape of a batch costs seconds of compilation.

    If so, batches should have fewer shapes, with more padding. This is true for JAX, which always uses
    XLA. TensorFlow runs without XLA here, and PyTorch does not compile.
    """
    import keras

    return bool(keras.backend.backend() == "jax")


@dataclass(frozen=True)
class LabelTask:
    """The task of judging texts, from prepared reviews with labels.

    validate() calls `on_validation(shares)` with the shares of all validation reviews. Class weights change
    only the loss of the training batches. All other figures of a run (accuracy, validation, test) are
    computed without them.
    """

    train: Reviews
    validation: Reviews
    config: RunConfig
    on_validation: Callable[[npt.NDArray[np.float32]], object] = lambda shares: None

    @property
    def steps(self) -> int:
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int) -> Iterator[Batch]:
        config, train = self.config, self.train
        width_step = batches.WIDTH_STEP_COMPILED if compiles_every_shape() else batches.WIDTH_STEP
        weights_of = class_weights.weighting(config.class_weights, train.labels, config.classes)
        for words, targets in batches.training_batches(train, config, epoch, width_step):
            arguments = (words, targets, *weights_of(targets))
            yield Batch(arguments, len(targets), int(np.count_nonzero(words)))

    def validate(self, model: Any, on_batch: OnBatch) -> tuple[float, float]:
        shares = predict(model, self.validation, self.config, on_batch)
        self.on_validation(shares)
        return answers.loss_and_accuracy(shares, self.validation.labels)


def fit(
    model: Any,
    task: Task,
    config: RunConfig,
    *,
    progress: FitState,
    on_batch: Callable[..., object],
    on_epoch: Callable[[Row, FitState], object],
) -> FitState:
    """Train from `progress` to the last epoch or until patience ends; returns the last FitState.

    Calls `on_batch(row)` after each training batch, `on_batch(row of the epoch)` after each validation batch,
    and `on_epoch(row, progress)` after each epoch. `on_batch` may raise Stopped. Raises Diverged.

    With weight averaging the model holds the averages between epochs, and the optimizer holds the weights
    from which training continues.
    """
    while progress.epoch < config.epochs and not _is_out_of_patience(progress, config):
        if progress.epoch:
            _swap_averages(model, config)
        row = _epoch(model, task, config, progress.epoch + 1, on_batch)
        _swap_averages(model, config)
        started = time.monotonic()
        val_loss, val_accuracy = task.validate(model, partial(on_batch, row))
        row |= {
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "validation_seconds": time.monotonic() - started,
        }
        if not math.isfinite(val_loss):
            raise Diverged(_divergence(row, config))
        progress = progress.after(row)
        on_epoch(row, progress)
    return progress


def predict(
    model: Any, reviews: Reviews, config: RunConfig, on_batch: Callable[[], object] = lambda: None
) -> npt.NDArray[np.float32]:
    """The shares of the classes, float32 (reviews, classes), in the order of `reviews`."""
    shares = np.zeros((len(reviews), len(config.classes)), np.float32)
    fill = compiles_every_shape()
    for indices, words in batches.evaluation_batches(reviews, config):
        if fill:
            words = np.pad(words, ((0, batches.EVALUATION_BATCH - len(words)), (0, 0)))
        shares[indices] = answers.shares(model.predict_on_batch(words))[: len(indices)]
        on_batch()
    return shares


def learning_rate(config: RunConfig, trained: float) -> float:
    """The learning rate when the share `trained` (0 to 1) of all batches is trained.

    "cosine" falls from the full rate to zero along half a cosine (Loshchilov & Hutter 2017, "SGDR", without
    restarts). "one_cycle" rises from a 25th of the rate in the first 30 %, then falls to zero, both along
    half a cosine (after Smith & Topin 2018, "Super-Convergence", without a cycle of momentum).
    """
    if config.learning_rate_schedule == "constant":
        return config.learning_rate
    rising = 0.3 if config.learning_rate_schedule == "one_cycle" else 0.0
    if trained < rising:
        return config.learning_rate * (1 - 24 / 25 * _half_cosine(trained / rising))
    return config.learning_rate * _half_cosine((trained - rising) / (1 - rising))


def _half_cosine(share: float) -> float:
    """From 1 to 0 while `share` goes from 0 to 1."""
    return 0.5 * (1 + math.cos(math.pi * share))


def _epoch(model: Any, task: Task, config: RunConfig, epoch: int, on_batch: Callable[..., object]) -> Row:
    """Train on all batches of the epoch; returns its row. The figures are means over the texts so far."""
    started, texts, words, sums = time.monotonic(), 0, 0, np.zeros(2)
    for step, batch in enumerate(task.batches(epoch), 1):
        if config.learning_rate_schedule != "constant":
            trained = (epoch - 1 + (step - 1) / task.steps) / config.epochs
            model.optimizer.learning_rate = learning_rate(config, trained)
        measured = model.train_on_batch(*batch.arguments)
        sums += batch.texts * np.array(measured, np.float64)
        texts, words = texts + batch.texts, words + batch.words
        seconds = time.monotonic() - started
        row: Row = {"epoch": epoch, "step": step, "steps": task.steps}
        row |= {"loss": sums[0] / texts, "accuracy": sums[1] / texts}
        row |= {"seconds": seconds, "words_per_second": words / seconds}
        if not math.isfinite(row["loss"]):
            raise Diverged(_divergence(row, config))
        on_batch(row)
    return row


def _swap_averages(model: Any, config: RunConfig) -> None:
    """Exchange the weights with their exponential moving averages, which Keras's optimizer computes.

    The idea of averaging: Polyak & Juditsky 1992.
    """
    if config.weight_averaging:
        import keras

        swap = keras.callbacks.SwapEMAWeights()
        swap.set_model(model)
        swap.on_test_begin()  # a new callback swaps at its first call, in either direction


def _is_out_of_patience(progress: FitState, config: RunConfig) -> bool:
    return bool(config.patience) and progress.epoch - progress.best_epoch >= config.patience


def _divergence(row: Row, config: RunConfig) -> Sentence:
    """The sentence of a Diverged error."""
    position = {name: row[name] for name in ("epoch", "step", "steps")}
    return Sentence("diverged", loss=str(row["loss"]), **position, learning_rate=config.learning_rate)
