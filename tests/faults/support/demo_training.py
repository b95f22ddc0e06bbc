"""A small training on the demo reviews. Rows of one process that need its files train only once."""

import functools
import shutil
import tempfile
from pathlib import Path

from imdb_core.runs import store
from tests.faults.support.waiting import wait_until

SETTINGS = {
    "network": "lstm_recurrent_dropout",
    "dataset": "demo",
    "vocabulary_size": 400,
    "review_length": 40,
    "embedding_size": 8,
}
SETTINGS |= {"units": 4, "dropout": 0.3, "batch_size": 32, "epochs": 6, "device": "cpu", "seed": 11}


@functools.cache
def kept_folder() -> Path:
    """The folder that keeps a finished run for the next row of this process."""
    return Path(tempfile.mkdtemp(prefix="faults-kept-"))


def wait_until_ended(run) -> store.Run:
    wait_until(lambda: store.read(run.folder).state in store.ENDED, 400)
    return store.read(run.folder)


def keep(run) -> None:
    shutil.copytree(run.folder, kept_folder() / run.id, dirs_exist_ok=True)
