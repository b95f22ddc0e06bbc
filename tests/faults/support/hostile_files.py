"""Puts hostile bytes into a run, and reads the run as the app does."""

import hashlib
from collections import Counter

from imdb_core import files
from imdb_core.errors import UserError
from imdb_core.evaluation import predictions
from imdb_core.runs import launcher, layout, store
from imdb_core.scoring import models, predictor
from imdb_core.training import checkpoints
from tests.faults.support import counting_worker

MODEL_FILES = (layout.MODEL, layout.WEIGHTS, layout.PREDICTIONS, layout.VOCABULARY, "epochs/epoch-001.onnx")
CHECKPOINT_FILES = (layout.WEIGHTS, layout.STATE)


def plant(run: store.Run, content: bytes) -> None:
    """Replace every file of a model by `content`, with right checksums; also write the names that Keras uses.

    Calls the private _manifest, because the planted checksums must be the ones that the app checks.
    """
    for name in MODEL_FILES:
        files.write_atomically(run.folder / name, content)
    right = hashlib.sha256(content).hexdigest()
    model = {"format": 1, "epoch": 2, "sha256": dict.fromkeys(MODEL_FILES, right), "epochs": {"1": right}}
    files.write_json(run.folder / layout.MODEL_FACTS, model)
    for folder in (run.folder / layout.CHECKPOINTS).iterdir():
        manifest = {**checkpoints._manifest(folder), "sha256": dict.fromkeys(CHECKPOINT_FILES, right)}
        for name in CHECKPOINT_FILES:
            files.write_atomically(folder / name, content)
        files.write_json(folder / layout.MANIFEST, {**manifest, "checksum": files.checksum(manifest)})
    for name in ("model.keras", "model.h5", "weights.h5", "model.weights.h5"):
        (run.folder / name).write_bytes(content)


def read_as_the_app_does(run: store.Run) -> Counter:
    """Read all files of a run as the app does; count readings that were refused, loaded or not caught."""
    count = Counter(refused=0, loaded=0, uncaught=0)
    launcher.runs()
    readers = (
        lambda: predictor.Predictor(models.find(run.id).folder),
        lambda: predictor.Predictor(models.find(run.id).folder, 1),
        lambda: predictions.read_classes(store.find(run.id)),
        lambda: predictions.read_classes(store.find(run.id), "validation"),
        lambda: checkpoints.read_arrays((run.folder / layout.WEIGHTS).read_bytes()),
        lambda: checkpoints.restore(run.folder / layout.CHECKPOINTS, counting_worker.Model(), 3),
    )
    for read in readers:
        try:
            read()
            count["loaded"] += 1
        except UserError:
            count["refused"] += 1
        except Exception as error:  # noqa: BLE001 - every exception is counted
            print(repr(error))
            count["uncaught"] += 1
    return count
