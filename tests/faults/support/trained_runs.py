"""A finished run with all files of a training: weights, models, predictions and a checkpoint."""

import json
import shutil

from imdb_core import files
from imdb_core.runs import layout, store
from imdb_core.training import checkpoints
from imdb_core.training.fit import FitState
from tests.faults.support import counting_worker, sample_runs

OTHER_EPOCH = 1  # an epoch that is not the best one


def run_with_checkpoint() -> store.Run:
    """A copy of a pretrained network as a run, with a checkpoint and the model of another epoch."""
    run = sample_runs.trained_copy()
    document = json.loads((run.folder / layout.CONFIG).read_bytes())
    files.write_json(run.folder / layout.CONFIG, {**document, "checksum": files.checksum(document["config"])})
    rows = (run.folder / layout.METRICS).read_bytes().splitlines(keepends=True)
    epoch_rows = b"".join(row for row in rows if b"val_loss" in row)  # all rows together take long to read
    (run.folder / layout.METRICS).write_bytes(epoch_rows)
    model = json.loads((run.folder / layout.MODEL_FACTS).read_bytes())
    shutil.rmtree(run.folder / "epochs", ignore_errors=True)
    (run.folder / "epochs").mkdir()
    shutil.copy(run.folder / layout.MODEL, run.folder / layout.epoch_model(OTHER_EPOCH))
    files.write_json(
        run.folder / layout.MODEL_FACTS,
        {**model, "epochs": {str(OTHER_EPOCH): model["sha256"][layout.MODEL]}},
    )
    network = counting_worker.Model()
    network.learn(3)
    checkpoints.save(run.folder / layout.CHECKPOINTS, network, {"epoch": 3}, FitState(3, 3, 0.5))
    return store.read(run.folder)
