"""Kills a process at every step of one action, in turn: python -m tests.faults.failpoints ACTION FOLDER
[VARIANT]

A step is a call that changes files or starts a process: open for writing, mkdir, rename, remove, fsync, the
start of a program. Each attempt is made by a forked process, which kills itself just before its n-th step; so
all steps are met once. What is found after each attempt is printed as one JSON list. The app itself knows
nothing of this.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen"}


def main() -> None:
    """Do what the command line says."""
    action, folder, *variant = sys.argv[1:]
    if variant:
        from tests.faults import broken

        broken.apply(variant[0])
    print(json.dumps(ACTIONS[action](Path(folder))))


def killed_before(step: int, action) -> bool:
    """Whether `action` was ended before its step of that number; False when it has fewer steps and came to
    its end.
    """
    pid = os.fork()
    if pid == 0:
        _count_down(step)
        action()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _count_down(step: int) -> None:
    left = [step]

    def one_step():
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def seen(event, arguments):
        writes = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if event in CHANGES or writes:
            one_step()

    fsync = os.fsync
    os.fsync = lambda file: (one_step(), fsync(file))[1]
    sys.addaudithook(seen)


def checkpoint_steps(folder: Path) -> list[dict]:
    """Save epoch 2 over epoch 1, killed before each step; then go on with epoch 3, as a restarted worker
    does.
    """
    found = []
    while not found or found[-1]["killed"]:
        place = folder / f"step-{len(found) + 1}"
        _save(place, 1)
        killed = killed_before(len(found) + 1, lambda place=place: _save(place, 2))
        found.append({"killed": killed, **_after(place)})
    return found


def slow_checkpoints(folder: Path) -> list[dict]:
    """50 times: kill a writer of epoch 2 who takes 40 ms for each file, at a random moment while unfinished
    files exist.
    """
    found = []
    for number in range(50):
        place = folder / f"slow-{number}"
        _save(place, 1)
        pid = os.fork()
        if pid == 0:
            _write_slowly()
            _save(place, 2)
            os._exit(0)
        while not list(place.glob(".epoch-*/.*.tmp")) and not (place / "epoch-002").exists():
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.1))
        os.kill(pid, signal.SIGKILL)
        unfinished = bool(list(place.glob("**/.*.tmp")))
        killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1]) and (unfinished or not (place / "epoch-002").exists())
        found.append({"killed": killed, **_after(place)})
    return found


def launch_steps(folder: Path) -> list[dict]:
    """Submit a run, killed before each step of it; each run asks for a slot of its own."""
    from imdb_core.runs import launcher, store
    from tests.faults.workers import config

    os.environ["IMDB_RUNS_DIR"] = str(folder)
    found = []
    while not found or found[-1]["killed"]:
        id, wanted = store.new_id(), config(len(found))
        killed = killed_before(len(found) + 1, lambda id=id, wanted=wanted: launcher.submit(wanted, id))
        found.append({"killed": killed, "id": id})
    return found


def _save(folder: Path, epoch: int) -> None:
    import numpy as np

    from imdb_core.training import checkpoints
    from imdb_core.training.fit import FitState

    parts = {name: {"values": np.full(100_000, epoch, np.float32)} for name in ("weights.npz", "state.npz")}
    checkpoints.write(folder, parts, {"epoch": epoch}, FitState(epoch, epoch, 0.5))


def _after(folder: Path) -> dict:
    """Which epochs can be loaded and which are torn; what lies beside the checkpoints once the worker has
    been restarted.
    """
    from imdb_core.training import checkpoints
    from tests.faults.workers import _loads

    epochs = {
        manifest["progress"]["epoch"]: _loads(folder / f"epoch-{manifest['progress']['epoch']:03d}")
        for manifest in checkpoints.manifests(folder)
    }
    epochs |= {int(path.name[6:]): _loads(path) for path in folder.glob("epoch-*")}
    _save(folder, 3)
    return {"epochs": epochs, "left": [path.name for path in folder.iterdir() if path.name != "epoch-003"]}


def _write_slowly() -> None:
    """Files are written in 40 parts with a pause after each."""
    from imdb_core import files

    class Slow:
        def __init__(self, path, mode):
            self._file = open(path, mode)

        def write(self, content):
            part = len(content) // 40 + 1
            for start in range(0, len(content), part):
                self._file.write(content[start : start + part])
                self._file.flush()
                time.sleep(0.001)

        def __getattr__(self, name):
            return getattr(self._file, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

    files.open = Slow


ACTIONS = {"checkpoint": checkpoint_steps, "slow": slow_checkpoints, "launch": launch_steps}

if __name__ == "__main__":
    main()
