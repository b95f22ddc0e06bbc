"""A node or the head dies, or a node is declared dead although it lives."""

import time

from imdb_core.runs import heartbeat, layout, store
from imdb_core.runs.places import ray, ray_watch
from imdb_core.runs.rows import rows
from tests import cluster as clusters
from tests.faults.rows import Outcome
from tests.faults.support.on_cluster import (
    Looking,
    cluster_row,
    interruptions,
    remote_config,
    submitted,
    use_cluster,
    without_keeper,
    worker_count,
)
from tests.faults.support.waiting import wait_until

KILLS = 4


@cluster_row(
    "K1",
    "a node is killed while it trains, four times",
    "0 of 2 runs lost, 0 epochs trained again, one worker at a time",
    seconds=240,
    breaks=("lost runs wait for the user",),
)
def kill_nodes(cluster, place, patch, broken):
    use_cluster(place, patch, STUB_CHECKPOINTS=1, STUB_STEP_SECONDS=0.2)
    if broken:
        without_keeper(patch)
        patch.setattr(ray.Cluster, "goes_on_by_itself", lambda self, run: False)
    runs = [submitted(remote_config(), number) for number in range(2)]
    with Looking():
        for kill in range(KILLS):
            run = runs[kill % len(runs)]
            try:
                _wait_for_progress(run, 10 if broken and kill else 60)
            except TimeoutError:
                return Outcome(f"a run did not go on after {kill} kills", False)
            node = cluster.machine(store.read(run.folder).host)
            node.kill()
            node.start()
            cluster.save()
        for run in runs:
            _wait_for_progress(run)
    again, mixed = sum(map(_trained_again, runs)), sum(map(_out_of_order, runs))
    figure = (
        f"{sum(map(worker_count, runs))} workers trained 2 runs after {KILLS} kills, {again} epochs again, "
    )
    figure += f"{mixed} rows of two workers"
    return Outcome(figure, not again and not mixed)


@cluster_row(
    "K2",
    "the head is killed and started again, and with it all nodes",
    "0 of 2 runs lost, 0 interrupted while their workers live, 0 epochs trained again",
    seconds=240,
    breaks=("no answer means interrupted",),
)
def kill_the_head(cluster, place, patch, broken):
    use_cluster(place, patch, STUB_CHECKPOINTS=1, STUB_STEP_SECONDS=0.2)
    patch.setattr(heartbeat, "SILENT_SECONDS", 8.0)
    patch.setattr(ray_watch, "GOOD_SECONDS", 4.0)
    if broken:
        without_keeper(patch)
        patch.setattr(ray.Cluster, "alive", _trusts_only_the_cluster)
    runs = [submitted(remote_config(), number) for number in range(2)]
    with Looking():
        for run in runs:
            _wait_for_progress(run)
        cluster.head.kill()
        time.sleep(7)
        early = sum(map(interruptions, runs))
        if broken:
            return Outcome(f"{early} runs interrupted while their workers live", not early)
        cluster.start()
        for run in runs:
            wait_until(lambda: worker_count(run) == 2, 90)  # noqa: B023
            _wait_for_progress(run)
    again, mixed = sum(map(_trained_again, runs)), sum(map(_out_of_order, runs))
    figure = f"{early} of 2 runs interrupted early, {again} epochs again, {mixed} rows of two workers"
    return Outcome(figure, not early + again + mixed)


def _trusts_only_the_cluster(self, run):
    """A variant of the private method Cluster.alive that does not look for a heartbeat."""
    look, job = self.watch.look(), self._job(run)
    return look.problem is None and job in look.jobs and look.jobs[job].is_open


@cluster_row(
    "K9",
    "Ray declares a node dead that goes on training",
    "0 second workers and 0 interruptions while it trains; 0 epochs trained again later",
    seconds=150,
    breaks=("the heartbeat is ignored",),
)
def declare_dead(cluster, place, patch, broken):
    use_cluster(place, patch, STUB_CHECKPOINTS=1, STUB_STEP_SECONDS=0.2)
    if broken:
        without_keeper(patch)
        patch.setattr(ray.Cluster, "alive", _trusts_only_the_cluster)
    run = submitted(remote_config())
    with Looking():
        _wait_for_progress(run)
        node = cluster.machine(store.read(run.folder).host)
        node.freeze("raylet")
        job = store.read(run.folder).event("launching")["job"]
        wait_until(lambda: clusters.ask(f"/api/jobs/{job}")["status"] == "FAILED", 30)
        _wait_for_progress(run)
        time.sleep(5)
        early = interruptions(run)
        node.thaw("raylet")  # it learns that it was declared dead, and ends with all its workers
        if not broken:
            wait_until(lambda: worker_count(run) == 2, 60)
            _wait_for_progress(run)
    again, mixed = _trained_again(run), _out_of_order(run)
    figure = f"{early} interruptions while it trained, {again} epochs again, {mixed} rows of two workers"
    return Outcome(figure, not early + again + mixed)


def _wait_for_progress(run, seconds: float = 60) -> None:
    """Wait until a worker has finished two further epochs."""
    before = len(store.read(run.folder).epochs)
    wait_until(lambda: len(store.read(run.folder).epochs) >= before + 2, seconds)


def _trained_again(run) -> int:
    """How many epochs were finished, recorded, and trained once more."""
    finished, again = 0, 0
    for event in store.read(run.folder).events:
        if event["event"] == "epoch-saved":
            again += event["epoch"] <= finished
            finished = max(finished, event["epoch"])
    return again


def _out_of_order(run) -> int:
    """How many rows are not after the row before them, other than after "resumed": two workers wrote them."""
    wrong, last = 0, (0, 0)
    for each in rows(run.folder / layout.METRICS):
        if each["kind"] == "resumed":
            last = (each["epoch"], 10**9)
        elif each["kind"] in ("batch", "epoch"):
            position = (each["epoch"], each["step"] + (each["kind"] == "epoch") / 2)
            wrong += position <= last
            last = position
    return wrong
