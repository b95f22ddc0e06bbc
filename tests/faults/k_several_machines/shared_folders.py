"""Two servers share a folder of runs and a cluster; the shared folder is full."""

import asyncio
import shutil

from imdb_core import paths
from imdb_core.runs import launcher, store
from imdb_core.runs.places import ray
from tests import cluster as clusters
from tests.faults.rows import Outcome
from tests.faults.support.on_cluster import (
    Looking,
    cluster_row,
    remote_config,
    use_cluster,
    without_keeper,
    worker_count,
)
from tests.faults.support.server import Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine, wait_until
from tests.faults.support.workers import checkpoint_is_whole

RUNS, EPOCHS = 6, 3
EACH_FOR_ITSELF = """
import contextlib, os, sys, time
if "streamlit" in sys.orig_argv:
    from imdb_core.runs import launcher
    from imdb_core.runs.places import ray
    launcher._queue_lock = lambda seconds: contextlib.nullcontext()
    start, next_job = ray.Cluster.start, ray.Cluster._next_job
    ray.Cluster._next_job = lambda *given: next_job(*given) + f"-{os.getpid()}"
    ray.Cluster.start = lambda *given, **named: (time.sleep(2), start(*given, **named))[1]
"""


@cluster_row(
    "K7",
    "two servers share one folder of runs and one cluster",
    f"{RUNS} of {RUNS} runs finished, 0 with two jobs or two workers",
    seconds=200,
    breaks=("each server for itself",),
)
def two_servers(cluster, place, patch, broken):
    use_cluster(place, patch, STUB_EPOCHS=EPOCHS)
    if broken:
        break_new_processes(place, patch, EACH_FOR_ITSELF)
    with serving(place) as first, serving(place) as second:
        runs = [store.create(remote_config(seed=number), store.new_id()) for number in range(RUNS)]
        run_coroutine(_look_from_both(first, second, runs, 15 if broken else 120))
    names = [job["submission_id"] for job in clusters.ask("/api/jobs/")]
    double = sum(sum(name.startswith(run.id) for name in names) > 1 or worker_count(run) > 1 for run in runs)
    finished = sum(store.read(run.folder).state == "finished" for run in runs)
    figure = f"{finished} of {RUNS} runs finished, {double} with two jobs or two workers"
    return Outcome(figure, finished == RUNS and not double)


async def _look_from_both(first, second, runs, seconds) -> None:
    """A tab at each server looks at the list until all runs have ended, or for so long."""
    tabs = await asyncio.gather(*(Visitor(server, "runs").open() for server in (first, second)))
    with_end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < with_end:
        if all(store.read(run.folder).state in store.ENDED for run in runs):
            break
        await asyncio.gather(*(tab.rerun() for tab in tabs))
    for tab in tabs:
        await tab.close()


@cluster_row(
    "K8",
    "the shared folder is full while a node trains",
    "the run ends with a sentence, is not started again by itself, 0 checkpoints damaged, and goes on later",
    seconds=120,
    breaks=("started again and again",),
)
def full_folder(cluster, place, patch, broken):
    small = cluster.folder / clusters.SMALL_DISK
    patch.setenv("IMDB_RUNS_DIR", str(small / place.name))
    use_cluster(place, patch, STUB_CHECKPOINTS=1)
    if broken:
        without_keeper(patch)
        patch.setattr(ray.Cluster, "goes_on_by_itself", lambda self, run: True)
    run = launcher.submit(remote_config())
    filler = paths.runs_folder().parent / "filler"
    try:
        with Looking():
            wait_until(lambda: len(store.read(run.folder).epochs) >= 2)
            filler.write_bytes(bytes(shutil.disk_usage(filler.parent).free - 30_000))
            wait_until(lambda: not store.read(run.folder).active, 30)
            ended = store.read(run.folder)
            epochs, state = len(ended.epochs), ended.state
            filler.unlink()
            wait_until(lambda: store.read(run.folder).message or worker_count(run) > 1, 30)
            sentence = store.read(run.folder).message or ""
            again = worker_count(run) - 1
            damaged = sum(not checkpoint_is_whole(path) for path in run.folder.glob("checkpoints/epoch-*"))
            if store.read(run.folder).can_resume:
                launcher.resume(run)
            wait_until(lambda: len(store.read(run.folder).epochs) >= epochs + 2)
    finally:
        filler.unlink(missing_ok=True)
    figure = f"{state} after {epochs} epochs ({sentence}), {again} starts by itself, {damaged} damaged "
    figure += f"checkpoints, {len(store.read(run.folder).epochs)} epochs after a resume"
    return Outcome(figure, not again + damaged and bool(sentence))
