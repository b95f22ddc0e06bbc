"""Rows that run on a real Ray cluster, which takes seconds to start. All rows of one process share it.

A check decorated with cluster_row gets the cluster as its first argument and runs in the cluster's network
namespace, in a process of its own: `python -m tests.faults.support.on_cluster`. Before each check the
machines that an earlier check has killed are started again.
"""

import atexit
import contextlib
import dataclasses
import functools
import importlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import ahead, launcher, movers, store
from tests import cluster as clusters
from tests.cluster import Cluster, Namespace
from tests.faults.rows import Outcome, row
from tests.faults.support.workers import config
from tests.stub_worker import use_stub

PLACE = "lab"  # the cluster's name in the settings file
NODES, SLOTS = 2, 2
LONG = 200  # epochs
_shared: list[Namespace] = []


def cluster_row(id: str, fault: str, bound: str, *, seconds: float, breaks: tuple[str, ...]):
    """As rows.row, for a check(cluster, place, patch, broken) on the shared cluster.

    `seconds` is the most that the check may take. It runs alone: there is one cluster for all rows.
    """

    def register(check: Callable[..., Outcome]):
        @functools.wraps(check)
        def outside(place, patch, broken=None) -> Outcome:
            name = f"{check.__module__}:{check.__name__}"
            arguments = ("tests.faults.support.on_cluster", name, place, broken or "")
            try:
                output = _namespace().call(*arguments, seconds=seconds)
            except Exception:
                _end()  # the next row gets a new cluster
                raise
            return Outcome(**json.loads(output.splitlines()[-1]))

        return row(id, fault, bound, alone=True, missing=clusters.missing, breaks=breaks)(outside)

    return register


def without_keeper(patch) -> None:
    """Only this process moves the queue on, so that a patch of its functions is a variant of the app."""
    patch.setattr(movers, "KEEPER", "no_such_module")


def use_cluster(place: Path, patch, **environment: object) -> None:
    """Write the settings file of the cluster; its jobs run the stub worker with these variables."""
    use_stub(patch)
    patch.setenv("IMDB_STANDBY", ahead.OFF)  # the stub needs no layers that a server compiles
    tests = str(paths.PROJECT / "tests")
    variables = {"PYTHONPATH": tests, "STUB_EPOCHS": 10 * LONG, **environment}
    lines = [f'{name} = "{value}"' for name, value in variables.items()]
    table = [f"[{PLACE}]", f'address = "{clusters.ADDRESS}"', f"[{PLACE}.environment]", *lines]
    file = place / "places.toml"
    file.write_text("\n".join(table) + "\n", "utf-8")
    patch.setenv("IMDB_PLACES", str(file))


def remote_config(**changes: object) -> configs.RunConfig:
    """A small config of a run that trains at the cluster for very long, unless `changes` say otherwise."""
    return config(None, **{"place": PLACE, "epochs": LONG, **changes})


def submitted(chosen: configs.RunConfig, number: int = 0) -> store.Run:
    """The run of a new submission; different numbers are different seeds."""
    return launcher.submit(chosen.changed(seed=number))


class Looking:
    """Lists the runs all the time, in a thread of this process, as an open page does: a context."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Looking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def _look(self) -> None:
        while not self._ended.wait(0.3):
            launcher.runs()


def worker_count(run: store.Run) -> int:
    """How many workers have trained the run so far, one after another or at once."""
    return sum(event["event"] == "started" for event in store.read(run.folder).events)


def interruptions(run: store.Run) -> int:
    """How often the run was recorded as interrupted."""
    return sum(event["event"] == "interrupted" for event in store.read(run.folder).events)


def _namespace() -> Namespace:
    if not _shared:
        folder = tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
        _shared.append(Namespace(Path(folder.name), NODES, SLOTS))
        _shared[0].temporary = folder  # removed with the namespace
        atexit.register(_end)
    return _shared[0]


def _end() -> None:
    while _shared:
        namespace = _shared.pop()
        namespace.end()
        namespace.temporary.cleanup()


def _tidy(cluster: Cluster) -> None:
    """Leave no suspended or dead machine and no job of an earlier row."""
    for machine in (cluster.head, *cluster.nodes):
        machine.thaw()
    cluster.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        is_open = [job for job in clusters.ask("/api/jobs/") if job["status"] in ("PENDING", "RUNNING")]
        if not is_open:
            return
        for job in is_open:
            with contextlib.suppress(OSError, ValueError):
                clusters.ask(f"/api/jobs/{job['submission_id']}/stop", {})
        time.sleep(0.5)


def main() -> None:
    """Run one check: folder of the cluster, module:function, folder of the row, broken variant or ""."""
    folder, name, place, broken = sys.argv[1:]
    module, _, function = name.partition(":")
    check = getattr(importlib.import_module(module), function).__wrapped__
    cluster = clusters.attached(Path(folder))
    _tidy(cluster)
    try:
        with pytest.MonkeyPatch.context() as patch:
            outcome = check(cluster, Path(place), patch, broken or None)
    finally:
        cluster.end_others()
    print(json.dumps(dataclasses.asdict(outcome)))


if __name__ == "__main__":
    main()
