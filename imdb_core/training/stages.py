"""The stages of a run: load the reviews, build the network, train the epochs, write the model files, test.

Called by the worker, which records an error as the end of the run. The checkpoint and the row of an epoch are
written before anything else that could fail (see extras).
"""

import platform
import sys
import time
from functools import partial

import numpy as np

from imdb_core import architectures, keras_settings
from imdb_core.arrays import packed
from imdb_core.data import batches
from imdb_core.evaluation import balance
from imdb_core.evaluation.predictions import Predictions
from imdb_core.files import write_atomically
from imdb_core.runs import layout, provenance, store
from imdb_core.training import checkpoints, export, fit
from imdb_core.training import device as devices
from imdb_core.training.material import Material
from imdb_core.training.recorder import Recorder


def train(run: store.Run, options, recorder: Recorder) -> dict:
    """Train, export and test the run; returns its final figures, for the event "finished".

    Raises DataError if a resumed run would go on with other reviews, fit.Stopped, fit.Diverged, and
    ModelError for a damaged checkpoint.
    """
    config, folder = run.config, run.folder
    recorder.phase("loading the reviews")
    material = Material.load(config)
    provenance.demand_same_reviews(run, material.facts())
    recorder.phase("starting Keras", **material.facts())
    model = prepared_model(config, options, recorder)
    exporter = export.Exporter(folder, config)
    stopped = None
    try:
        progress = fit_epochs(run, model, material, recorder, exporter)
    except fit.Stopped as request:  # the best epoch so far is exported, but not tested
        stopped, progress = request, _saved_progress(folder)
        if progress.epoch == 0:
            raise
    if model.dtype_policy.name != "float32":  # the exported model, which is tested, computes with float32
        model = architectures.build(config)
    checkpoints.restore_weights(folder / layout.CHECKPOINTS, model, progress.best_epoch)
    best_model = partial(exporter.export, model, material.corpus.words, material.validation, progress)
    recorder.extras.attempt("model", best_model)
    if stopped:
        raise stopped
    return _evaluated(run, model, material, progress, recorder)


def ready_to_train(config, device: str, threads: int):
    """The Keras model of `config`, compiled, with the layers, optimizer and step that are fastest on
    `device`.
    """
    from imdb_core.training.fast.layers import layers_for, optimizers_for
    from imdb_core.training.fast.steps import lean

    layers = layers_for(device, threads, config.batching)
    model = architectures.build(
        config, layers=layers, precision="float32" if device == "cpu" else config.precision
    )
    fit.compiled(model, config, optimizers_for(device, config.batching))
    lean(model)
    return model


def prepared_model(config, options, recorder: Recorder):
    """The model, ready to train, on the CPU if the chosen device cannot be used. Records backend, versions
    and processor.
    """
    keras = keras_settings.load()
    keras.utils.set_random_seed(config.seed)
    backend = keras.backend.backend()
    versions = {name: sys.modules[name].__version__ for name in ("keras", "numpy", backend)}
    versions["app"] = provenance.code_fingerprint()
    facts = {"backend": backend, "versions": versions, "machine": platform.processor() or platform.machine()}
    no_device = devices.why_not_usable(options.device)
    model = ready_to_train(config, "cpu" if no_device else options.device, options.threads)
    recorder.phase("training", notice=" ".join(filter(None, (no_device, export.why_not()))) or None, **facts)
    return model


