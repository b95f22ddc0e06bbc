"""Runs for rows about pages, scoring and load: written as files, or copied from pretrained/."""

import os
import shutil
from pathlib import Path

from streamlit.testing.v1 import AppTest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import journal, layout, store
from tests.apptest import APP

APP_PARTS = ("app.py", ".streamlit", "imdb_core", "pages", "ui", "pretrained/cnn_lstm_dense")
ROW = {"step": 10, "steps": 10, "seconds": 2.0, "words_per_second": 9000.0}


def finished_run(
    name: str = "a run", *, network: str = "cnn_lstm", epochs: int = 3, batches: int = 0, **changes
) -> store.Run:
    """A run that finished, without a model; each epoch has `batches` rows of batches."""
    run = store.create(
        configs.preset(network, name=name, epochs=epochs, dataset="demo", **changes), store.new_id()
    )
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    for epoch in range(1, epochs + 1):
        losses = {"epoch": epoch, "loss": 0.7 / epoch, "accuracy": 1 - 0.5 / epoch}
        for _ in range(batches):
            journal.append(run.folder / layout.METRICS, {"kind": "batch", **ROW, **losses})
        judged = {"val_loss": 0.8 / epoch, "val_accuracy": 1 - 0.6 / epoch, "validation_seconds": 0.1}
        journal.append(run.folder / layout.METRICS, {"kind": "epoch", **ROW, **losses, **judged})
    store.record(run.folder, "finished", best_epoch=epochs, test_accuracy=0.8125, test_reviews=1000)
    return store.read(run.folder)


def many_copies(run: store.Run, count: int) -> list[Path]:
    """`count` further runs with the same files, hard-linked."""
    folders = [run.folder.with_name(store.new_id()) for _ in range(count)]
    for folder in folders:
        shutil.copytree(run.folder, folder, copy_function=os.link)
    return folders


def trained_copy(name: str = "cnn_lstm_dense") -> store.Run:
    """A copy of a pretrained network as a run, with its model."""
    folder = paths.runs_folder() / store.new_id()
    shutil.copytree(paths.PROJECT / "pretrained" / name, folder)
    return store.read(folder)


def copy_of_the_app(project: Path) -> Path:
    """Copy the app with one pretrained network to the folder `project`."""
    for part in APP_PARTS:
        source, target = paths.PROJECT / part, project / part
        target.parent.mkdir(parents=True, exist_ok=True)
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=skip) if source.is_dir() else shutil.copyfile(source, target)
    return project


class Tab:
    """One page that is shown repeatedly with other links, which is much quicker than opening it each time."""

    def __init__(self, page: str):
        self.app = AppTest.from_file(APP, default_timeout=60).run()
        self.app.switch_page(f"pages/{page}.py")

    def show(self, **query) -> AppTest:
        """The page with exactly these values in its link; fails on an exception on the page."""
        self.app.query_params.clear()
        for key, value in query.items():
            self.app.query_params[key] = value.encode("utf-8", "replace").decode()  # as a browser sends it
        self.app.run()
        assert not self.app.exception, self.app.exception
        return self.app
