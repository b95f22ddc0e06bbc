"""A worker without Keras for tests: python -m stub_worker RUN_FOLDER [--device cpu] [--threads 1]

It locks, records and stops like imdb_core.training.worker, and invents its metrics. Environment variables:
STUB_EPOCHS           epochs instead of the config's
STUB_STEP_SECONDS     pause between rows, three rows for each epoch; 0.05 by default
STUB_IGNORE_TERM      if set, neither SIGTERM nor a stop event is obeyed
STUB_CRASH            "start": ends before it takes its lock; "epoch": ends without notice after its first
                      epoch; "memory": takes 64 MiB in its first epoch and kills itself, as the system does
                      when memory runs out
STUB_PAUSE            a phase and seconds, such as "starting_keras 2": in this phase it obeys nothing for so
                      long. Phases: launching, loading_texts, starting_keras, training, writing
STUB_HANG             if set, waits for its own lock after its first epoch, for ever (a deadlock)
STUB_CHECKPOINTS      if set, saves small checkpoints as the real worker does, prints each finished epoch, and
                      continues after the newest checkpoint
STUB_GRANDCHILD       if set, starts a process that sleeps 60 s and prints its pid
STUB_CHATTER          prints this many MiB in the first epoch
STUB_WINDOWS_RULES    if set, open files cannot be renamed, replaced or removed, as on Windows
STUB_BROKEN           the name of a broken variant of the app in faults/support/broken_variants.py
"""

import argparse
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from imdb_core import background
from imdb_core.runs import heartbeat, journal, launcher, locks, starts, store
from imdb_core.sweeps import pruning
from imdb_core.sweeps.sweep import membership
from imdb_core.training.recorder import RunRecorder

STEPS = 3
PHASES = ("loading_texts", "starting_keras", "training")  # as the real worker records them


def use_stub(patch, **environment) -> None:
    """Make the launcher, also in child processes, start this worker with these variables (None: unset)."""
    patch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    )
    patch.setenv("IMDB_WORKER_MODULE", "stub_worker")
    patch.setattr(launcher.workers, "WORKER", "stub_worker")
    for name, value in environment.items():
        if value is not None:
            patch.setenv(name, str(value))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--elsewhere", action="store_true")
    options = parser.parse_args()
    if os.environ.get("STUB_BROKEN"):
        from tests.faults.support import broken_variants

        broken_variants.apply(os.environ["STUB_BROKEN"])
    if os.environ.get("STUB_WINDOWS_RULES"):
        from tests import windows_rules

        windows_rules.obey()
    if os.environ.get("STUB_CRASH") == "start":
        print("The stub was told to fail at its start.")
        return 3
    _pause("launching")
    try:
        lock = locks.hold(options.folder / "run.lock")
    except locks.Held:
        return starts.ALREADY_TRAINED if options.elsewhere else 0
    if heartbeat.beats_elsewhere(options.folder):
        return starts.ALREADY_TRAINED
    try:
        _train(store.read(options.folder), options)
    finally:
        heartbeat.end()
        lock.release()
        if not options.elsewhere:
            launcher.dispatch()
    return 0


def _train(run, options) -> None:
    recorder, stubborn = RunRecorder(run.folder), os.environ.get("STUB_IGNORE_TERM")
    obey = signal.SIG_IGN if stubborn else lambda *_: setattr(recorder, "stop_requested", True)
    signal.signal(signal.SIGTERM, obey)
    heartbeat.begin(run.folder)
    store.record(
        run.folder, "started", **background.identity(), device=options.device, threads=options.threads
    )
    recorder.stop_requested |= store.read(run.folder).stop_requested
    go_on(run, recorder)


def _is_pruned(run, epoch) -> bool:
    """Whether the run's sweep ends it after this epoch; that is recorded."""
    verdict = pruning.verdict(run) if epoch < run.config.epochs else None
    if verdict:
        store.record(run.folder, "stopped", **verdict.fields)
    return verdict is not None


