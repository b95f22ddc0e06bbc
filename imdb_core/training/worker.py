"""One run's training, a process of its own: python -m imdb_core.training.worker RUN_FOLDER [--device cpu] [--threads 2]

Holds run.lock for its whole life, appends what happens to the run's folder, and needs nobody to watch. Started by the
launcher; what it prints goes to worker.log.
"""

import argparse
import os
import platform
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import filelock
import numpy as np
import psutil

from imdb_core import background, data, keras_settings
from imdb_core.arrays import packed
from imdb_core.config import memory_knobs
from imdb_core.data import batches
from imdb_core.data.reviews import Corpus, Reviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError, UserError
from imdb_core.evaluation import balance
from imdb_core.evaluation.predictions import Predictions
from imdb_core.files import write_atomically
from imdb_core.runs import locks, store
from imdb_core.runs.cores import cpu_cores
from imdb_core.training import device as devices
from imdb_core.training.recorder import Recorder


def main(arguments=None) -> int:
    """Train the run; returns 0 unless it failed. Every way to end leaves an ending event, except being killed."""
    options = _options(arguments)
    folder = options.folder.absolute()
    try:
        lock = locks.hold(folder / "run.lock")
    except filelock.Timeout:
        print("This run is being trained by another process already.")
        return 0
    environment = dict(os.environ)
    try:
        recorder = Recorder(folder)
        signal.signal(signal.SIGTERM, lambda *_: setattr(recorder, "stop_requested", True))
        return _run(store.read(folder), options, recorder)
    finally:
        lock.release()
        _start_next(environment)


def _run(run: store.Run, options, recorder: Recorder) -> int:
    from imdb_core.training.fit import Diverged, Stopped

    store.record(run.folder, "started", **background.identity(), device=options.device, threads=options.threads)
    recorder.stop_requested |= store.read(run.folder).stop_wished
    try:
        if run.damaged:
            raise UserError(f"The run's folder is damaged: {run.damaged}")
        devices.prepare(options.device, options.threads)
        _train(run, options, recorder)
    except Stopped:
        kept = "no epoch was finished"
        if store.read(run.folder).best:
            kept = "the epoch with the lowest validation loss so far is kept"
        store.record(run.folder, "stopped", message=f"Stopped by the user; {kept}.")
    except DataError as error:
        return _failed(run.folder, str(error), cause="reviews")
    except Diverged as error:
        return _failed(run.folder, str(error), cause="diverged")
    except UserError as error:
        return _failed(run.folder, str(error))
    except OSError as error:
        problem = f"{error.strerror or error}: {error.filename or run.folder}"
        sentence = f"{problem}. Free disk space or correct the cause, then resume the run."
        return _failed(run.folder, sentence, cause="disk")
    except Exception as error:
        if _is_out_of_memory(error):
            said = f"Out of memory. Make {' or '.join(memory_knobs(run.network))} smaller."
            return _failed(run.folder, said, cause="memory")
        _failed(run.folder, f"Unexpected {type(error).__name__}: {str(error)[:300]} (worker.log has the details).")
        raise
    return 0


def _is_out_of_memory(error) -> bool:
    """Python, TensorFlow, PyTorch and JAX each say it in their own way."""
    kind = type(error).__name__
    return (
        isinstance(error, MemoryError)
        or "ResourceExhausted" in kind
        or "OutOfMemory" in kind
        or "RESOURCE_EXHAUSTED" in str(error)
    )


def _train(run: store.Run, options, recorder: Recorder) -> None:
    """Data, network, training, export, evaluation: the whole life of a run."""
    config, folder = run.config, run.folder
    recorder.phase("loading the reviews")
    material = _Material.load(config)
    recorder.phase("starting Keras", fingerprint=material.corpus.fingerprint, **material.counts())
    model = _model(config, options, recorder)

    from imdb_core import architectures
    from imdb_core.training import checkpoints, export, fit

    exporter = export.Exporter(folder, config)
    stopped = None
    try:
        progress = _fit(run, model, material, recorder, exporter)
    except fit.Stopped as wish:  # the best epoch so far is exported, but not evaluated
        stopped, progress = wish, _saved_progress(folder)
        if progress.epoch == 0:
            raise
    if model.dtype_policy.name != "float32":  # tested is what is exported, and that computes with float32
        model = architectures.build(config)
    checkpoints.restore_weights(folder / "checkpoints", model, progress.best_epoch)
    exporter.export(model, material.corpus.words, material.validation, progress)
    if stopped:
        raise stopped
    _evaluate(run, model, material, progress, recorder)


def ready_to_train(config, device: str, threads: int):
    """The Keras model of `config`, compiled, with the layers, optimizer and step that are fastest on `device`."""
    from imdb_core import architectures
    from imdb_core.training import fit
    from imdb_core.training.fast.layers import layers_for, optimizers_for
    from imdb_core.training.fast.steps import lean

    layers = layers_for(device, threads, config.batching)
    model = architectures.build(config, layers=layers, precision="float32" if device == "cpu" else config.precision)
    fit.compiled(model, config, optimizers_for(device, config.batching))
    lean(model)
    return model


