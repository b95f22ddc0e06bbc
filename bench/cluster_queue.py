"""The queue of a cluster of 10, 100 and 1,000 nodes, simulated: which part is at its limit first.

    python -m bench.cluster_queue measured.json [--train-seconds 60 600]

measured.json holds the costs: `python -m bench.cluster --json measured.json`. The parts are the keeper, which
looks at the runs and starts waiting ones; the head, which takes jobs and watches them; the nodes' slots; and
the shared folder.
"""

import argparse
import heapq
import json
import os
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NODES, SLOTS = (10, 100, 1000), 2
RUNS_PER_SLOT = 5
FOLDER_OPERATIONS, FOLDER_MEGABYTES = 5_000.0, 110.0  # assumed: one NFS server, a line of 1 Gbit/s
LOOK_SECONDS = 10.0  # a longer look counts as too slow
MOST_JOBS_BYTES = 32 * 2**20  # the app reads at most so much of Ray's list of jobs (ray_api.LARGEST_ANSWER)


@dataclass(frozen=True)
class Costs:
    """What was measured, in seconds and bytes; see bench.cluster for how."""

    look_apart: float  # pause of the keeper between two looks
    list_per_run: float  # listing one run
    jobs_per_job: float  # the head's answer with the list of jobs, for each job in it
    bytes_per_job: float  # in that answer
    dispatch_per_start: float  # starting one run in the keeper, without the submission, which has threads
    submit: float  # one submission, from the request to the answer
    senders: int  # submissions at once
    job_start: float  # from the submission to the worker's process
    worker_start: float  # from there to the event "started" (imports)
    head_per_job: float  # processor time of the head for one job from its submission to its end
    head_per_open_job: float  # share of a core that watching one open job takes
    head_idle: float  # share of a core that the head takes with two nodes and no jobs
    noticed: float  # from the end of a worker until Ray says so
    folder_per_second: float  # operations of a training run on the shared folder: heartbeat, rows, events
    folder_per_run: float  # further operations of a whole run: checkpoints, models, its start and end
    folder_per_listed: float  # operations to list one run
    bytes_per_run: float  # that a run writes to the shared folder


@dataclass(frozen=True)
class Result:
    """One simulated queue."""

    nodes: int
    runs: int
    seconds: float
    best: float  # seconds with no cost beside the trainings
    look: float  # longest look in seconds
    head: float  # cores that the head's work took, mean
    head_most: float  # cores in the busiest 10 s
    folder: float  # operations a second on the shared folder, mean
    megabytes: float  # written a second, mean
    answer: float  # MB of the list of jobs at the end

    @property
    def used(self) -> float:
        """Share of the slots' time that was spent training."""
        return self.best / self.seconds


