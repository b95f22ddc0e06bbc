"""A1 again with the real worker: TensorFlow, real checkpoints, killed in the middle of its work."""

import random
import time

from imdb_core.runs import launcher, store
from tests.faults.rows import Found, row, until
from tests.faults.server import broken_in_the_server
from tests.faults.workers import config, kill, read_afresh, settled

KILLS, EPOCHS = 5, 30
STARTS_OVER = """
from imdb_core.training import checkpoints, recorder
checkpoints.manifests = lambda root: []
recorder._require_matching = lambda saved, written: None
"""


@row(
    "A1t",
    "the real worker is killed at a random moment, and resumed",
    "0 of 5 times anything lost, 0 checkpoints unloadable",
    tensorflow=True,
    breaks=("starts over",),
)
def kill_real_workers(place, patch, broken):
    if broken:
        broken_in_the_server(place, patch, STARTS_OVER)
    run, lost, unloadable = launcher.submit(config(epochs=EPOCHS)), 0, 0
    for _ in range(2 if broken else KILLS):
        before = len(store.read(run.folder).epochs)
        _until_training(run, before)
        time.sleep(
            random.uniform(0, store.read(run.folder).epochs[-1]["seconds"])
        )  # anywhere in the next epoch
        if not store.read(run.folder).active:
            return Found("the run ended before it was killed often enough", False)
        kill(run)
        until(lambda: store.read(run.folder).state == "interrupted", 10)
        [found] = read_afresh(store.read(run.folder).folder.parent)
        gap = found["epochs"] != list(range(1, len(found["epochs"]) + 1)) or len(found["epochs"]) < before
        lost += gap or bool(set(found["announced"]) - set(found["epochs"])) or not found["can_resume"]
        unloadable += list(found["checkpoints"].values()).count(False)
        launcher.runs()
        launcher.resume(store.read(run.folder))
    epochs = [row["epoch"] for row in settled(run, 200).epochs]
    whole = epochs == list(range(1, EPOCHS + 1)) and store.read(run.folder).state == "finished"
    saved = [event["epoch"] for event in store.read(run.folder).events if event["event"] == "epoch-saved"]
    again = len(saved) - len(set(saved))
    figure = (
        f"{lost} of {KILLS} times something lost, {again} saved epochs trained again, {unloadable} unloadable"
    )
    return Found(
        f"{figure}, finished {len(epochs)} of {EPOCHS} epochs",
        not lost and not again and not unloadable and whole,
    )


def _until_training(run, before) -> None:
    """Wait until two more epochs than `before` are done, for the first one also compiles, or fail with the
    log.
    """
    until(
        lambda: len(store.read(run.folder).epochs) > before + 1 or store.read(run.folder).state == "failed",
        100,
    )
    if store.read(run.folder).state == "failed":
        raise RuntimeError(store.read(run.folder).log_tail())
