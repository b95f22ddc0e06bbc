"""Kills a process before each step of one action, one step after the other.

python -m tests.faults.support.failpoints ACTION FOLDER [VARIANT]

A step is a call that changes files or starts a process: open for writing, mkdir, rename, remove, fsync, the
start of a program. A forked process performs the action and kills itself before its n-th step; n grows until
the action comes to its end. The states after the kills are printed as one JSON list. The app has no code for
this.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from imdb_core.runs import layout

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen"}


def main() -> None:
    """Perform the action of the command line and print the states."""
    action, folder, *variant = sys.argv[1:]
    if variant:
        from tests.faults.support import broken_variants

        broken_variants.apply(variant[0])
    print(json.dumps(ACTIONS[action](Path(folder))))


def killed_before(step: int, action) -> bool:
    """Whether `action` was killed before its step of that number; False if it has fewer steps."""
    pid = os.fork()
    if pid == 0:
        _count_down(step)
        action()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _count_down(step: int) -> None:
    remaining = [step]

    def count_step():
        remaining[0] -= 1
        if remaining[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event, arguments):
        writes = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if event in CHANGES or writes:
            count_step()

    fsync = os.fsync
    os.fsync = lambda file: (count_step(), fsync(file))[1]
    sys.addaudithook(audit)


def checkpoint_steps(folder: Path) -> list[dict]:
    """Save epoch 2 after epoch 1, killed before each step; then save epoch 3 as a restarted worker."""
    states = []
    while not states or states[-1]["killed"]:
        place = folder / f"step-{len(states) + 1}"
        _save(place, 1)
        killed = killed_before(len(states) + 1, lambda place=place: _save(place, 2))
        states.append({"killed": killed, **_after(place)})
    return states


def slow_checkpoints(folder: Path) -> list[dict]:
    """50 times: kill a process that writes epoch 2 slowly, at a random moment with unfinished files."""
    states = []
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
        states.append({"killed": killed, **_after(place)})
    return states


def launch_steps(folder: Path) -> list[dict]:
    """Submit a run, killed before each step; each run asks for its own slot."""
    from imdb_core.runs import launcher, store
    from tests.faults.support.workers import config

    os.environ["IMDB_RUNS_DIR"] = str(folder)
    states = []
    while not states or states[-1]["killed"]:
        id, settings = store.new_id(), config(len(states))
        killed = killed_before(
            len(states) + 1, lambda id=id, settings=settings: launcher.submit(settings, id)
        )
        states.append({"killed": killed, "id": id})
    return states


def _save(folder: Path, epoch: int) -> None:
    import numpy as np

    from imdb_core.training import checkpoints
    from imdb_core.training.fit import FitState

    parts = {name: {"values": np.full(100_000, epoch, np.float32)} for name in (layout.WEIGHTS, layout.STATE)}
    checkpoints.write(folder, parts, {"epoch": epoch}, FitState(epoch, epoch, 0.5))


def _after(folder: Path) -> dict:
    """Which checkpoints load, and the files that are left after a restarted worker saved an epoch."""
    from imdb_core.training import checkpoints
    from tests.faults.support.workers import checkpoint_is_whole

    epochs = {
        manifest["progress"]["epoch"]: checkpoint_is_whole(
            folder / f"epoch-{manifest['progress']['epoch']:03d}"
        )
        for manifest in checkpoints.manifests(folder)
    }
    epochs |= {int(path.name[6:]): checkpoint_is_whole(path) for path in folder.glob("epoch-*")}
    _save(folder, 3)
    return {"epochs": epochs, "left": [path.name for path in folder.iterdir() if path.name != "epoch-003"]}


def _write_slowly() -> None:
    """From now on files are written in 40 parts with a pause after each part."""
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
