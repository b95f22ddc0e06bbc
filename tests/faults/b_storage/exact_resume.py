"""Rows that train with the real worker: a resumed run against an unbroken one, and typed reviews against the
worker's figures.
"""

import functools
import shutil
import tempfile
from pathlib import Path

import numpy as np
import psutil

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.data import demo
from imdb_core.runs import launcher, store
from imdb_core.scoring import predictor
from tests.faults.rows import Found, row, until

SMALL = {
    "network": "lstm_recurrent_dropout",
    "dataset": "demo",
    "vocabulary_size": 400,
    "review_length": 40,
    "embedding_size": 8,
}
SMALL |= {"units": 4, "dropout": 0.3, "batch_size": 32, "epochs": 6, "device": "cpu", "seed": 11}
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")
REVIEWS = 200
GOLDEN_TEXT = "The film isn't that BAD.<br /><br />I loved it, qwertz!"
GOLDEN_IDS = (
    1,
    4,
    22,
    218,
    15,
    78,
    10,
    10,
    13,
    447,
    12,
    2,
)  # Keras's ranks + 3, start token first, one unknown


@functools.cache
def _kept() -> Path:
    """Where the unbroken run's files stay for the next row of this process."""
    return Path(tempfile.mkdtemp(prefix="faults-kept-"))


def _ended(run) -> store.Run:
    until(lambda: store.read(run.folder).state in store.ENDED, 400)
    return store.read(run.folder)


@row("B7", "a run is killed after 3 of 6 epochs and resumed", "histories equal <= 1e-6", tensorflow=True)
def resumed_exactly(place, patch):
    unbroken, broken = (store.create(configs.checked(SMALL), store.new_id()) for _ in range(2))
    launcher.dispatch()
    until(
        lambda: len(store.read(broken.folder).epochs) >= 3 or store.read(broken.folder).state == "failed", 400
    )
    worker = launcher.process(store.read(broken.folder))
    worker.kill()
    psutil.wait_procs([worker], timeout=10)
    [killed] = [run for run in launcher.runs() if run.id == broken.id]
    done = len(killed.epochs)
    launcher.resume(killed)
    expected, found = _ended(unbroken), _ended(broken)
    _keep(expected)
    epochs = [one["epoch"] for one in found.epochs]
    pairs = zip(found.epochs, expected.epochs, strict=True)
    difference = max(abs(one[name] - other[name]) for one, other in pairs for name in FIGURES)
    same = (
        found.state == expected.state == "finished"
        and epochs == list(range(1, 7))
        and found.event("resumed")["epoch"] == done
    )
    same = (
        same
        and found.best["epoch"] == expected.best["epoch"]
        and found.test_accuracy == expected.test_accuracy
    )
    figure = (
        f"largest difference {difference:.1g} in 6 epochs x {len(FIGURES)} figures, killed after epoch {done}"
    )
    return Found(figure, same and difference <= 1e-6 and done < 6)


def _keep(run) -> None:
    shutil.copytree(run.folder, _kept() / run.id, dirs_exist_ok=True)


def _trained() -> Path:
    """The folder of a finished run: B7's, or a new one."""
    if not list(_kept().iterdir()):
        _keep(_ended(launcher.submit(configs.checked(SMALL))))
    return next(_kept().iterdir())


@row(
    "C6",
    "typed text is prepared unlike the training reviews",
    "|dp| <= 1e-6",
    tensorflow=True,
    breaks=("capitals stay",),
)
def same_preparation(place, patch, broken):
    folder = _trained()
    with np.load(folder / "predictions.npz") as saved:
        written = saved["test"][:REVIEWS]
    if broken:
        patch.setattr(predictor, "tokens", str.split)
    model = predictor.Predictor(folder)
    typed = np.array([model.score(text).probability for text in demo.texts("test")[:REVIEWS]], np.float32)
    difference = float(np.abs(typed - written).max())
    golden = predictor.Predictor(paths.PRETRAINED / "cnn_lstm").read(GOLDEN_TEXT).ids
    figure = f"largest difference {difference:.1g} in {REVIEWS} reviews, golden ids {'right' if golden == GOLDEN_IDS else golden}"
    return Found(figure, difference <= 1e-6 and golden == GOLDEN_IDS)
