"""Rows that train with the real worker: a resumed run against an unbroken one, and typed reviews against the
worker's figures.
"""

import psutil

from imdb_core import config as configs
from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.demo_training import SETTINGS, keep, wait_until_ended
from tests.faults.support.waiting import wait_until

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


@row(
    "B7",
    "a run is killed after 3 of 6 epochs and resumed",
    "same figures as an unbroken run, within 1e-6",
    tensorflow=True,
)
def resumed_exactly(place, patch):
    unbroken, broken = (store.create(configs.checked(SETTINGS), store.new_id()) for _ in range(2))
    launcher.dispatch()
    wait_until(
        lambda: len(store.read(broken.folder).epochs) >= 3 or store.read(broken.folder).state == "failed", 400
    )
    worker = launcher.process(store.read(broken.folder))
    worker.kill()
    psutil.wait_procs([worker], timeout=10)
    [killed] = [run for run in launcher.runs() if run.id == broken.id]
    done = len(killed.epochs)
    launcher.resume(killed)
    expected, found = wait_until_ended(unbroken), wait_until_ended(broken)
    keep(expected)
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
    return Outcome(figure, same and difference <= 1e-6 and done < 6)
