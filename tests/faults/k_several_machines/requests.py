"""Runs at a cluster are submitted twice, and stopped."""

import multiprocessing
import time

from imdb_core import config as configs
from imdb_core.runs import launcher, places, starts, store, workers
from imdb_core.runs.places import ray, ray_api, ray_command, settings
from tests import cluster as clusters
from tests.faults.rows import Outcome
from tests.faults.support.on_cluster import (
    PLACE,
    Looking,
    cluster_row,
    remote_config,
    submitted,
    use_cluster,
    without_keeper,
    worker_count,
)
from tests.faults.support.processes import processes_of
from tests.faults.support.waiting import wait_until

CLICKS = 4  # processes that submit the same run at once
STOP_SECONDS = 15


@cluster_row(
    "K4",
    "four processes submit one run at once, its job is sent again, and another job trains the same run",
    "1 run, 1 job of the app, 1 worker; the other job ends with the exit code of a trained run",
    seconds=150,
    breaks=("a new id for each job",),
)
def submit_twice(cluster, place, patch, broken):
    use_cluster(place, patch)
    id, text = store.new_id(), remote_config().model_dump_json()
    with multiprocessing.get_context("spawn").Pool(CLICKS) as pool:
        pool.starmap(_submit, [(text, id)] * CLICKS)
        [run, *others] = store.runs()
        with Looking():
            wait_until(lambda: store.read(run.folder).state == "running", 60)
            lab = settings.read().clusters[PLACE]
            options = ("--device", "cpu", "--threads", 1, "--elsewhere")
            fields = ray_command.job(lab, workers.WORKER, str(run.folder), *options, gpus=0)
            api, other = ray_api.RayApi(clusters.ADDRESS), f"{id}-by-hand"
            api.submit(f"{id}-2" if broken else store.read(run.folder).event("launching")["job"], **fields)
            api.submit(other, **fields)
            wait_until(lambda: not api.job(other).is_open, 60)
    code, jobs = api.job(other).exit_code, sum(name.startswith(id) for name in api.jobs()) - 1
    figure = f"{1 + len(others)} runs, {jobs} jobs, {worker_count(run)} workers, "
    figure += f"the other job ended with exit code {code}"
    return Outcome(figure, not others and jobs == worker_count(run) == 1 and code == starts.ALREADY_TRAINED)


def _submit(text: str, id: str) -> None:
    launcher.submit(configs.read(text), id)
    wait_until(lambda: not places.get(PLACE).watch.sent(), 30)  # a thread of this process sends the job


@cluster_row(
    "K5",
    "runs at a cluster are stopped: one trains, one waits, one ignores Stop and has a child process",
    f"3 of 3 stopped, each within {STOP_SECONDS} s; 0 processes alive, 0 started later",
    seconds=150,
    breaks=("the request is not passed on",),
)
def stop_runs(cluster, place, patch, broken):
    stubborn = {"STUB_IGNORE_TERM": 1, "STUB_GRANDCHILD": 1}
    if broken:
        without_keeper(patch)
        patch.setattr(ray.Cluster, "stop", lambda self, run, force: False)
        patch.setattr(launcher.background, "spawn", lambda *arguments, **options: None)
    use_cluster(place, patch, **stubborn)
    runs = [submitted(remote_config(), 1)]
    use_cluster(place, patch)
    runs += [] if broken else [submitted(remote_config(), number) for number in range(2, 6)]
    with Looking():
        wait_until(
            lambda: sum(store.read(run.folder).state == "running" for run in runs) == min(4, len(runs))
        )
        # The waiting run first, while no slot is free.
        chosen = runs if broken else [runs[-1], runs[1], runs[0]]
        seconds = [_seconds_to_stop(run) for run in chosen]
        time.sleep(3)
    stopped = sum(store.read(run.folder).state == "stopped" for run in chosen)
    alive = sum(len(processes_of(run.folder)) for run in chosen)
    alive += sum(
        "sleep 60" in " ".join(each.cmdline()) for node in cluster.nodes for each in node.processes()
    )
    times = ", ".join(f"{each:.1f}" for each in seconds)
    figure = f"{stopped} of {len(chosen)} stopped, after {times} s; {alive} processes alive"
    return Outcome(figure, stopped == len(chosen) == 3 and max(seconds) <= STOP_SECONDS and not alive)


def _seconds_to_stop(run) -> float:
    """Seconds from the click to the state "stopped"; more than STOP_SECONDS if that takes longer."""
    began = time.monotonic()
    launcher.stop(run)
    while store.read(run.folder).state != "stopped" and time.monotonic() < began + STOP_SECONDS + 1:
        time.sleep(0.05)
    return time.monotonic() - began