@dataclass(frozen=True)
class _Material:
    """What a run learns from and is judged by, as the network sees it; `validation_indices` into the training reviews.

    `probes` are the user's own reviews; their labels say nothing.
    """

    corpus: Corpus
    train: Reviews
    validation: Reviews
    validation_indices: np.ndarray
    probes: Reviews

    def counts(self) -> dict[str, int]:
        """Counts of reviews and of positive reviews, by which the run doctor judges losses and accuracies."""
        counts = {"reviews": len(self.train), "positive_reviews": int(self.train.labels.sum())}
        counts["validation_reviews"] = len(self.validation)
        return counts | {"positive_validation_reviews": int(self.validation.labels.sum())}

    @staticmethod
    def load(config) -> "_Material":
        corpus = data.load(config.dataset)
        reviews = corpus.train.prepared(config.vocabulary_size, config.review_length)
        inside, outside = batches.split(reviews, config.validation_share, config.seed)
        vocabulary = Vocabulary(corpus.words).limited(config.vocabulary_size)  # the network's own, as in the text box
        probes = [vocabulary.encode(text) for text in config.probe_reviews]
        prepared = Reviews.from_lists(probes, [0] * len(probes)).prepared(config.vocabulary_size, config.review_length)
        return _Material(corpus, reviews.select(inside), reviews.select(outside), outside.astype(np.int32), prepared)


def _model(config, options, recorder):
    """Import Keras, seed it, make the model ready, and write down what trains on what: on the CPU where there is no device."""
    from imdb_core.training import export

    keras = keras_settings.load()
    keras.utils.set_random_seed(config.seed)
    backend = keras.backend.backend()
    versions = {name: sys.modules[name].__version__ for name in ("keras", "numpy", backend)}
    facts = {"backend": backend, "versions": versions, "machine": platform.processor() or platform.machine()}
    no_device = devices.why_not_usable(options.device)
    model = ready_to_train(config, "cpu" if no_device else options.device, options.threads)
    recorder.phase("training", notice=" ".join(filter(None, (no_device, export.why_not()))) or None, **facts)
    return model


def _fit(run, model, material, recorder, exporter):
    """Train from the newest checkpoint to the end, saving each epoch; returns the last Progress."""
    from imdb_core import architectures
    from imdb_core.training import checkpoints, fit

    def on_epoch(row, progress):
        if len(material.probes):
            row["probes"] = fit.predict(model, material.probes, run.config).tolist()
        row = {"kind": "epoch", **row, "memory": psutil.Process().memory_info().rss}
        exporter.keep_epoch(model, progress.epoch)
        checkpoints.save(run.folder / "checkpoints", model, row, progress)
        recorder.write(row, durable=True)
        store.record(run.folder, "epoch-saved", epoch=progress.epoch, best_epoch=progress.best_epoch)
        figures = (f"{name} {row[name]:.4f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
        print(f"epoch {row['epoch']} in {row['seconds']:.1f} s:", *figures, flush=True)

    progress = _restored(run.folder, model, recorder)
    if progress.epoch == 0:
        architectures.start(
            model, run.config, lambda: _obeying(recorder, batches.training_batches(material.train, run.config, 0))
        )
    watched = {"progress": progress, "on_batch": recorder.batch, "on_epoch": on_epoch}
    return fit.fit(model, material.train, material.validation, run.config, **watched)


def _obeying(recorder, batches):
    """`batches`, noticing a wish to stop between two of them."""
    for batch in batches:
        recorder.obey()
        yield batch


def _evaluate(run, model, material, progress, recorder) -> None:
    """The test reviews, once, with the best epoch's weights; writes predictions.npz and the event that ends the run."""
    from imdb_core.training import fit

    recorder.phase("evaluating on the test reviews")
    config, validation, started = run.config, material.validation, time.monotonic()
    test = material.corpus.test.prepared(config.vocabulary_size, config.review_length)
    probabilities = fit.predict(model, test, config, recorder.obey)
    seconds = time.monotonic() - started
    loss, accuracy = fit.loss_and_accuracy(probabilities, test.labels)
    arrays = {"test": probabilities, "test_labels": test.labels}
    arrays |= {"validation": fit.predict(model, validation, config, recorder.obey), "validation_labels": validation.labels}
    arrays |= {"validation_indices": material.validation_indices}
    write_atomically(run.folder / "predictions.npz", packed(arrays))
    measured = {"test_loss": loss, "test_accuracy": accuracy, "test_reviews": len(test), "evaluation_seconds": seconds}
    measured |= balance.as_event(balance.skill(Predictions(probabilities.astype(np.float64), test.labels == 1)))
    early = progress.epoch < config.epochs
    store.record(run.folder, "finished", best_epoch=progress.best_epoch, early=early, **measured)


def _saved_progress(folder):
    """The progress of the newest complete checkpoint."""
    from imdb_core.training import checkpoints
    from imdb_core.training.fit import Progress

    saved = checkpoints.manifests(folder / "checkpoints")
    return Progress(**saved[-1]["progress"]) if saved else Progress()


def _restored(folder, model, recorder):
    """Continue after the newest checkpoint, if there is one; metrics of the unfinished epoch are declared void."""
    from imdb_core.training import checkpoints

    progress = _saved_progress(folder)
    if progress.epoch:
        checkpoints.restore(folder / "checkpoints", model, progress.epoch)
    recorder.resume(checkpoints.manifests(folder / "checkpoints"))
    return progress


def _failed(folder: Path, message: str, **cause) -> int:
    """Record the failure with its sentence and, if known, its cause (run.CAUSES); returns the exit code."""
    print(message, file=sys.stderr)
    try:
        store.record(folder, "failed", message=message, **cause)
    except UserError as error:  # not even this fits on the disk: the run will read "interrupted"
        print(error, file=sys.stderr)
    return 1


def _start_next(environment: dict) -> None:
    """Nobody may be looking: the queue moves on when a worker ends, with the `environment` from before device.prepare."""
    from imdb_core.runs import launcher

    os.environ.clear()  # else the next run would see only this one's device
    os.environ.update(environment)
    launcher.dispatch()


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=cpu_cores())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
