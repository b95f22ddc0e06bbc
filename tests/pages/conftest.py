"""Stores for pages: none, one run, many runs; written as files, because files are all that pages read."""

import pytest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import journal, layout, store


@pytest.fixture
def finished_run():
    """finished_run(name=..., network=...): a run whose folder says that it ended well, without a model."""

    def make(name="my run", network="cnn_lstm", epochs=3, **changes):
        run = store.create(
            configs.preset(network, name=name, epochs=epochs, dataset="demo", **changes), store.new_id()
        )
        store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
        for epoch in range(1, epochs + 1):
            row = {
                "kind": "epoch",
                "epoch": epoch,
                "step": 10,
                "steps": 10,
                "loss": 0.7 / epoch,
                "accuracy": 0.5 + epoch / 10,
            }
            row |= {
                "val_loss": 0.8 / epoch,
                "val_accuracy": 0.5 + epoch / 11,
                "seconds": 2.0,
                "validation_seconds": 0.1,
                "words_per_second": 9000.0,
            }
            journal.append(run.folder / layout.METRICS, row)
        store.record(run.folder, "finished", best_epoch=epochs, test_accuracy=0.8125, test_reviews=1000)
        return store.read(run.folder)

    return make


@pytest.fixture(params=["empty", "one run", "many runs"])
def any_store(request, finished_run, damage):
    """Each of the three kinds of store, damaged folders among the many runs."""
    if request.param == "one run":
        finished_run()
    if request.param == "many runs":
        networks = ["lstm", "lstm_dropout", "lstm_recurrent_dropout", "cnn_lstm", "cnn_lstm_dense"]
        for number in range(10):
            finished_run(f"run {number}", networks[number % 5])
        damage()
    return request.param


@pytest.fixture
def damage():
    """damage(): five folders that are no runs any more, in several ways."""

    def make():
        root = paths.runs_folder()
        for number, content in enumerate(
            (b"", b"{", b"\xff\xfe", b'{"format": 1, "config": {"units": -1}}', None)
        ):
            folder = root / f"20200101-00000000{number}-aaaaaaaa"
            folder.mkdir()
            if content is not None:
                (folder / layout.CONFIG).write_bytes(content)

    return make
