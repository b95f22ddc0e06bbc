"""Runs as a worker leaves them at its end, with the curves and predictions that a test names."""

import numpy as np

from imdb_core import config as configs
from imdb_core.runs import journal, layout, store

HEALTHY = {
    "loss": [0.55, 0.40, 0.32, 0.27],
    "val_loss": [0.48, 0.40, 0.364, 0.365],
    "val_accuracy": [0.77, 0.82, 0.84, 0.845],
}
VALIDATION = 2500


def ended(
    network="lstm",
    *,
    event="finished",
    message=None,
    planned=None,
    reviews=VALIDATION,
    values=None,
    positive=None,
    class_counts=None,
    first_rows=(),
    **measured,
):
    """A run that ended, with one epoch for each number of the curves in `measured`.

    Other curves are those of HEALTHY. `planned` is the number of epochs in the config. `positive` is the
    share of positive reviews in a run of an older version, which knew two classes; `class_counts` are the
    reviews of each class, the same of training and validation. Without both, the run has not counted its
    classes. `first_rows` are losses inside epoch 1.
    """
    rows = HEALTHY | measured
    epochs = min(map(len, rows.values()))
    config = configs.preset(network, epochs=planned or max(1, epochs), **(values or {}))
    run = store.create(config, store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "phase", phase="starting Keras", **_counts(reviews, positive, class_counts))
    batch = {"kind": "batch", "epoch": 1, "steps": 9, "accuracy": 0.5, "seconds": 0.1}
    for step, loss in enumerate(first_rows, 1):
        journal.append(run.folder / layout.METRICS, {**batch, "step": step, "loss": loss})
    for number in range(epochs):
        row = {"kind": "epoch", "epoch": number + 1, "step": 9, "steps": 9, "accuracy": 0.5, "seconds": 1.0}
        row |= {name: numbers[number] for name, numbers in rows.items()} | {"validation_seconds": 0.1}
        journal.append(run.folder / layout.METRICS, row)
    test = {"test_accuracy": 0.8, "test_reviews": 100} if event == "finished" else {}
    store.record(run.folder, event, message=message, **test)
    return store.read(run.folder)


def _counts(reviews, positive, class_counts):
    """The fields of a "phase" event that count the reviews."""
    counts = {"reviews": 9 * reviews, "validation_reviews": reviews}
    if positive is not None:
        counts |= {f"positive_{name}": round(positive * count) for name, count in counts.items()}
    if class_counts:
        counts |= {"class_counts": class_counts, "validation_class_counts": class_counts}
    return counts


def judged(run, positive, negative, each=1250):
    """Add predictions to a run that are right for these shares of the positive and negative reviews.

    `each` is the number of reviews in each class, or (positive, negative).
    """
    counts = (each, each) if isinstance(each, int) else each
    right = [
        np.arange(count) < round(share * count)
        for count, share in zip(counts, (positive, negative), strict=True)
    ]
    probabilities = np.concatenate([np.where(right[0], 0.9, 0.1), np.where(right[1], 0.1, 0.9)])
    np.savez(
        run.folder / layout.PREDICTIONS, validation=probabilities, validation_labels=np.repeat([1, 0], counts)
    )
    return run


def judged_classes(run, verdicts, labels):
    """Add validation predictions that give each review the class number in `verdicts` with a share of 0.8."""
    classes = len(run.config.classes)
    shares = np.full((len(labels), classes), 0.2 / (classes - 1))
    shares[np.arange(len(labels)), verdicts] = 0.8
    np.savez(run.folder / layout.PREDICTIONS, validation=shares, validation_labels=labels)
    return run
