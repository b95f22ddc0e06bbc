"""For rows about processes: light workers, small configs, and runs as a new process reads them."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import launcher, layout, locks, store
from tests.faults.support.waiting import wait_until

ENDLESS = "100000"


def use_light_worker(patch, seconds: float) -> None:
    """From now on the launcher starts light_worker.py, which lives for `seconds`."""
    patch.setenv("IMDB_WORKER_MODULE", "tests.faults.support.light_worker")
    patch.setattr(launcher.workers, "WORKER", "tests.faults.support.light_worker")
    patch.setenv("LIGHT_SECONDS", str(seconds))


def config(number: int | None = None, **changes):
    """A small config; with a `number` it asks for that GPU, so for its own slot. Stub workers use no GPU."""
    device = "cpu" if number is None else f"gpu:{number}"
    small = {"vocabulary_size": 400, "review_length": 40, "embedding_size": 8, "units": 8, "filters": 8}
    return configs.preset("cnn_lstm", dataset="demo", device=device, **{**small, **changes})


def worker_of(run) -> int:
    """The pid of the process that trains the run."""
    return store.read(run.folder).event("started")["pid"]


def kill(run) -> None:
    """Kill the run's worker with SIGKILL."""
    os.kill(worker_of(run), signal.SIGKILL)


def settled(run, seconds: float = 60):
    """The run once it has ended and its worker is gone."""
    wait_until(
        lambda: store.read(run.folder).state in store.ENDED and not locks.held(run.folder / layout.LOCK),
        seconds,
    )
    return store.read(run.folder)


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def starts(run) -> int:
    """How many workers have recorded that they started the run."""
    return sum(event["event"] == "started" for event in store.read(run.folder).events)


def read_in_new_process(*roots: Path) -> list[dict]:
    """All runs in these folders of runs, as a new process reads them (see main)."""
    command = [sys.executable, "-m", "tests.faults.support.workers", *map(str, roots)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout)


_HOLDER = """
import sys, time
from pathlib import Path
from imdb_core.runs import locks
lock = locks.hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def suspended_holder(path):
    """The pid of another process that holds the lock at `path` and is suspended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, path], stdout=subprocess.PIPE, cwd=paths.PROJECT
    )
    try:
        holder.stdout.readline()
        os.kill(holder.pid, signal.SIGSTOP)
        yield holder.pid
    finally:
        holder.kill()
        holder.communicate()


def main() -> None:
    """Print the runs in the folders of the command line, with loaded checkpoints, as one JSON list."""
    runs = []
    for root in sys.argv[1:]:
        os.environ["IMDB_RUNS_DIR"] = root
        runs += [_as_read(store.read(run.folder)) for run in store.runs()]
    print(json.dumps(runs))


def _as_read(run) -> dict:
    text = (run.folder / layout.LOG).read_text() if (run.folder / layout.LOG).exists() else ""
    announced = [
        int(line.split()[1])
        for line in text.splitlines()
        if line.startswith("epoch ") and line.split()[1].isdigit()
    ]
    loaded = {
        int(path.name[6:]): checkpoint_is_whole(path) for path in run.folder.glob("checkpoints/epoch-*")
    }
    facts = {"id": run.id, "state": run.state, "damaged": run.damaged, "can_resume": run.can_resume}
    return {
        **facts,
        "epochs": [row["epoch"] for row in run.epochs],
        "announced": announced,
        "checkpoints": loaded,
    }


def checkpoint_is_whole(folder: Path) -> bool:
    """Whether a stub worker's checkpoint loads and all its arrays hold the number of its epoch."""
    from imdb_core.errors import ModelError
    from imdb_core.training import checkpoints

    epoch = int(folder.name[6:])
    try:
        parts = checkpoints.read(folder.parent, epoch)
    except ModelError:
        return False
    return all((arrays["values"] == epoch).all() for arrays in parts.values() if "values" in arrays)


if __name__ == "__main__":
    main()
