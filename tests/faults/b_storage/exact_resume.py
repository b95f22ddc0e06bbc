"""A run that was killed and resumed gives the same figures as an unbroken run."""

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
    unbroken, killed = (store.create(configs.checked(SETTINGS), store.new_id()) for _ in range(2))
    launcher.dispatch()
    wait_until(
        lambda: len(store.read(killed.folder).epochs) >= 3 or store.read(killed.folder).state == "failed", 400
    )
    worker = launcher.workers.process(store.read(killed.folder))
    worker.kill()
    psutil.wait_procs([worker], timeout=10)
    [interrupted] = [run for run in launcher.runs() if run.id == killed.id]
    done = len(interrupted.epochs)
    launcher.resume(interrupted)
    expected, resumed = wait_until_ended(unbroken), wait_until_ended(killed)
    keep(expected)
    epochs = [row["epoch"] for row in resumed.epochs]
    pairs = zip(resumed.epochs, expected.epochs, strict=True)
    difference = max(abs(row[name] - other[name]) for row, other in pairs for name in FIGURES)
    same = (
        resumed.state == expected.state == "finished"
        and epochs == list(range(1, 7))
        and resumed.event("resumed")["epoch"] == done
    )
    same = (
        same
        and resumed.best["epoch"] == expected.best["epoch"]
        and resumed.test_accuracy == expected.test_accuracy
    )
    figure = f"largest difference {difference:.1g} in {len(FIGURES)} figures of 6 epochs, "
    figure += f"killed after epoch {done}"
    return Outcome(figure, same and difference <= 1e-6 and done < 6)
