"""The part of bench.cluster that runs in the cluster's network namespace: both queues, and what Ray costs.

Started by bench.cluster: python -m bench.cluster_trial FOLDER_OF_THE_CLUSTER FOLDER. Prints one line of JSON.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psutil

from imdb_core import background, paths
from imdb_core import config as configs
from imdb_core.runs import launcher, layout, store
from imdb_core.runs.places.ray_api import RayApi
from tests import cluster as clusters

PLACE = "lab"
RUNS = 12
EMPTY_JOBS, OPEN_JOBS = 8, 10
QUIET_SECONDS = 10.0
STEADY = (layout.EVENTS, layout.METRICS, layout.HEARTBEAT, layout.LOCK)  # written or read all the time
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def main() -> None:
    cluster, folder = clusters.attached(Path(sys.argv[1])), Path(sys.argv[2])
    places = folder / "places.toml"
    places.write_text(f'[{PLACE}]\naddress = "{clusters.ADDRESS}"\n', "utf-8")
    os.environ |= {"IMDB_PLACES": str(places), "IMDB_RUNS_DIR": str(folder / "runs")}
    measured = {"ray": _costs_of_ray(cluster), "worker": _costs_of_a_worker()}
    remote, here = _queued(PLACE), _queued("here")
    slots = {"cluster": 4, "here": 2}
    measured["queues"] = {
        name: _summary(runs, seconds, slots[name])
        for name, (runs, seconds) in {"cluster": remote, "here": here}.items()
    }
    measured["different"] = sum(_figures(a) != _figures(b) for a, b in zip(remote[0], here[0], strict=True))
    print(json.dumps(measured))


def _config(number: int, place: str):
    changes = {"device": "cpu", "seed": number, "place": place, "epochs": 3}
    return configs.preset("cnn_lstm", dataset="demo", **changes)


def _queued(place: str):
    """(runs, seconds until all have finished). All are queued before one starts: each has one thread."""
    began = time.monotonic()
    runs = [store.create(_config(number, place), store.new_id()) for number in range(RUNS)]
    while any(store.read(run.folder).state != "finished" for run in runs):
        launcher.runs()
        time.sleep(0.5)
        if failed := [run for run in runs if store.read(run.folder).state == "failed"]:
            raise SystemExit(f"{failed[0].folder}: {store.read(failed[0].folder).message}")
    return [store.read(run.folder) for run in runs], time.monotonic() - began


def _summary(runs, seconds: float, slots: int) -> dict:
    """Seconds in all; of each run in the median: its training, and its slot's time without training."""
    trained = [_time(run, "finished") - _time(run, "phase") for run in runs]
    started = [_time(run, "started") - _time(run, "launching") for run in runs]
    return {
        "seconds": seconds,
        "trained": statistics.median(trained),
        "launching to started": statistics.median(started),
        "lost": (slots * seconds - sum(trained)) / len(runs),
        "threads": sorted({run.event("started")["threads"] for run in runs}),
        "hosts": sorted({run.event("started")["host"] for run in runs}),
    }


def _time(run, kind: str) -> float:
    return datetime.fromisoformat(
        next(event["time"] for event in run.events if event["event"] == kind)
    ).timestamp()


def _figures(run) -> list:
    """What must be equal digit for digit."""
    finished = run.event("finished")
    epochs = [[row.get(name) for name in FIGURES] for row in run.epochs]
    return [*epochs, [finished.get(name) for name in ("best_epoch", "test_loss", "test_accuracy")]]