def fit_epochs(run: store.Run, model, material: Material, recorder: Recorder, exporter) -> fit.Progress:
    """Train from the newest checkpoint to the end, saving each epoch; returns the last Progress."""

    def on_epoch(row, progress):
        row = {"kind": "epoch", **row, "memory": recorder.memory()}
        checkpoints.save(run.folder / layout.CHECKPOINTS, model, row, progress)
        recorder.write(row, durable=True)
        store.record(run.folder, "epoch-saved", epoch=progress.epoch, best_epoch=progress.best_epoch)
        figures = (f"{name} {row[name]:.4f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
        recorder.say(f"epoch {row['epoch']} in {row['seconds']:.1f} s:", *figures)
        _extras_of_epoch(run, model, material, recorder, exporter, progress.epoch)

    progress = _restored(run.folder, model, recorder)
    recorder.extras.attempt("epoch-model", lambda: exporter.forget_after(progress.epoch))
    if progress.epoch == 0:
        training_batches = partial(batches.training_batches, material.train, run.config, 0)
        architectures.start(model, run.config, lambda: _obeying(recorder, training_batches()))
    else:  # the worker may have been killed before the extras of the last epoch
        _extras_of_epoch(run, model, material, recorder, exporter, progress.epoch, resumed=True)
    watched = {"progress": progress, "on_batch": recorder.batch, "on_epoch": on_epoch}
    return fit.fit(model, material.train, material.validation, run.config, **watched)


def _extras_of_epoch(run, model, material, recorder, exporter, epoch: int, *, resumed: bool = False) -> None:
    """Score the probe reviews and keep the model of this epoch; if `resumed`, only what is missing."""

    def score_probes():
        if resumed and any("probes" in row for row in store.read(run.folder).epochs if row["epoch"] == epoch):
            return
        probabilities = fit.predict(model, material.probes, run.config).tolist()
        recorder.write({"kind": "probes", "epoch": epoch, "probes": probabilities})

    def keep_model():
        if not (resumed and exporter.has_epoch(epoch)):
            exporter.keep_epoch(model, epoch)

    if len(material.probes):
        recorder.extras.attempt("probes", score_probes, epoch=epoch)
    recorder.extras.attempt("epoch-model", keep_model, epoch=epoch)


def _obeying(recorder, batches):
    """Yield `batches`; raises Stopped between two of them if a stop was requested."""
    for batch in batches:
        recorder.obey()
        yield batch


def _evaluated(run, model, material, progress, recorder) -> dict:
    """Figures of the test reviews, scored once, with the best epoch's weights; writes predictions.npz."""
    recorder.phase("evaluating on the test reviews")
    config, started = run.config, time.monotonic()
    test = material.corpus.test.prepared(config.vocabulary_size, config.review_length)
    probabilities = fit.predict(model, test, config, recorder.obey)
    seconds = time.monotonic() - started
    loss, accuracy = fit.loss_and_accuracy(probabilities, test.labels)
    measured = {
        "test_loss": loss,
        "test_accuracy": accuracy,
        "test_reviews": len(test),
        "evaluation_seconds": seconds,
    }

    def write_predictions():
        arrays = {"test": probabilities, "test_labels": test.labels}
        arrays["validation"] = fit.predict(model, material.validation, config, recorder.obey)
        arrays["validation_labels"] = material.validation.labels
        arrays["validation_indices"] = material.validation_indices
        write_atomically(run.folder / layout.PREDICTIONS, packed(arrays))

    def uneven_classes():
        return balance.as_event(
            balance.skill(Predictions(probabilities.astype(np.float64), test.labels == 1))
        )

    recorder.extras.attempt("predictions", write_predictions)
    measured |= recorder.extras.attempt("balance", uneven_classes) or {}
    return {"best_epoch": progress.best_epoch, "early": progress.epoch < config.epochs, **measured}


def _saved_progress(folder) -> fit.Progress:
    """The progress of the newest complete checkpoint."""
    saved = checkpoints.manifests(folder / layout.CHECKPOINTS)
    return fit.Progress(**saved[-1]["progress"]) if saved else fit.Progress()


def _restored(folder, model, recorder) -> fit.Progress:
    """Restore the newest checkpoint, if there is one, and make the rows of the unfinished epoch void; returns
    the progress.
    """
    progress = _saved_progress(folder)
    if progress.epoch:
        checkpoints.restore(folder / layout.CHECKPOINTS, model, progress.epoch)
    recorder.resume(checkpoints.manifests(folder / layout.CHECKPOINTS))
    return progress