def go_on(run, recorder) -> None:
    """Train a run whose start is recorded, and record its end."""
    stubborn = os.environ.get("STUB_IGNORE_TERM")
    phases = PHASES if "STUB_PAUSE" in os.environ else ("training",)
    if _phases(recorder, phases) and not stubborn:
        store.record(run.folder, "stopped", code="stopped_without_epoch")
        return
    if os.environ.get("STUB_GRANDCHILD"):
        print("grandchild", subprocess.Popen(["sleep", "60"]).pid, flush=True)
    done = _resumed(run)
    if done and run.was_interrupted and _is_pruned(run, done):
        return
    for epoch in range(done + 1, int(os.environ.get("STUB_EPOCHS", run.config.epochs)) + 1):
        for step in range(1, STEPS + 1):
            time.sleep(float(os.environ.get("STUB_STEP_SECONDS", "0.05")))
            if recorder.is_stop_requested() and not stubborn:
                store.record(run.folder, "stopped", code="stopped_with_epoch")
                return
            journal.append(run.folder / "metrics.jsonl", _row("batch", epoch, step))
            background.shorten_log(run.folder / "worker.log")
        validation = {
            "val_loss": (0.6 + _worse(run)) / epoch,
            "val_accuracy": 1 - 0.4 / epoch,
            "validation_seconds": 0.01,
        }
        if probes := run.config.probe_reviews:
            validation["probes"] = [1 - 0.5 / epoch] * len(probes)
        _end_epoch(run, epoch, _row("epoch", epoch, STEPS) | validation)
        if _is_pruned(run, epoch):
            return
    store.record(
        run.folder, "finished", best_epoch=epoch, test_loss=0.5, test_accuracy=0.75, test_reviews=1000
    )


def _phases(recorder, phases) -> bool:
    """Go through the phases before the training; whether a stop was requested meanwhile."""
    for phase in phases:
        if recorder.is_stop_requested():
            return True
        store.record(recorder.folder, "phase", phase=phase)
        _pause(phase)
    return False


def _pause(phase: str) -> None:
    """Be busy in this phase if STUB_PAUSE says so; signals that come meanwhile are obeyed later."""
    name, _, seconds = os.environ.get("STUB_PAUSE", "").partition(" ")
    deadline = time.monotonic() + float(seconds or 0) * (name == phase)
    while time.monotonic() < deadline:
        time.sleep(0.05)


def _worse(run) -> float:
    """In a sweep, how far the learning rate is from 0.003; 0 for other runs."""
    return abs(math.log10(run.config.learning_rate / 0.003)) if membership(run) else 0.0


def _resumed(run) -> int:
    """The last valid epoch of a resumed run, which is recorded as resumed; 0 for a new run."""
    if os.environ.get("STUB_CHECKPOINTS"):
        from imdb_core.training import checkpoints

        saved = checkpoints.manifests(run.folder / "checkpoints")
        RunRecorder(run.folder).resume(saved)
        return saved[-1]["row"]["epoch"] if saved else 0
    done = max((row["epoch"] for row in run.epochs), default=0)
    if journal.rows(run.folder / "metrics.jsonl"):
        journal.append(run.folder / "metrics.jsonl", {"kind": "resumed", "epoch": done})
        store.record(run.folder, "resumed", epoch=done)
    return done


def _end_epoch(run, epoch, row) -> None:
    if os.environ.get("STUB_CHECKPOINTS"):
        _save_checkpoint(run, epoch, row)
    journal.append(run.folder / "metrics.jsonl", row, durable=True)
    store.record(run.folder, "epoch-saved", epoch=epoch, best_epoch=epoch)
    if os.environ.get("STUB_CHECKPOINTS"):
        print("epoch", epoch, flush=True)
    _misbehave()


def _save_checkpoint(run, epoch, row) -> None:
    """Save arrays that all hold the epoch's number; every third epoch is the best so far."""
    import numpy as np

    from imdb_core.training import checkpoints
    from imdb_core.training.fit import FitState

    class Parts(dict):
        def items(self):
            """The arrays of both files; the worker may be busy after it has written the first file."""
            for each in super().items():
                yield each
                _pause("writing")

    arrays = {"values": np.full(5000, epoch, np.float32)}
    progress = FitState(epoch, max(1, epoch // 3 * 3), 0.6 / epoch)
    checkpoints.write(
        run.folder / "checkpoints", Parts({"weights.npz": arrays, "state.npz": arrays}), row, progress
    )


def _misbehave() -> None:
    """Crash, print or hang at the end of an epoch, as the environment variables say."""
    crash, chatter = os.environ.get("STUB_CRASH"), int(os.environ.pop("STUB_CHATTER", 0))
    if crash == "epoch":
        os._exit(1)
    if crash == "memory":
        taken = bytearray(64 * 2**20)
        taken[:: 2**12] = b"x" * len(taken[:: 2**12])
        os.kill(os.getpid(), signal.SIGKILL)
    for _ in range(16 * chatter):
        print("chatter " * 2**13, flush=True)
    if os.environ.get("STUB_HANG"):
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()


def _row(kind: str, epoch: int, step: int) -> dict:
    done = epoch - 1 + step / STEPS
    losses = {"loss": 0.7 / (1 + done), "accuracy": 1 - 0.5 / (1 + done)}
    speed = {"seconds": 0.05 * step, "words_per_second": 1000.0, "memory": 10**8}
    return {"kind": kind, "epoch": epoch, "step": step, "steps": STEPS, **losses, **speed}


if __name__ == "__main__":
    sys.exit(main())
