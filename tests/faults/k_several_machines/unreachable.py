"""The head of a cluster does not answer for a while; its nodes go on."""

import asyncio
import time

from imdb_core.runs import heartbeat, launcher, store
from imdb_core.runs.places import ray, ray_watch
from tests.faults.rows import Outcome
from tests.faults.support.figures import percentile
from tests.faults.support.on_cluster import (
    cluster_row,
    interruptions,
    remote_config,
    submitted,
    use_cluster,
    without_keeper,
    worker_count,
)
from tests.faults.support.server import Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine

OUTAGE_SECONDS = 20
SHORT = """
import sys
if "streamlit" in sys.orig_argv:
    from imdb_core.runs import heartbeat
    from imdb_core.runs.places import ray_watch
    heartbeat.SILENT_SECONDS, ray_watch.GOOD_SECONDS = 5.0, 4.0
"""


@cluster_row(
    "K6",
    f"a cluster does not answer for {OUTAGE_SECONDS} s; meanwhile a node dies and a run is submitted",
    "0 runs interrupted meanwhile, 0 started twice, all go on; a page takes at most 1 s (p95)",
    seconds=200,
    breaks=("no answer means interrupted",),
)
def no_answer(cluster, place, patch, broken):
    use_cluster(place, patch, STUB_CHECKPOINTS=1)
    # The limits of this process and of the server, so that an outage of 20 s has the effect of a minute.
    patch.setattr(heartbeat, "SILENT_SECONDS", 5.0)
    patch.setattr(ray_watch, "GOOD_SECONDS", 4.0)
    break_new_processes(place, patch, SHORT)
    if broken:
        without_keeper(patch)
        alive = ray.Cluster.alive
        patch.setattr(ray.Cluster, "alive", lambda self, run: bool(alive(self, run)))
    runs = [submitted(remote_config(), number) for number in range(3)]
    with serving(place) as server:
        early, states, seconds = run_coroutine(_watch(server, cluster, runs))
    twice = sum(max(0, worker_count(run) - 1 - interruptions(run)) for run in runs)
    going_on = sum(store.read(run.folder).state == "running" for run in runs)
    slowest = percentile(seconds, 0.95)
    figure = f"{early} interrupted meanwhile, {twice} started twice, {going_on} of {len(runs)} go on, "
    figure += f"states {', '.join(sorted(states))}; p95 of a page {1000 * slowest:.0f} ms ({len(seconds)})"
    return Outcome(figure, not early + twice and going_on == len(runs) and slowest <= 1)


async def _watch(server, cluster, runs):
    """(runs interrupted in the outage, states seen, seconds of each page) with one tab open on All runs."""
    tab = await Visitor(server, "runs").open()
    await _look_until(tab, lambda: all(store.read(run.folder).epochs for run in runs), 90)
    node = cluster.machine(store.read(runs[0].folder).host)
    cluster.head.freeze()
    node.kill()
    began, tab.seconds, states = time.monotonic(), [], set()
    runs.append(submitted(remote_config(), 9))
    while time.monotonic() < began + OUTAGE_SECONDS:
        await tab.rerun()
        await asyncio.to_thread(launcher.runs)  # as another server or a command does
        states |= {store.read(run.folder).state for run in runs}
        await asyncio.sleep(0.3)
    early, seconds = sum(map(interruptions, runs)), list(tab.seconds)
    cluster.head.thaw()
    await asyncio.to_thread(cluster.start)
    if not early:  # after an early interruption the row has missed its bound, so there is nothing to wait for
        await _look_until(tab, lambda: all(map(_trains, runs)), 90)
    await tab.close()
    return early, states, seconds


def _trains(run) -> bool:
    now = store.read(run.folder)
    return now.state == "running" and bool(now.epochs)


async def _look_until(tab, condition, seconds) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await tab.rerun()
        await asyncio.sleep(0.3)
