"""One training from start to end: load reviews and network, train, export the best epoch, test it.

Called by the worker, which records an error as the end of the run. The checkpoint and the row of an epoch are
written before its extras, which may fail (see extras).
"""

import platform
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers, architectures, keras_settings
from imdb_core.data import batches
from imdb_core.data.reading import prepared
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.evaluation import balance, predictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.inside import making
from imdb_core.runs import layout, provenance, store
from imdb_core.runs.rows import Row
from imdb_core.sweeps import pruning
from imdb_core.sweeps.sweep import membership
from imdb_core.training import checkpoints, device_setup, export, fit, start_vectors, start_weights, teaching
from imdb_core.training.export import Exporter
from imdb_core.training.fit import FitState, Stopped
from imdb_core.training.material import Material
from imdb_core.training.recorder import RunRecorder
from imdb_core.training.sizes import Sizes
from imdb_core.training.task import Task

LOGGED_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


class Course:
    """One training: its state, and its stages load, fit, export and evaluate.

    `device` is "cpu" or "gpu:N", `threads` the number of cores. load() sets what is declared here.
    """

    material: Material
    model: Any
    exporter: Exporter
    sizes: Sizes
    without_export = export.why_not()  # a notice, if no ONNX file can be written here

    def __init__(self, run: store.Run, recorder: RunRecorder, *, device: str, threads: int) -> None:
        self.run, self.config, self.recorder = run, config_of(run), recorder
        self.device, self.threads = device, threads
        self.progress = FitState()

    def complete(self) -> dict[str, Any]:
        """Go through all stages; returns the run's final figures, for the event "finished".

        Raises DataError if a resumed run would go on with other reviews, ModelError for a damaged checkpoint,
        Stopped, and Diverged.
        """
        self.load()
        try:
            self.fit()
        except Stopped:  # the best epoch so far is exported, but not tested
            self.progress = self._saved_progress()
            if self.progress.epoch:
                self.export()
            raise
        self.export()
        if membership(self.run):  # only chosen runs are tested: a test of all would choose by the test texts
            return {"best_epoch": self.progress.best_epoch, "early": self._ended_early}
        return self.evaluate()

    def load(self) -> None:
        """Load the reviews and build the network, on the CPU if the chosen device cannot be used."""
        self.recorder.phase("loading_texts")
        self.material = Material.load(self.config, teaching.teacher(self.run, self.recorder))
        facts = self.material.facts()
        provenance.require_same_reviews(self.run, facts)
        self.recorder.phase("starting_keras", **facts)
        self.model = self.start_keras()
        self.exporter = Exporter(self.run.folder, self.config)
        self.sizes = Sizes(self.config, self.material.validation, device=self.device, threads=self.threads)

    def start_keras(self) -> Any:
        """The network, ready to train. Records the backend, the versions and the processor."""
        keras = keras_settings.load()
        keras.utils.set_random_seed(self.config.seed)
        from imdb_core.training.network import trainable_network  # imports Keras, so after its settings

        unusable = device_setup.why_not_usable(self.device)
        device = "cpu" if unusable else self.device
        model = trainable_network(self.config, device=device, threads=self.threads)
        backend = keras.backend.backend()
        versions = {name: sys.modules[name].__version__ for name in ("keras", "numpy", backend)}
        versions["app"] = provenance.code_fingerprint()
        machine = platform.processor() or platform.machine()
        notices = filter(None, (unusable, self.without_export))
        self.recorder.phase("training", *notices, backend=backend, versions=versions, machine=machine)
        return model

    def fit(self) -> None:
        """Train from the newest checkpoint to the last epoch, or until patience ends; each epoch is saved."""
        self._restore()
        last_epoch = self.progress.epoch
        self.forget_after(last_epoch)
        if last_epoch:  # the worker may have been killed before the extras of this epoch
            self.epoch_extras(last_epoch, resumed=True)
            if self.run.was_interrupted:  # perhaps before its sweep judged this epoch
                self._judge(last_epoch)
        else:
            self.before_first_epoch()
        self.progress = fit.fit(
            *(self.model, self.task(), self.config),
            progress=self.progress,
            on_batch=self.on_batch,
            on_epoch=self.on_epoch,
        )

    def task(self) -> Task:
        """What the network learns."""
        return fit.LabelTask(self.material.train, self.material.validation, self.config, self.sizes.validated)

    def before_first_epoch(self) -> None:
        """Set the weights that do not start at random, and score the probes with the untrained network.

        Raises ModelError if the language model that the network starts from is gone.
        """
        stream = partial(batches.training_batches, self.material.train, self.config, 0)
        architectures.start(self.model, self.config, lambda: self.recorder.until_stopped(stream()))
        if self.config.start_from:
            start_weights.take_over(self.model, self.config, self.material.corpus.words)
        keep_start = partial(start_vectors.keep, self.run.folder, self.config, self.model)
        self.recorder.extras.attempt("inside", keep_start)
        self._try_to_score_probes(0)

    def forget_after(self, epoch: int) -> None:
        """Remove what a worker that was killed may have left of later epochs."""
        self.recorder.extras.attempt("epoch-model", lambda: self.exporter.forget_after(epoch))

    def on_batch(self, row: Row) -> None:
        """Called after each batch, with its figures. Raises Stopped."""
        self.recorder.batch(row)

    def on_epoch(self, row: Row, progress: FitState) -> None:
        """Called after each epoch: save the checkpoint, the row, and the extras. Raises Stopped."""
        row = {"kind": "epoch", **row, "memory": self.recorder.memory()}
        checkpoints.save(self._checkpoints, self.model, row, progress)
        self.recorder.write(row, durable=True)
        epochs = {"epoch": progress.epoch, "best_epoch": progress.best_epoch}
        store.record(self.run.folder, "epoch-saved", **epochs)
        figures = (f"{name} {row[name]:.4f}" for name in LOGGED_FIGURES)
        self.recorder.log(f"epoch {row['epoch']} in {row['seconds']:.1f} s:", *figures)
        self.epoch_extras(progress.epoch)
        self._judge(progress.epoch)

    def _judge(self, epoch: int) -> None:
        """Raise Stopped if the sweep of the run would end it after this epoch, which is not its last."""
        verdict = self.recorder.extras.attempt("pruning", lambda: pruning.verdict(self.run), epoch=epoch)
        if verdict and epoch < self.config.epochs:
            raise Stopped(verdict)

    def epoch_extras(self, epoch: int, *, resumed: bool = False) -> None:
        """Score the probes, write this epoch's model, map and sizes; if `resumed`, only what is missing."""
        if not (resumed and self._has(epoch, "probes")):
            self._try_to_score_probes(epoch)
        keep_model = partial(self.exporter.keep_epoch, self.model, epoch, resumed=resumed)
        keep_map = partial(making.keep_epoch, self.run.folder, self.config, epoch, self.material)
        keep_sizes = partial(self.sizes.keep_epoch, self.run.folder, self.model, epoch, resumed=resumed)
        for extra, keep in (("epoch-model", keep_model), ("inside", keep_map), ("learning", keep_sizes)):
            self.recorder.extras.attempt(extra, keep, epoch=epoch)

    def export(self) -> None:
        """Write the model files of the best epoch; `model` has its weights afterwards."""
        if self.model.dtype_policy.name != "float32":  # the exported and tested model computes with float32
            self.model = architectures.build(self.config)
        checkpoints.restore_weights(self._checkpoints, self.model, self.progress.best_epoch)
        words, validation = self.material.corpus.words, self.material.validation
        export_best = partial(self.exporter.export, self.model, words, validation, self.progress)
        self.recorder.extras.attempt("model", export_best)

    def evaluate(self) -> dict[str, Any]:
        """Score the test reviews once, with the best epoch's weights; returns the run's final figures."""
        self.recorder.phase("evaluating")
        started = time.monotonic()
        corpus = self.material.corpus
        test = prepared(corpus.test, Vocabulary(corpus.words, corpus.tokenizer), self.config)
        shares = self._predict(test)
        seconds = time.monotonic() - started
        loss, accuracy = answers.loss_and_accuracy(shares, test.labels)
        attempt = self.recorder.extras.attempt
        attempt("predictions", lambda: self._write_predictions(shares, test.labels))
        skill = attempt("balance", lambda: balance.measured(shares, test.labels, self.config.classes))
        return {
            "best_epoch": self.progress.best_epoch,
            "early": self._ended_early,
            "test_loss": loss,
            "test_accuracy": accuracy,
            "test_reviews": len(test),
            "evaluation_seconds": seconds,
            **(skill or {}),
        }

    @property
    def _ended_early(self) -> bool:
        return self.progress.epoch < self.config.epochs

    @property
    def _checkpoints(self) -> Path:
        return self.run.folder / layout.CHECKPOINTS

    def _saved_progress(self) -> FitState:
        """The progress of the newest complete checkpoint."""
        saved = checkpoints.manifests(self._checkpoints)
        return FitState(**saved[-1]["progress"]) if saved else FitState()

    def _restore(self) -> None:
        """Restore the newest checkpoint, if there is one; rows of the unfinished epoch become void."""
        self.progress = self._saved_progress()
        if self.progress.epoch:
            checkpoints.restore(self._checkpoints, self.model, self.progress.epoch)
        self.recorder.resume(checkpoints.manifests(self._checkpoints))

    def _has(self, epoch: int, field: str) -> bool:
        """Whether the row of this epoch has this field."""
        return any(field in row for row in store.read(self.run.folder).epochs if row["epoch"] == epoch)

    def _try_to_score_probes(self, epoch: int) -> None:
        """Score the probe reviews, if there are any; `epoch` is 0 for the untrained network."""
        if len(self.material.probes):
            self.recorder.extras.attempt("probes", lambda: self._score_probes(epoch), epoch=epoch)

    def _score_probes(self, epoch: int) -> None:
        with checkpoints.random_state_kept(self.model):
            shares = fit.predict(self.model, self.material.probes, self.config)
        probes = answers.stored(shares).tolist()
        self.recorder.write({"kind": "probes", "epoch": epoch, "probes": probes})

    def _predict(self, reviews: Reviews) -> NDArray[np.float32]:
        shares: NDArray[np.float32] = fit.predict(
            self.model, reviews, self.config, self.recorder.raise_if_stopped
        )
        return shares

    def _write_predictions(self, shares: NDArray[np.float32], labels: NDArray[Any]) -> None:
        validation = self.material.validation
        judged = self._predict(validation), validation.labels, self.material.validation_indices
        predictions.write(self.run.folder, (shares, labels), judged)
