"""The row about extras of a run that fail: probes, models of epochs, the log, the export. See rows.py.

Runs the app's own stages with a network that only counts epochs (plain_worker), many runs in one process.
"""

import builtins
import errno
import itertools
import os
from collections import Counter
from types import SimpleNamespace

import numpy as np

from imdb_core import background
from imdb_core import config as configs
from imdb_core.errors import ModelError
from imdb_core.evaluation import balance
from imdb_core.runs import notes, store
from imdb_core.training import course, fit, recorder, worker
from imdb_core.training.extras import Extras
from tests.faults import plain_worker
from tests.faults.child import outcome
from tests.faults.rows import Found, row

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
EACH_EPOCH = tuple(extra for extra in notes.EXTRAS if extra not in AT_THE_END)


class Fault:
    """Makes one extra fail with one error: in `epochs`, or at the end of the run."""

    extra, error, epochs, epoch = "", "", (), 0

    def then(self, extra: str, function):
        """`function`, which fails instead when `extra` is to fail now."""

        def faulty(*arguments, **options):
            if self.extra == extra and (extra in AT_THE_END or self.epoch in self.epochs):
                raise ERRORS[self.error]()
            return function(*arguments, **options)

        return faulty


class Exporter(plain_worker.Exporter):
    """Writes files that are no models."""

    def export(self, *_):
        (self._folder / "model.json").write_text("{}")


class PlainCourse(course.Course):
    """All stages, with a network that only counts epochs."""

    def start_keras(self):
        return plain_worker.Model()


def install() -> Fault:
    """Make the worker of this process train plain models through all stages; the returned Fault can make
    extras fail.
    """
    fault, learn = Fault(), plain_worker.Model.learn

    def learned(model, epoch):
        fault.epoch = epoch
        learn(model, epoch)

    def predicted(model, reviews, config, on_batch=None):
        return np.full(len(reviews), 0.5 + max(model.epochs()) / 100, np.float32)

    def probes_predicted(model, reviews, *options):
        act = fault.then("probes", predicted) if len(reviews) == 2 else predicted
        return act(model, reviews, *options)

    plain_worker.Model.learn = learned
    plain_worker.Model.dtype_policy = SimpleNamespace(name="float32")
    Exporter.export, Exporter._onnx = (
        fault.then("model", Exporter.export),
        fault.then("epoch-model", Exporter._onnx),
    )
    fit.fit, fit.predict = plain_worker._loop, probes_predicted
    course.Exporter, worker.Course = Exporter, PlainCourse
    course.architectures.start = lambda *_: None
    background.shorten_log = fault.then("log", background.shorten_log)
    recorder.print = fault.then("output", builtins.print)
    recorder.psutil = SimpleNamespace(Process=fault.then("memory", recorder.psutil.Process))
    course.write_atomically = fault.then("predictions", course.write_atomically)
    balance.skill = fault.then("balance", balance.skill)
    return fault


@row(
    "J9",
    "an extra fails (probes, model of an epoch, log, memory figure, export, predictions) in some epoch",
    "0 epochs lost, noted once, the run finishes",
    breaks=("not guarded", "noted each time", "before the checkpoint"),
)
def failing_extras(place, patch, broken):
    count = outcome(_every_failure, broken or "", PLAIN_EPOCH_SECONDS="0", PLAIN_NUMBERS="10")
    figure = f"{count['lost']} epochs lost in {count['runs']} runs, {count['unfinished']} unfinished, "
    figure += (
        f"{count['unnoted']} without their one note, {count['other']} with other losses {count['example']}"
    )
    missed = count["lost"] + count["unfinished"] + count["unnoted"] + count["other"]
    return Found(figure.strip(), not missed and count["runs"] > (5 if broken else 40))


def _every_failure(broken: str) -> dict:
    """One run for each extra, error and epoch, and one for each extra that fails in all epochs."""
    fault, count = install(), Counter(runs=0, lost=0, unfinished=0, unnoted=0, other=0)
    _break(broken)
    cases = [(extra, error, []) for extra, error in itertools.product(AT_THE_END, ERRORS)]
    for (a, extra), (b, error) in itertools.product(enumerate(EACH_EPOCH), enumerate(ERRORS)):
        cases.append(
            (extra, error, [1 + (a + b) % EPOCHS])
        )  # so each extra fails with each error, and in each epoch
    cases += [(extra, "RuntimeError", [*range(1, EPOCHS + 1)]) for extra in EACH_EPOCH]
    example = ""
    for extra, error, epochs in cases[-7:] if broken else cases:
        fault.extra, fault.error, fault.epochs, fault.epoch = extra, error, epochs, 0
        run = store.create(configs.checked(CONFIG), store.new_id())
        try:
            worker.main([str(run.folder)])
        except Exception as unexpected:  # noqa: BLE001 - the worker's own last resort: the run's state is what counts
            example = repr(unexpected)
        before = sum(count.values())
        _judge(store.read(run.folder), extra, epochs, count)
        count["runs"] += 1
        if sum(count.values()) > before + 1:
            example = f"such as {extra} with {error} in {epochs}: {store.read(run.folder).ending} {example}"
    return {**count, "example": example[:300]}


def _judge(run: store.Run, extra: str, epochs: list[int], count: Counter) -> None:
    saved = plain_worker.checkpoint_epochs(run.folder / "checkpoints")
    count["lost"] += EPOCHS - len(run.epochs) + (max(saved, default=0) != EPOCHS)
    count["unfinished"] += run.state != "finished" or run.test_accuracy is None
    noted = [event["extra"] for event in run.events if event["event"] == "extra-failed"]
    count["unnoted"] += noted != [extra] or len(notes.notes(run)) != 1
    scored = [row["epoch"] for row in run.epochs if len(row.get("probes", ())) == 2]
    kept = [int(path.stem[6:]) for path in sorted(run.folder.glob("epochs/*"))]
    whole = [epoch for epoch in range(1, EPOCHS + 1)]
    expected = {
        name: [epoch for epoch in whole if extra != name or epoch not in epochs] for name in EACH_EPOCH
    }
    right = scored == expected["probes"] and kept == expected["epoch-model"]
    right = right and run.has_model == (extra != "model") == (not run.can_resume)
    count["other"] += not (right and (run.folder / "predictions.npz").is_file() == (extra != "predictions"))


def _break(broken: str) -> None:
    if broken == "not guarded":
        Extras.attempt = lambda self, extra, work, epoch=None: work()
    elif broken == "noted each time":
        Extras._recorded = property(lambda self: set(), lambda self, value: None)
    elif broken == "before the checkpoint":
        save = course.checkpoints.save

        def saved_late(folder, model, row, progress):
            fit.predict(model, [0, 1], None)
            save(folder, model, row, progress)

        course.checkpoints.save = saved_late