def simulated(costs: Costs, *, nodes: int, slots: int, runs_per_slot: int, train: float) -> Result:
    """Queue nodes * slots * runs_per_slot runs at once, each of which trains for `train` seconds.

    The keeper looks, starts at most as many runs as slots are free, and pauses. Submissions wait for a free
    sender and for the head, which works them off one after another.
    """
    total_slots = nodes * slots
    waiting = count = total_slots * runs_per_slot
    free, sent, finished, looks = total_slots, 0, 0, 0
    now = look_most = head_free = busy = 0.0
    senders = [0.0] * costs.senders  # when each becomes free
    head_work = defaultdict[int, float](float)  # seconds of work in each 10 s
    taken = costs.submit + costs.job_start + costs.worker_start + train + costs.noticed  # by one job
    ends: list[float] = []  # heap: when Ray says that a run has ended
    while finished < count:
        looks += 1
        look = costs.list_per_run * count + costs.jobs_per_job * sent
        began, now = now, now + look
        while ends and ends[0] <= now:
            heapq.heappop(ends)
            free, finished = free + 1, finished + 1
        for _ in range(min(free, waiting)):
            now += costs.dispatch_per_start
            begin = max(now, heapq.heappop(senders), head_free)
            head_free = begin + costs.head_per_job  # the head's one thread for jobs
            heapq.heappush(senders, begin + costs.submit)
            head_work[int(begin // 10)] += costs.head_per_job
            heapq.heappush(ends, begin + taken)
            free, waiting, sent = free - 1, waiting - 1, sent + 1
        look_most = max(look_most, now - began)
        now += costs.look_apart
        busy += costs.jobs_per_job * sent
    played = _Played(now, look_most, looks, max(head_work.values()) / 10, busy)
    return _result(costs, played, nodes=nodes, slots=slots, runs_per_slot=runs_per_slot, train=train)


@dataclass(frozen=True)
class _Played:
    """What the queue took: seconds in all and of the longest look, looks, and seconds of the head's work."""

    seconds: float
    look: float
    looks: int
    head_most: float  # per second, in the busiest 10 s
    head: float  # without what each job costs


def _result(
    costs: Costs, played: _Played, *, nodes: int, slots: int, runs_per_slot: int, train: float
) -> Result:
    """What the queue cost the head and the shared folder. What further nodes cost was not measured."""
    count, seconds = nodes * slots * runs_per_slot, played.seconds
    taken = costs.submit + costs.job_start + costs.worker_start + train + costs.noticed
    busy = played.head + (costs.head_per_job + costs.head_per_open_job * taken) * count
    calls = costs.folder_per_second * train + costs.folder_per_run + costs.folder_per_listed * played.looks
    return Result(
        nodes,
        count,
        seconds,
        best=train * runs_per_slot,
        look=played.look,
        head=costs.head_idle + busy / seconds,
        head_most=costs.head_idle + costs.head_per_open_job * nodes * slots + played.head_most,
        folder=count * calls / seconds,
        megabytes=costs.bytes_per_run * count / seconds / 1e6,
        answer=costs.bytes_per_job * count / 1e6,
    )


def loads(result: Result) -> dict[str, float]:
    """How much of its limit each part uses, 1 at the limit."""
    return {
        "the head's thread for jobs": result.head_most,
        "a look at all runs": result.look / LOOK_SECONDS,
        "the shared folder's operations": result.folder / FOLDER_OPERATIONS,
        "the shared folder's megabytes": result.megabytes / FOLDER_MEGABYTES,
        "the list of jobs": result.answer * 1e6 / MOST_JOBS_BYTES,
    }


def costs_of(measured: dict[str, Any]) -> Costs:
    """The costs from the figures of bench.cluster, and from a list that is measured now."""
    from imdb_core.runs import keeper
    from imdb_core.runs.places import ray_watch

    ray, worker, cluster = measured["ray"], measured["worker"], measured["queues"]["cluster"]
    return Costs(
        look_apart=keeper.SECONDS,
        list_per_run=list_seconds(),
        jobs_per_job=ray["list of jobs"] / ray["jobs in it"],
        bytes_per_job=ray["bytes for a job"],
        dispatch_per_start=measured["dispatch"],
        submit=ray["submit"],
        senders=ray_watch.SENDERS,
        job_start=ray["submitted to running"],
        worker_start=max(0.0, cluster["launching to started"] - ray["submitted to running"]),
        head_per_job=ray["head for a job"],
        head_per_open_job=ray["head for an open job"],
        head_idle=ray["head idle"],
        noticed=ray["end noticed"],
        folder_per_second=worker["steady calls"] / worker["seconds"],
        folder_per_run=worker["other calls"],
        folder_per_listed=worker["calls to list a run"],
        bytes_per_run=worker["bytes"],
    )


def list_seconds(count: int = 1000) -> float:
    """Seconds to list one finished run that this process has listed before."""
    from bench.server import fill, timed

    with tempfile.TemporaryDirectory() as name:
        os.environ["IMDB_RUNS_DIR"] = name
        from imdb_core.runs import launcher

        fill(Path(name), count)
        launcher.runs()
        return sorted(timed(launcher.runs, 5))[2] / 1000 / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measured", type=Path, help="the file that bench.cluster --json wrote")
    parser.add_argument("--train-seconds", type=float, nargs="+", default=[60.0, 600.0])
    options = parser.parse_args()
    costs = costs_of(json.loads(options.measured.read_text("utf-8")))
    print(
        "| nodes | runs | ideal | simulated | slots used | longest look | head: mean, most | folder | jobs |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    results = [
        simulated(costs, nodes=nodes, slots=SLOTS, runs_per_slot=RUNS_PER_SLOT, train=seconds)
        for seconds in options.train_seconds
        for nodes in NODES
    ]
    for result in results:
        print(f"| {' | '.join(_cells(result))} |")
    print(
        "\nShare of its limit that each part uses:\n\n| nodes | runs | "
        + " | ".join(loads(results[0]))
        + " |"
    )
    print("|---|---|" + "---|" * len(loads(results[0])))
    for result in results:
        shares = " | ".join(f"{share:.2f}" for share in loads(result).values())
        print(f"| {result.nodes:,} | {_runs(result)} | {shares} |")
    for seconds in options.train_seconds:
        nodes = nodes_of_a_busy_head(costs, seconds)
        print(f"\nThe head uses one core all the time with {nodes:.0f} nodes and runs of {seconds:.0f} s.")


def nodes_of_a_busy_head(costs: Costs, train: float) -> float:
    """With how many nodes the head uses one core all the time, if each slot always has a run."""
    cycle = costs.submit + costs.job_start + costs.worker_start + train + costs.noticed + costs.look_apart / 2
    return (1 - costs.head_idle) / (SLOTS * (costs.head_per_job / cycle + costs.head_per_open_job))


def _runs(result: Result) -> str:
    return f"{result.runs:,} of {result.best / RUNS_PER_SLOT:.0f} s"


def _cells(result: Result) -> list[str]:
    return [
        f"{result.nodes:,}",
        _runs(result),
        f"{result.best:,.0f} s",
        f"{result.seconds:,.0f} s",
        f"{100 * result.used:.0f} %",
        f"{result.look:.1f} s",
        f"{result.head:.2f}, {result.head_most:.2f} cores",
        f"{result.folder:,.0f} operations, {result.megabytes:.1f} MB a second",
        f"{result.answer:.1f} MB",
    ]


if __name__ == "__main__":
    main()
