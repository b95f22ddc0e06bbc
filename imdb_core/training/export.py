"""Write a run's model files: the ONNX file of each epoch, and the best epoch's files. Called by course.

The best epoch gets model.onnx, weights.npz and vocabulary.json. model.json is written last, with the
checksums of all files; without model.json there is no model. Backends other than TensorFlow cannot write
ONNX: for them `python -m imdb_core.training.export WEIGHTS ONNX CONFIG` runs in a process of its own.
"""

import contextlib
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from imdb_core import architectures, background, keras_settings, paths
from imdb_core import config as configs
from imdb_core.arrays import packed
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError
from imdb_core.files import names, own_folder, write_atomically, write_json
from imdb_core.operating_system.file_access import remove_file
from imdb_core.runs import layout, ownership
from imdb_core.scoring import onnx_models
from imdb_core.scoring.safe_graph import UnsafeModel
from imdb_core.sentences import Sentence
from imdb_core.training import checkpoints
from imdb_core.training.checkpoints import Arrays
from imdb_core.training.fit import FitState
from imdb_core.training.onnx_template import SHORT_ROWS, Template, is_shortened
from imdb_core.version import VERSION

CHECKED_REVIEWS = 64  # on which the probabilities of ONNX and of Keras are compared
LARGEST_DIFFERENCE = 1e-4  # allowed between these probabilities


def why_not() -> Sentence | None:
    """None if ONNX can be written, else a sentence for the user. Training alone does not need ONNX."""
    return None if importlib.util.find_spec("tensorflow") else Sentence("no_tensorflow")


class Exporter:
    """Writes the models of the run with this folder and config."""

    def __init__(self, folder: Path, config: RunConfig):
        self._folder, self._config = folder, config

    def keep_epoch(self, model: Any, epoch: int, *, resumed: bool = False) -> None:
        """Write epochs/epoch-N.onnx with the weights of `model`; nothing if why_not() gives a reason.

        If `resumed`, only if it is missing.
        """
        if why_not() or (resumed and self.has_epoch(epoch)):
            return
        own_folder(self._folder / layout.EPOCH_MODELS)
        write_atomically(self._folder / layout.epoch_model(epoch), self._onnx(checkpoints.weights(model)))
        self._limit_bytes()

    def has_epoch(self, epoch: int) -> bool:
        """Whether the model of this epoch is written."""
        return (self._folder / layout.epoch_model(epoch)).is_file()

    def forget_after(self, epoch: int) -> None:
        """Remove the models and maps of later epochs, which a worker that was killed may have left."""
        for later in self._epochs():
            if later > epoch:
                self._forget(later)

    def export(self, model: Any, words: Sequence[str], reviews: Reviews, progress: FitState) -> float:
        """Write the files of `model`, which has the best epoch's weights; returns the largest |ONNX - Keras|.

        `words` are the words of the corpus, `reviews` prepared reviews for the comparison. Raises ModelError
        if ONNX gives other probabilities.
        """
        folder, arrays = self._folder, checkpoints.weights(model)
        if (folder / layout.MODEL_FACTS).is_file():  # older than a resume; another epoch may be the best now
            remove_file(folder / layout.MODEL_FACTS)
        onnx = self._onnx(arrays)
        checkpoints.load_weights(self._without_dropout, arrays)
        difference = _difference(self._config, self._without_dropout, onnx=onnx, reviews=reviews)
        if not difference <= LARGEST_DIFFERENCE:
            raise ModelError(
                f"The exported model differs from the trained one by {difference:.2g} (allowed: "
                f"{LARGEST_DIFFERENCE:g})."
            )
        write_atomically(folder / layout.WEIGHTS, packed(arrays))
        vocabulary = Vocabulary(words, self._config.tokenizer).limited(self._config.vocabulary_size)
        vocabulary.save(folder / layout.VOCABULARY)
        write_atomically(folder / layout.MODEL, onnx)
        hashes = {name: _sha256(folder / name) for name in (layout.WEIGHTS, layout.VOCABULARY, layout.MODEL)}
        epochs = {
            str(epoch): _sha256(folder / layout.epoch_model(epoch))
            for epoch in self._epochs()
            if epoch <= progress.epoch
        }
        facts = {
            "epoch": progress.best_epoch,
            "sha256": hashes,
            "epochs": epochs,
            "onnx_minus_keras": difference,
        }
        write_json(folder / layout.MODEL_FACTS, {"format": 1, "app_version": VERSION, **facts})
        return difference

    def _onnx(self, arrays: Arrays) -> bytes:
        onnx = self._template.filled(arrays) if self._template else converted(self._config, arrays)
        require_usable(self._config, onnx)
        return onnx

    @cached_property
    def _without_dropout(self) -> Any:
        """The network in Keras's own layers, without dropout: the reference for the ONNX file."""
        return architectures.build(self._config, regularised=False)

    @cached_property
    def _template(self) -> Template | None:
        """The file that only needs new weights; None if this network needs a conversion for each epoch."""
        arrays = checkpoints.weights(self._without_dropout)
        try:
            return Template(lambda numbered: converted(self._config, numbered), arrays)
        except Exception:  # noqa: BLE001 - no short tables, say; the conversion of all weights tells any other fault
            return None

    def _epochs(self) -> list[int]:
        """The epochs whose models are written, in order."""
        files = names(self._folder / layout.EPOCH_MODELS, ownership.EPOCH_MODEL)
        return sorted(int(Path(name).stem.removeprefix("epoch-")) for name in files)

    def _limit_bytes(self) -> None:
        """While all epochs exceed MOST_EPOCH_BYTES, remove every second one; the first and the last stay.

        What shows the inside of an epoch's network goes with the model.
        """
        while True:
            epochs = self._epochs()
            size = sum((self._folder / layout.epoch_model(epoch)).stat().st_size for epoch in epochs)
            if size <= configs.MOST_EPOCH_BYTES or len(epochs) <= 2:
                return
            for epoch in epochs[1:-1:2]:
                self._forget(epoch)

    def _forget(self, epoch: int) -> None:
        """Remove the model of an epoch, and before it what shows its inside."""
        for name in layout.epoch_files(epoch):
            with contextlib.suppress(FileNotFoundError):
                remove_file(self._folder / name)


