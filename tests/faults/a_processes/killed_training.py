"""The real worker, with TensorFlow and real checkpoints, is killed while it trains."""

import random
import time

from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.server import break_new_processes
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import config, kill, read_in_new_process, settled

KILLS, EPOCHS = 5, 30
STARTS_OVER = """
from imdb_core.training import checkpoints, recorder
checkpoints.manifests = lambda root: []
recorder._require_matching = lambda saved, written: None
"""


@row(
    "A1t",
    "the real worker is killed at a random moment and resumed",
    "nothing lost in 5 kills, 0 checkpoints unloadable",
    tensorflow=True,
    breaks=("starts over",),
)
def kill_real_workers(place, patch, broken):
    if broken:
        break_new_processes(place, patch, STARTS_OVER)
    run, lost, unloadable = launcher.submit(config(epochs=EPOCHS)), 0, 0
    for _ in range(2 if broken else KILLS):
        before = len(store.read(run.folder).epochs)
        _until_training(run, before)
        epoch_seconds = store.read(run.folder).epochs[-1]["seconds"]
        time.sleep(random.uniform(0, epoch_seconds))  # anywhere in the next epoch
        if not store.read(run.folder).active:
            return Outcome("the run ended before it was killed often enough", False)
        kill(run)
        wait_until(lambda: store.read(run.folder).state == "interrupted", 10)
        [read] = read_in_new_process(store.read(run.folder).folder.parent)
        gap = read["epochs"] != list(range(1, len(read["epochs"]) + 1)) or len(read["epochs"]) < before
        lost += gap or bool(set(read["announced"]) - set(read["epochs"])) or not read["can_resume"]
        unloadable += list(read["checkpoints"].values()).count(False)
        launcher.runs()
        launcher.resume(store.read(run.folder))
    epochs = [row["epoch"] for row in settled(run, 200).epochs]
    whole = epochs == list(range(1, EPOCHS + 1)) and store.read(run.folder).state == "finished"
    saved = [event["epoch"] for event in store.read(run.folder).events if event["event"] == "epoch-saved"]
    again = len(saved) - len(set(saved))
    figure = f"{lost} of {KILLS} kills lost something, {again} saved epochs trained again, "
    figure += f"{unloadable} checkpoints unloadable, {len(epochs)} of {EPOCHS} epochs finished"
    return Outcome(figure, not lost and not again and not unloadable and whole)


def _until_training(run, before) -> None:
    """Wait for two more epochs than `before` (the first also compiles); raise the log if the run fails."""
    wait_until(
        lambda: len(store.read(run.folder).epochs) > before + 1 or store.read(run.folder).state == "failed",
        100,
    )
    if store.read(run.folder).state == "failed":
        raise RuntimeError(store.read(run.folder).log_tail())
