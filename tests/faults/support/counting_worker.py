"""The real worker with a network that only counts epochs.

python -m tests.faults.support.counting_worker RUN_FOLDER [--device cpu] [--threads 1]

Every weight and every variable of the optimizer is the number of the epoch, so mixed files of two epochs are
noticed. Lock, signals, rows, checkpoints, kept epochs and resume are the app's own; the training loop and the
network are not. Environment variables, with their defaults:
COUNTING_EPOCH_SECONDS  pause in each epoch; 0.01
COUNTING_MORE_EPOCHS    epochs to train after a resume; all that are left
COUNTING_WEIGHTS        weights of the network; 1000
"""

import os
import sys
import time
from types import SimpleNamespace

import numpy as np

from imdb_core.arrays import packed
from imdb_core.training import checkpoints, export, fit, worker
from imdb_core.training.course import Course

BEST = 60  # the epoch with the lowest validation loss


class Variable:
    """The part of a Keras variable that checkpoints use."""

    def __init__(self, name: str, size: int):
        self.name = self.path = name
        self.value = np.zeros(size, np.float32)

    @property
    def shape(self):
        return self.value.shape

    def assign(self, value):
        self.value = np.array(value, np.float32)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype)


class Model:
    """The part of a Keras model that checkpoints use."""

    def __init__(self, numbers: int | None = None):
        numbers = numbers or int(os.environ.get("COUNTING_WEIGHTS", "1000"))
        self.trainable_variables = [Variable("kernel", numbers), Variable("bias", 1)]
        self.non_trainable_variables = []
        self.layers = [SimpleNamespace(weights=self.trainable_variables)]
        self.optimizer = SimpleNamespace(build=lambda _: None, variables=[Variable("momentum", numbers)])

    def learn(self, epoch: int) -> None:
        for variable in (*self.trainable_variables, *self.optimizer.variables):
            variable.assign(np.full(variable.shape, epoch))

    def epochs(self) -> set[int]:
        """The epochs that its variables come from; more than one epoch means that files were mixed."""
        variables = (*self.trainable_variables, *self.optimizer.variables)
        return {int(value) for variable in variables for value in np.unique(variable.value)}


class Exporter(export.Exporter):
    """Keeps a file for each epoch as the real exporter does; the bytes are no model."""

    def _onnx(self, arrays):
        return packed(arrays)


class CountingCourse(Course):
    """Trains the epochs as the real one does; no reviews, no export, no test."""

    def load(self):
        self.material = SimpleNamespace(train=None, validation=None, probes=())
        self.model, self.exporter = Model(), Exporter(self.run.folder, self.config)
        self.sizes = SimpleNamespace(validated=None, keep_epoch=lambda *_, **__: None)

    def export(self):
        pass

    def evaluate(self):
        return {"best_epoch": self.progress.best_epoch, "test_accuracy": 0.75, "test_reviews": 1000}


def install() -> None:
    """From now on the worker of this process trains models that count."""
    worker.Course, fit.fit = CountingCourse, count_epochs


def checkpoint_epochs(folder) -> list[int]:
    """The epochs of all checkpoints, oldest first; raises ModelError or ValueError for bad files."""
    epochs = []
    for manifest in checkpoints.manifests(folder):
        epoch, model = manifest["progress"]["epoch"], Model()
        checkpoints.restore(folder, model, epoch)
        if model.epochs() != {epoch} or manifest["row"]["epoch"] != epoch:
            raise ValueError(f"the checkpoint of epoch {epoch} holds parts of {model.epochs()}")
        epochs.append(epoch)
    return epochs


def count_epochs(model, task, config, *, progress, on_batch, on_epoch):
    if progress.epoch and model.epochs() != {progress.epoch}:
        raise ValueError(f"resumed after epoch {progress.epoch} with weights of {model.epochs()}")
    more = int(os.environ.get("COUNTING_MORE_EPOCHS", config.epochs))
    last = min(config.epochs, progress.epoch + more) if progress.epoch else config.epochs
    for epoch in range(progress.epoch + 1, last + 1):
        row = {"epoch": epoch, "step": 1, "steps": 1, "loss": 0.7 / epoch, "accuracy": 0.5}
        row |= {"seconds": 0.01, "words_per_second": 1000.0}
        time.sleep(float(os.environ.get("COUNTING_EPOCH_SECONDS", "0.01")))
        model.learn(epoch)
        on_batch(row)
        row |= {"val_loss": 1 + abs(BEST - epoch) / 100, "val_accuracy": 0.5, "validation_seconds": 0.01}
        progress = progress.after(row)
        on_epoch(row, progress)
    return progress


if __name__ == "__main__":
    install()
    sys.exit(worker.main())