def require_usable(config: RunConfig, onnx: bytes) -> None:
    """Raise ModelError if the predictor would refuse this model, so that a network's author learns of it."""
    try:
        onnx_models.usable_graph(onnx, config)
    except UnsafeModel as error:
        raise ModelError(
            f"The network {config.network} cannot be used as ONNX: {error}. If it needs an operator that no "
            "network needed before, allow it in imdb_core/scoring/safe_graph.py, whose first lines say how."
        ) from error


def converted(config: RunConfig, arrays: Arrays) -> bytes:
    """The ONNX file of the network of `config` with these weights, converted by TensorFlow."""
    import keras

    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / layout.MODEL
        if keras.backend.backend() == "tensorflow":
            _write_converted(config, arrays, target)
        else:  # only TensorFlow writes ONNX for any number of words; all backends have the same weights
            write_atomically(Path(scratch) / layout.WEIGHTS, packed(arrays))
            write_atomically(Path(scratch) / layout.CONFIG, config.model_dump_json().encode())
            _in_tensorflow(scratch, target)
        return target.read_bytes()


def _write_converted(config: RunConfig, arrays: Arrays, target: Path) -> None:
    """Write the network with these weights as ONNX; each recurrent layer is one operator. TensorFlow only.

    If `arrays` are shortened (onnx_template.py), so are the tables of the network.
    """
    from imdb_core.architectures.keras_layers import namespace
    from imdb_core.training import onnx_layers

    tables = onnx_layers.with_rows(SHORT_ROWS) if is_shortened(arrays) else {}
    layers = namespace(GRU=onnx_layers.GRU, SimpleRNN=onnx_layers.SimpleRNN, **tables)
    model = architectures.build(config, regularised=False, layers=layers)
    checkpoints.load_weights(model, arrays)
    write_onnx(model, target)
    if architectures.has_layer(config, "SimpleRNN"):
        write_atomically(target, onnx_layers.without_gates(target.read_bytes()))


def write_onnx(model: Any, target: Path) -> None:
    """Write `model` as ONNX for any batch size and any number of words.

    The output of a Softmax layer, the attention, becomes a second output.
    """
    import keras

    attention = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Softmax)]
    if attention:
        model = keras.Model(model.input, [model.output, *attention])
    words = np.zeros((1, 32), np.int32)
    model(words)  # Keras exports only a model that has been called
    model.export(str(target), format="onnx", verbose=False)


def _in_tensorflow(scratch: str, target: Path) -> None:
    files = f"{scratch}/{layout.WEIGHTS}", target, f"{scratch}/{layout.CONFIG}"
    process = subprocess.run(
        background.command("-m", "imdb_core.training.export", *files),
        cwd=paths.PROJECT,
        env=background.environment(KERAS_BACKEND="tensorflow"),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(
            f"Writing {layout.MODEL} needs TensorFlow, which failed: {last}. Install it, then resume the run."
        )


def _difference(config: RunConfig, keras_model: Any, *, onnx: bytes, reviews: Reviews) -> float:
    """The largest difference of probabilities between Keras and ONNX Runtime on CHECKED_REVIEWS reviews."""
    indices = np.linspace(0, len(reviews) - 1, min(CHECKED_REVIEWS, len(reviews))).astype(int)
    session, differences = onnx_models.session(onnx), [0.0]
    for _, words in batches.evaluation_batches(reviews.select(indices), config):
        probabilities = session.run(None, {session.get_inputs()[0].name: words})[0]
        differences.append(np.abs(np.asarray(keras_model.predict_on_batch(words)) - probabilities).max())
    return float(np.max(differences))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    keras_settings.load()
    weights_path, onnx_path, config_path = map(Path, sys.argv[1:])
    weights = checkpoints.read_arrays(weights_path.read_bytes())
    _write_converted(configs.read(config_path.read_text("utf-8")), weights, onnx_path)
