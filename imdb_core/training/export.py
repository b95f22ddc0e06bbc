"""Write the files that score reviews: an ONNX file of every epoch, and model.onnx, weights.npz,
vocabulary.json of the best.

Last comes model.json with the checksums of all; without it there is no model. Called by the worker, and as
`python -m imdb_core.training.export WEIGHTS ONNX CONFIG` for backends that cannot write ONNX themselves.
"""

import hashlib
import importlib.util
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path

import numpy as np

from imdb_core import architectures, background, keras_settings, paths
from imdb_core import config as configs
from imdb_core.arrays import packed
from imdb_core.data import batches
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError
from imdb_core.files import names, own_folder, write_atomically, write_json
from imdb_core.operating_system import remove_file
from imdb_core.runs import layout, ownership
from imdb_core.scoring.model_files import most_onnx_bytes
from imdb_core.scoring.predictor import session
from imdb_core.scoring.safe_graph import SafeGraph, UnsafeModel
from imdb_core.training import checkpoints
from imdb_core.training.onnx_template import Template, Unplaceable
from imdb_core.version import VERSION

CHECKED_REVIEWS = 64
LARGEST_DIFFERENCE = 1e-4


def why_not() -> str | None:
    """None if ONNX can be written here, else a sentence for the user: training alone does not need it."""
    if importlib.util.find_spec("tensorflow"):
        return None
    return "TensorFlow, which writes the model for the text box, is not installed: install it, or resume the run once it is."


