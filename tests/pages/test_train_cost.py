"""What the Train page says about time and devices before a run starts."""

import sys
from datetime import datetime, timedelta

import pytest
from apptest import metrics, opened, texts
from nvidia import Card, Driver, MigDevice
from page_runs import add_epoch

from imdb_core.runs import devices, store


def test_without_past_runs_the_time_is_not_known_and_the_gpu_kernel_is_explained(monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: [])
    app = opened("train")
    assert metrics(app)["Time per epoch"] == "not known yet" and "Done at" not in metrics(app)
    assert "it shows after the first epoch" in texts(app) and "there is no NVIDIA GPU here" in texts(app)


GIGABYTE = 10**9


MACHINES = [
    (1, [], "no NVIDIA GPU found; cpu — 1 core, so 1 run at a time."),
    (
        2,
        [Card("GPU-a", "NVIDIA T4", 16 * GIGABYTE)],
        "gpu:0 — NVIDIA T4, 16 GB; cpu — 2 cores, so 2 runs at a time.",
    ),
    (
        2,
        [Card("GPU-a", "GB10", refused=("nvmlDeviceGetMemoryInfo",))],
        "gpu:0 — GB10, memory unknown; cpu — 2",
    ),
    (
        2,
        [Card("GPU-a", parts={1: MigDevice("MIG-a", 1, 0)})],
        "gpu:0:1 — NVIDIA A100 MIG 1g.5gb, 5 GB; cpu — 2 cores",
    ),
]


@pytest.mark.parametrize("cores, cards, sentence", MACHINES)
def test_the_machines_devices_are_listed_with_their_known_facts(cores, cards, sentence, monkeypatch):
    monkeypatch.setattr(devices, "cpu_cores", lambda: cores)
    monkeypatch.setitem(sys.modules, "pynvml", Driver(*cards))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert f"Devices: {sentence}" in texts(opened("train"))


def test_past_runs_give_the_time_per_epoch_the_total_and_the_time_of_day_at_the_end(
    finished_run, monkeypatch
):
    monkeypatch.setattr(devices, "gpus", lambda: [])
    monkeypatch.setattr(devices, "cpu_cores", lambda: 1)
    for _ in range(3):
        run = finished_run()  # 2.1 seconds an epoch, 3 epochs, on one thread
    app = opened("train", **{"from": run.id})
    assert metrics(app)["Time per epoch"] == "2.1 s" and metrics(app)["Time for 3 epochs"] == "6 s"
    then = datetime.strptime(metrics(app)["Done at"][-5:], "%H:%M")
    now = datetime.now()
    assert (60 * (then.hour - now.hour) + then.minute - now.minute) % (24 * 60) in (0, 1, 24 * 60 - 1)
    assert "on the CPU with 1 thread, if started now: from 3 runs of this shape" in texts(app)
    app.text_input(key="cnn_lstm.units.100").set_value("50").run()
    assert "roughly, scaled from 3 runs of this network" in texts(app)


def test_a_time_beyond_today_names_the_day(tiny, monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: [])
    run = store.create(tiny(epochs=48), store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=devices.cpu_cores())
    add_epoch(run, 1, seconds=3500.0, validation_seconds=100.0)
    store.record(run.folder, "stopped")
    app = opened("train", **{"from": run.id})
    assert metrics(app)["Time for 48 epochs"] == "48 h 0 min"
    assert metrics(app)["Done at"].startswith(f"{datetime.now() + timedelta(days=2):%a %d}")
