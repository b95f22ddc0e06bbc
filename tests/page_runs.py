"""Runs written as files for the tests of pages, because files are all that pages read."""

import numpy as np

from imdb_core import data
from imdb_core.runs import journal, layout, store
from tests.faults.support import sample_runs

EPOCH = {
    "kind": "epoch",
    "step": 9,
    "steps": 9,
    "loss": 0.4,
    "accuracy": 0.8,
    "val_loss": 0.41,
    "val_accuracy": 0.8,
    "seconds": 1.0,
    "validation_seconds": 0.1,
    "words_per_second": 9.0,
}


def add_epoch(run: store.Run, epoch: int, **figures) -> None:
    """Append the row of an epoch to the run's metrics, with these `figures` instead of EPOCH's."""
    journal.append(run.folder / layout.METRICS, EPOCH | {"epoch": epoch} | figures)


def run_with_verdicts(name: str = "my run", skill: float = 0.4, seed: int = 0, **changes) -> store.Run:
    """A run that ended well, without a model, tested on the demo reviews.

    Its verdicts are drawn; a larger `skill` makes more of them right.
    """
    run, labels = sample_runs.finished_run(name, seed=seed, **changes), data.load("demo").test.labels
    drawn = np.clip(np.random.default_rng(seed).normal(0.3 + skill * labels, 0.25), 0, 1)
    np.savez(run.folder / layout.PREDICTIONS, test=drawn.astype(np.float32), test_labels=labels)
    accuracy = float(((drawn > 0.5) == labels).mean())
    store.record(run.folder, "finished", test_accuracy=accuracy, test_reviews=len(labels))
    return store.read(run.folder)
