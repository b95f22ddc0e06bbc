"""The real standby: a run that it trains has the same figures, bit by bit, as that of an ordinary worker."""

import numpy as np
import psutil
import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.runs import ahead, launcher, standby, standby_folder, store
from tests.conftest import TINY

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "probes")


@pytest.fixture
def real_standby(monkeypatch):
    """Pages start the real standby, whatever the memory of this machine."""
    monkeypatch.setenv("IMDB_STANDBY", ahead.STANDBY)
    monkeypatch.setattr(standby, "started_here", standby.StartedHere())
    monkeypatch.setattr(standby, "NEEDED_BYTES", 0)


def trained(config, wait_until):
    run = launcher.submit(config)
    wait_until(lambda: not store.read(run.folder).active)
    run = store.read(run.folder)
    assert run.state == "finished", f"{run.ending}\n{run.log_tail()}"
    return run


@pytest.mark.usefixtures("real_standby")
@pytest.mark.parametrize(
    "network, is_warm", [("cnn_lstm_dense", True), ("transformer", True), ("gru_attention", False)]
)
def test_a_standby_trains_bit_by_bit_what_an_ordinary_worker_trains(network, is_warm, wait_until):
    used = {*architectures.hyperparameters(network), "dataset", "probes"}
    config = configs.preset(network, **{name: value for name, value in TINY.items() if name in used})
    ordinary = trained(config, wait_until)
    standby.keep_ready(configs.preset("cnn_lstm"))
    place = standby_folder.folder()
    facts = wait_until(lambda: standby_folder.ready(place), 60)
    if is_warm:
        wait_until(lambda: psutil.Process(facts["pid"]).cpu_percent(1) < 5, 120)
    run = trained(config, wait_until)
    assert run.event("started")["pid"] == facts["pid"]
    assert ordinary.event("started")["pid"] != facts["pid"]
    assert [[row[name] for name in FIGURES] for row in run.epochs] == [
        [row[name] for name in FIGURES] for row in ordinary.epochs
    ]
    assert run.untrained_probes == ordinary.untrained_probes != None  # noqa: E711
    first, second = (np.load(each.folder / "weights.npz") for each in (ordinary, run))
    assert first.files == second.files
    assert all((first[name] == second[name]).all() for name in first.files)
    assert run.test_accuracy == ordinary.test_accuracy
