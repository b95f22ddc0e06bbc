"""From the best epoch's weights to the files that score reviews: weights.npz, vocabulary.json, model.onnx and, last, model.json.

model.json holds the checksums of the others; without it there is no model. Called by the worker, and as
`python -m imdb_core.training.export WEIGHTS ONNX CONFIG` for backends that cannot write ONNX themselves.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError
from imdb_core.files import write_atomically, write_json
from imdb_core.training import checkpoints

CHECKED_REVIEWS = 64
LARGEST_DIFFERENCE = 1e-4


def export(folder: Path, config, model, words, reviews, *, epoch: int) -> float:
    """Write the model files of `model` (weights of `epoch`) into `folder`; returns the largest difference ONNX - Keras.

    `words` is the corpus's vocabulary, `reviews` are prepared ones to compare on. Raises ModelError if ONNX disagrees.
    """
    arrays = checkpoints.weights(model)
    bare = architectures.build(config, regularised=False)
    checkpoints.load_weights(bare, arrays)
    onnx = _onnx_bytes(config, bare, arrays)
    difference = _difference(config, bare, onnx, reviews)
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelError(
            f"The exported model differs from the trained one by {difference:.2g} (allowed: {LARGEST_DIFFERENCE:g})."
        )
    write_atomically(folder / "weights.npz", checkpoints.packed(arrays))
    Vocabulary(words).limited(config.vocabulary_size).save(folder / "vocabulary.json")
    write_atomically(folder / "model.onnx", onnx)
    hashes = {name: _sha256(folder / name) for name in ("weights.npz", "vocabulary.json", "model.onnx")}
    write_json(folder / "model.json", {"format": 1, "epoch": epoch, "sha256": hashes, "onnx_minus_keras": difference})
    return difference


def _onnx_bytes(config, bare, arrays) -> bytes:
    import keras

    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "model.onnx"
        if keras.backend.backend() == "tensorflow":
            write_onnx(bare, target)
        else:  # only TensorFlow writes ONNX with a free number of words; the weights are the same arrays
            write_atomically(Path(scratch) / "weights.npz", checkpoints.packed(arrays))
            write_atomically(Path(scratch) / "config.json", config.model_dump_json().encode())
            _in_tensorflow(scratch, target)
        return target.read_bytes()


def write_onnx(model, target: Path) -> None:
    """`model` as ONNX with any batch size and any number of words."""
    words = np.zeros((1, 32), np.int32)
    model(words)  # Keras exports only a model that has been called
    model.export(str(target), format="onnx", verbose=False)


def _in_tensorflow(scratch: str, target: Path) -> None:
    command = [sys.executable, "-m", "imdb_core.training.export", f"{scratch}/weights.npz", str(target), f"{scratch}/config.json"]
    done = subprocess.run(command, env={**os.environ, "KERAS_BACKEND": "tensorflow"}, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(f"Writing model.onnx needs TensorFlow, which failed: {last}. Install it, then resume the run.")


def _difference(config, keras_model, onnx: bytes, reviews) -> float:
    """The largest difference of probabilities between Keras and ONNX Runtime on some of the reviews."""
    from imdb_core.scoring.predictor import session

    indices = np.linspace(0, len(reviews) - 1, min(CHECKED_REVIEWS, len(reviews))).astype(int)
    runtime, differences = session(onnx), [0.0]
    for _, words in batches.evaluation_batches(reviews.select(indices), config):
        ours = runtime.run(None, {runtime.get_inputs()[0].name: words})[0]
        differences.append(np.abs(np.asarray(keras_model.predict_on_batch(words)) - ours).max())
    return float(np.max(differences))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    weights_path, onnx_path, config_path = map(Path, sys.argv[1:])
    network = architectures.build(configs.read(config_path.read_text("utf-8")), regularised=False)
    checkpoints.load_weights(network, checkpoints.read_arrays(weights_path.read_bytes()))
    write_onnx(network, onnx_path)
