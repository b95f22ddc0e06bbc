"""Makes extras of a run fail: probes, models of epochs, the log, the export.

The worker runs its own stages with a network that only counts epochs (counting_worker.py).
"""

import builtins
import errno
import os
from types import SimpleNamespace

import numpy as np

from imdb_core import background
from imdb_core.errors import ModelError
from imdb_core.evaluation import balance
from imdb_core.runs import layout, notes
from imdb_core.training import course, fit, recorder, worker
from tests.faults.support import counting_worker

EPOCHS = 3
CONFIG = {
    "network": "cnn_lstm",
    "dataset": "demo",
    "epochs": EPOCHS,
    "device": "cpu",
    "probes": "a superb film\nboring",
}
ERRORS = {
    "ModelError": lambda: ModelError("TensorFlow failed."),
    "full disk": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere"),
    "RuntimeError": lambda: RuntimeError("no such operator"),
    "out of memory": lambda: MemoryError(),
    "broken pipe": lambda: BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)),
}
AT_THE_END = ("model", "predictions", "balance")
OF_LANGUAGE_MODELS = ("continuations", "weights")
EACH_EPOCH = tuple(extra for extra in notes.EXTRAS if extra not in (*AT_THE_END, *OF_LANGUAGE_MODELS))


class Fault:
    """Makes one extra fail with one error: in `epochs`, or at the end of the run."""

    extra, error, epochs, epoch = "", "", (), 0

    def wrap(self, extra: str, function):
        """A function that calls `function`, but raises the error if `extra` is to fail now."""

        def faulty(*arguments, **options):
            if self.extra == extra and (extra in AT_THE_END or self.epoch in self.epochs):
                raise ERRORS[self.error]()
            return function(*arguments, **options)

        return faulty


class Exporter(counting_worker.Exporter):
    """Writes files that are no models."""

    def export(self, *_):
        (self._folder / layout.MODEL_FACTS).write_text("{}")


class CountingCourse(course.Course):
    """All stages of a run, with a network that only counts epochs."""

    def start_keras(self):
        return counting_worker.Model()


def install() -> Fault:
    """Make the worker of this process train counting models through all stages; the Fault makes extras fail.

    Wraps the private _onnx of the exporter, the one extra without a public function.
    """
    fault, learn = Fault(), counting_worker.Model.learn

    def learned(model, epoch):
        fault.epoch = epoch
        learn(model, epoch)

    def predicted(model, reviews, config, on_batch=None):
        share = 0.5 + max(model.epochs()) / 100
        return np.tile(np.float32([1 - share, share]), (len(reviews), 1))

    def probes_predicted(model, reviews, *options):
        act = fault.wrap("probes", predicted) if len(reviews) == 2 else predicted
        return act(model, reviews, *options)

    counting_worker.Model.learn = learned
    counting_worker.Model.dtype_policy = SimpleNamespace(name="float32")
    Exporter.export, Exporter._onnx = (
        fault.wrap("model", Exporter.export),
        fault.wrap("epoch-model", Exporter._onnx),
    )
    fit.fit, fit.predict = counting_worker.count_epochs, probes_predicted
    course.Exporter, worker.Course = Exporter, CountingCourse
    course.architectures.start = lambda *_: None
    background.shorten_log = fault.wrap("log", background.shorten_log)
    recorder.print = fault.wrap("output", builtins.print)
    recorder.psutil = SimpleNamespace(Process=fault.wrap("memory", recorder.psutil.Process))
    course.predictions.write = fault.wrap("predictions", course.predictions.write)
    course.making.keep_epoch = fault.wrap(
        "inside", lambda *_, **__: None
    )  # the counted networks have no memory
    course.Sizes.keep_epoch = fault.wrap("learning", lambda *_, **__: None)  # they are no Keras models
    course.pruning.verdict = fault.wrap("pruning", course.pruning.verdict)
    balance.skill = fault.wrap("balance", balance.skill)
    return fault