def _costs_of_ray(cluster) -> dict:
    """Empty jobs one after another, jobs that only wait, and the head without jobs."""
    api = RayApi(clusters.ADDRESS)
    idle = _head_seconds(cluster, lambda: time.sleep(QUIET_SECONDS)) / QUIET_SECONDS
    times = []
    began = time.monotonic()
    work = _head_seconds(cluster, lambda: times.extend(_empty_jobs(api))) - idle * (time.monotonic() - began)
    posts, starts, ends = zip(*times, strict=True)
    for number in range(OPEN_JOBS):
        api.submit(f"open-{number}", entrypoint="sleep 3600", entrypoint_num_cpus=0.1)
    _wait(lambda: sum(job.state == "RUNNING" for job in api.jobs().values()) == OPEN_JOBS)
    watching = _head_seconds(cluster, lambda: time.sleep(QUIET_SECONDS)) / QUIET_SECONDS
    memory = {machine.name: _memory(machine) for machine in (cluster.head, *cluster.nodes)}
    answers = [_seconds(lambda: clusters.ask("/api/jobs/")) for _ in range(10)]
    size = len(json.dumps(clusters.ask("/api/jobs/")))
    for number in range(OPEN_JOBS):
        api.stop(f"open-{number}")
    _wait(lambda: not any(job.is_open for job in api.jobs().values()))
    return {
        "submit": statistics.median(posts),
        "first submit": posts[0],
        "submitted to running": statistics.median(starts),
        "end noticed": statistics.median(ends),
        "head idle": idle,
        "head for a job": work / EMPTY_JOBS,
        "head for an open job": max(0.0, watching - idle) / OPEN_JOBS,
        "list of jobs": statistics.median(answers),
        "jobs in it": EMPTY_JOBS + OPEN_JOBS,
        "bytes for a job": size / (EMPTY_JOBS + OPEN_JOBS),
        "MB": memory,
        "open jobs in MB": OPEN_JOBS,
    }


def _empty_jobs(api: RayApi) -> list[tuple[float, float, float]]:
    """Seconds of each job's submission, from there until it runs, and from its end until Ray says so."""
    times = []
    for number in range(EMPTY_JOBS):
        id, began = f"empty-{number}", time.monotonic()
        api.submit(id, entrypoint="date +%s.%N", entrypoint_num_cpus=1)
        posted, sent = time.monotonic() - began, time.time()
        _wait(lambda: not api.job(id).is_open)  # noqa: B023
        ended = time.time()
        _wait(lambda: _printed(api, id))  # noqa: B023
        ran = float(_printed(api, id)[-1])
        times.append((posted, ran - sent, ended - ran))
    return times


def _printed(api: RayApi, id: str) -> list[str]:
    """The time that the job has printed; Ray's log may lag behind."""
    return re.findall(r"^\d+\.\d+$", api.log(id), re.MULTILINE)


def _costs_of_a_worker() -> dict:
    """What a worker does with the run's folder, counted by strace, and what listing a run does."""
    run = store.create(_config(0, "here"), store.new_id())
    worker = background.command("-m", "imdb_core.training.worker", run.folder, "--elsewhere")
    lines = _calls(worker, run.folder)
    steady = sum(any(f"/{name}" in line for name in STEADY) for line in lines)
    run = store.read(run.folder)
    written = sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file())
    saved = sum(
        file.stat().st_size for file in (run.folder / layout.CHECKPOINTS).rglob("*") if file.is_file()
    )
    epochs, kept = len(run.epochs), max(1, len(list((run.folder / layout.CHECKPOINTS).iterdir())))
    seconds = _time(run, "finished") - _time(run, "started")
    listing = background.command(
        "-c", "from imdb_core.runs import launcher; launcher.runs(); launcher.runs()"
    )
    listed = len(_calls(listing, run.folder)) / 2
    return {
        "seconds": seconds,
        "steady calls": steady,
        "other calls": len(lines) - steady,
        "bytes": written + saved / kept * max(0, epochs - kept),
        "calls to list a run": listed,
        "started": _time(run, "phase") - _time(run, "started"),
    }


def _calls(command, folder) -> list[str]:
    """Lines of strace: the command's system calls with a path in `folder`."""
    trace = folder.parent / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=%file", "-o", trace, *command],
        cwd=paths.PROJECT,
        env=background.environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with open(trace, encoding="utf-8", errors="replace") as lines:
        calls = [line for line in lines if str(folder) in line]
    trace.unlink()
    return calls


def _head_seconds(cluster, action) -> float:
    """Processor seconds of the head's processes during action()."""
    before = _processor_seconds(cluster.head)
    action()
    after = _processor_seconds(cluster.head)
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _processor_seconds(machine) -> dict[int, float]:
    seconds = {}
    for process in machine.processes():
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        seconds[process.pid] = times.user + times.system
    return seconds


def _memory(machine) -> float:
    """MB of the machine's processes; shared pages count in part."""
    memory = [process.as_dict(["memory_full_info"])["memory_full_info"] for process in machine.processes()]
    return sum(each.pss for each in memory) / 1e6


def _seconds(action) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def _wait(condition) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("Ray did not carry out the jobs within 120 s.")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
