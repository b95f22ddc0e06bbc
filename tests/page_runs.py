"""Runs written as files for the tests of pages, because files are all that pages read."""

from imdb_core.runs import journal, layout, store

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
