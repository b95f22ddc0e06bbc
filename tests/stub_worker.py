"""A worker without Keras for tests: python -m stub_worker RUN_FOLDER [--device cpu] [--threads 1]

Locks, records and obeys like imdb_core.training.worker, and invents its metrics. Environment:
STUB_EPOCHS           epochs instead of the config's
STUB_STEP_SECONDS     pause between rows, three rows an epoch; 0.05
STUB_IGNORE_TERM      if set, SIGTERM is ignored
STUB_CRASH            "start": ends before it takes its lock; "epoch": is gone after the first epoch it trains
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

import filelock
import psutil

from imdb_core.runs import journal, launcher, locks, store

STEPS = 3


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if os.environ.get("STUB_CRASH") == "start":
        print("The stub was told to fail at its start.")
        return 3
    try:
        lock = locks.hold(options.folder / "run.lock")
    except filelock.Timeout:
        return 0
    try:
        _train(store.read(options.folder), options)
    finally:
        lock.release()
        launcher.dispatch()
    return 0


def _train(run, options) -> None:
    stop = []
    signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("STUB_IGNORE_TERM") else lambda *_: stop.append(1))
    identity = {"pid": os.getpid(), "process_started": psutil.Process().create_time(), "session": os.getsid(0)}
    cuda = os.environ.get("CUDA_VISIBLE_DEVICES")
    store.record(run.folder, "started", **identity, device=options.device, threads=options.threads, cuda=cuda)
    if store.read(run.folder).stop_wished:
        stop.append(1)
    done = max((row["epoch"] for row in run.epochs), default=0)
    if journal.rows(run.folder / "metrics.jsonl"):
        journal.append(run.folder / "metrics.jsonl", {"kind": "resumed", "epoch": done})
        store.record(run.folder, "resumed", epoch=done)
    for epoch in range(done + 1, int(os.environ.get("STUB_EPOCHS", run.config.epochs)) + 1):
        for step in range(1, STEPS + 1):
            time.sleep(float(os.environ.get("STUB_STEP_SECONDS", "0.05")))
            if stop:
                store.record(run.folder, "stopped", message="Stopped by the user; the last finished epoch is kept.")
                return
            journal.append(run.folder / "metrics.jsonl", _row("batch", epoch, step))
        validation = {"val_loss": 0.6 / epoch, "val_accuracy": 1 - 0.4 / epoch, "validation_seconds": 0.01}
        if probes := run.config.probe_reviews:
            validation["probes"] = [1 - 0.5 / epoch] * len(probes)
        journal.append(run.folder / "metrics.jsonl", _row("epoch", epoch, STEPS) | validation)
        store.record(run.folder, "epoch-saved", epoch=epoch, best_epoch=epoch)
        if os.environ.get("STUB_CRASH") == "epoch":
            os._exit(1)
    store.record(run.folder, "finished", best_epoch=epoch, test_loss=0.5, test_accuracy=0.75, test_reviews=1000)


def _row(kind: str, epoch: int, step: int) -> dict:
    done = epoch - 1 + step / STEPS
    losses = {"loss": 0.7 / (1 + done), "accuracy": 1 - 0.5 / (1 + done)}
    speed = {"seconds": 0.05 * step, "words_per_second": 1000.0, "memory": 10**8}
    return {"kind": kind, "epoch": epoch, "step": step, "steps": STEPS, **losses, **speed}


if __name__ == "__main__":
    sys.exit(main())