class Exporter:
    """Writes one run's models into its `folder`; `config` is the run's."""

    def __init__(self, folder: Path, config):
        self._folder, self._config = folder, config

    def keep_epoch(self, model, epoch: int) -> None:
        """Write epochs/epoch-N.onnx with the weights that `model` has now; nothing where `why_not` gives a
        reason.
        """
        if why_not():
            return
        own_folder(self._folder / layout.EPOCH_MODELS)
        write_atomically(self._folder / layout.epoch_model(epoch), self._onnx(checkpoints.weights(model)))
        self._thin()

    def has_epoch(self, epoch: int) -> bool:
        """Whether the model of that epoch was kept."""
        return (self._folder / layout.epoch_model(epoch)).is_file()

    def forget_after(self, epoch: int) -> None:
        """Remove the models of later epochs, which a killed worker may have left."""
        for later in self._kept():
            if later > epoch:
                remove_file(self._folder / layout.epoch_model(later))

    def export(self, model, words, reviews, progress) -> float:
        """Write the model files of `model`, which has the best epoch's weights; returns the largest
        difference ONNX - Keras.

        `words` is the corpus's vocabulary, `reviews` are prepared ones to compare on. Raises ModelError if
        ONNX disagrees.
        """
        folder, arrays = self._folder, checkpoints.weights(model)
        if (folder / layout.MODEL_FACTS).is_file():  # written after a stop; another epoch may be the best now
            remove_file(folder / layout.MODEL_FACTS)
        onnx = self._onnx(arrays)
        checkpoints.load_weights(self._bare, arrays)
        difference = _difference(self._config, self._bare, onnx, reviews)
        if not difference <= LARGEST_DIFFERENCE:
            raise ModelError(
                f"The exported model differs from the trained one by {difference:.2g} (allowed: {LARGEST_DIFFERENCE:g})."
            )
        write_atomically(folder / layout.WEIGHTS, packed(arrays))
        Vocabulary(words).limited(self._config.vocabulary_size).save(folder / layout.VOCABULARY)
        write_atomically(folder / layout.MODEL, onnx)
        hashes = {name: _sha256(folder / name) for name in (layout.WEIGHTS, layout.VOCABULARY, layout.MODEL)}
        epochs = {
            str(epoch): _sha256(folder / layout.epoch_model(epoch))
            for epoch in self._kept()
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

    def _onnx(self, arrays) -> bytes:
        onnx = self._template.filled(arrays) if self._template else _converted(self._config, arrays)
        _demand_usable(self._config, onnx)
        return onnx

    @cached_property
    def _bare(self):
        """The network in Keras's own layers, without dropout: what the converted one has to agree with."""
        return architectures.build(self._config, regularised=False)

    @cached_property
    def _template(self) -> Template | None:
        """None if this network has to be converted anew for every epoch."""
        try:
            return Template(lambda arrays: _converted(self._config, arrays), checkpoints.weights(self._bare))
        except Unplaceable:
            return None

    def _kept(self) -> list[int]:
        """The epochs there are files of, in order."""
        kept = names(self._folder / layout.EPOCH_MODELS, ownership.EPOCH_MODEL)
        return sorted(int(Path(name).stem.removeprefix("epoch-")) for name in kept)

    def _thin(self) -> None:
        """When all epochs together take too much room, forget every second one; the first and the last stay."""
        while True:
            kept = self._kept()
            size = sum((self._folder / layout.epoch_model(epoch)).stat().st_size for epoch in kept)
            if size <= configs.MOST_EPOCH_BYTES or len(kept) <= 2:
                return
            for epoch in kept[1:-1:2]:
                remove_file(self._folder / layout.epoch_model(epoch))


def _demand_usable(config, onnx: bytes) -> None:
    """Raise ModelError if the predictor would refuse this model, so that this is noticed when a network is
    added.
    """
    try:
        SafeGraph(onnx).demand_bounded(1, config.review_length)
        if len(onnx) > most_onnx_bytes(config):
            raise UnsafeModel(f"it has {len(onnx):,} bytes, more than {most_onnx_bytes(config):,}")
    except UnsafeModel as error:
        raise ModelError(
            f"The network {config.network} cannot be used as ONNX: {error}. If it needs an operator that no network "
            "needed before, allow it in imdb_core/scoring/safe_graph.py, whose first lines say how."
        ) from error


def _converted(config, arrays) -> bytes:
    """ONNX of the network of `config` with these weights, by a conversion of its own."""
    import keras

    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / layout.MODEL
        if keras.backend.backend() == "tensorflow":
            write_onnx(_convertible(config, arrays), target)
        else:  # only TensorFlow writes ONNX with a free number of words; the weights are the same arrays
            write_atomically(Path(scratch) / layout.WEIGHTS, packed(arrays))
            write_atomically(Path(scratch) / layout.CONFIG, config.model_dump_json().encode())
            _in_tensorflow(scratch, target)
        return target.read_bytes()


def _convertible(config, arrays):
    """The network with these weights, in layers that become single operators of ONNX; TensorFlow only."""
    from imdb_core.architectures.keras_layers import namespace
    from imdb_core.training import onnx_layers

    model = architectures.build(config, regularised=False, layers=namespace(GRU=onnx_layers.GRU))
    checkpoints.load_weights(model, arrays)
    return model


def write_onnx(model, target: Path) -> None:
    """`model` as ONNX with any batch size and any number of words; a second output holds its attention, if it
    has any.
    """
    import keras

    attention = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Softmax)]
    if attention:
        model = keras.Model(model.input, [model.output, *attention])
    words = np.zeros((1, 32), np.int32)
    model(words)  # Keras exports only a model that has been called
    model.export(str(target), format="onnx", verbose=False)


def _in_tensorflow(scratch: str, target: Path) -> None:
    files = f"{scratch}/weights.npz", target, f"{scratch}/config.json"
    done = subprocess.run(
        background.command("-m", "imdb_core.training.export", *files),
        cwd=paths.PROJECT,
        env=background.environment(KERAS_BACKEND="tensorflow"),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(
            f"Writing model.onnx needs TensorFlow, which failed: {last}. Install it, then resume the run."
        )


def _difference(config, keras_model, onnx: bytes, reviews) -> float:
    """The largest difference of probabilities between Keras and ONNX Runtime on some of the reviews."""
    indices = np.linspace(0, len(reviews) - 1, min(CHECKED_REVIEWS, len(reviews))).astype(int)
    runtime, differences = session(onnx), [0.0]
    for _, words in batches.evaluation_batches(reviews.select(indices), config):
        ours = runtime.run(None, {runtime.get_inputs()[0].name: words})[0]
        differences.append(np.abs(np.asarray(keras_model.predict_on_batch(words)) - ours).max())
    return float(np.max(differences))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    keras_settings.load()
    weights_path, onnx_path, config_path = map(Path, sys.argv[1:])
    weights = checkpoints.read_arrays(weights_path.read_bytes())
    write_onnx(_convertible(configs.read(config_path.read_text("utf-8")), weights), onnx_path)
