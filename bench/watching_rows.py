"""Measure the share of a core that watching takes: python -m bench.watching_rows [--epoch 1.5] [--seconds 60]

No network is trained: this process writes one row a second and one after each epoch, as a worker does. A
training's speed varies when other programs run. Here nothing trains, so the figures vary less than in
bench.watching.
"""

import argparse
import os
import tempfile
import threading
import time

from bench.runs import machine, surroundings
from bench.watching import SETTLING_SECONDS, page
from imdb_core.config import preset
from imdb_core.runs import journal, layout, locks, store

STARTED = {"pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}
STEPS = 150  # training steps of an epoch


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epoch", type=float, default=1.5, help="seconds of an epoch")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(surroundings(folder))
        run = store.create(preset("cnn_lstm_dense", epochs=200, patience=0), store.new_id())
        ended = threading.Event()
        writer = threading.Thread(target=write_rows, args=(run, options.epoch, ended))
        writer.start()
        with page(f"watch?run={run.id}") as processor_seconds:
            time.sleep(SETTLING_SECONDS)
            before = processor_seconds()
            time.sleep(options.seconds)
            used = [b - a for a, b in zip(before, processor_seconds(), strict=True)]
        ended.set()
        writer.join()
    server, browser = (seconds / options.seconds for seconds in used)
    print(f"{machine()}, epochs of {options.epoch} s: server {server:.4f} of a core, browser {browser:.4f}")


def write_rows(run, epoch_seconds, ended):
    """Write the rows of a training until `ended` is set."""
    with locks.hold(run.folder / layout.LOCK, 1, duty="writes rows"):
        store.record(run.folder, "started", **STARTED)
        store.record(run.folder, "phase", phase="training")
        began, last = time.monotonic(), time.monotonic()
        store.record(run.folder, "first-row")
        epoch, begin = 1, began
        while not ended.wait(0.02):
            now = time.monotonic()
            if now - begin >= epoch_seconds:
                figures = _figures(now - began) | {"val_loss": 0.4, "val_accuracy": 0.8}
                row = _row("epoch", epoch, STEPS, now - begin) | figures | {"validation_seconds": 0.05}
                journal.append(run.folder / layout.METRICS, row)
                epoch, begin, last = epoch + 1, now, now
            elif now - last >= 1:
                step = 1 + int(STEPS * (now - begin) / epoch_seconds)
                row = _row("batch", epoch, step, now - begin) | _figures(now - began)
                journal.append(run.folder / layout.METRICS, row)
                last = now


def _row(kind, epoch, step, seconds):
    return {"kind": kind, "epoch": epoch, "step": min(step, STEPS), "steps": STEPS, "seconds": seconds}


def _figures(seconds):
    loss = 0.69 / (1 + seconds / 30)
    return {"words_per_second": 1e5 + seconds, "loss": loss, "accuracy": 1 - loss / 2, "memory": 10**9}


if __name__ == "__main__":
    main()
