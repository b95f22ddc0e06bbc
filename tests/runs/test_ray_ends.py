"""How a run goes on when its job at a cluster ends, is lost or cannot be asked for; Ray is played."""

import time

import pytest

from imdb_core import background
from imdb_core.runs import heartbeat, launcher, store
from imdb_core.runs.places import ray as clusters
from imdb_core.runs.places import ray_api, ray_ends
from tests import fake_ray
from tests.recorded_runs import event_kinds

pytestmark = pytest.mark.app
LOST = {"error_type": "JOB_SUPERVISOR_ACTOR_DIED", "message": "The actor died because its node has died."}
FAILED = {"error_type": "JOB_ENTRYPOINT_COMMAND_ERROR", "driver_exit_code": 1, "message": "log:\nNo module x"}


def start(run, epochs=0):
    """Record what a worker on a node records."""
    identity = {**background.identity(), "host": "node-1", "boot": "b"}
    store.record(run.folder, "started", **identity, device="cpu", threads=1)
    for epoch in range(1, epochs + 1):
        store.record(run.folder, "epoch-saved", epoch=epoch, best_epoch=epoch)


def test_a_run_is_running_while_its_job_is(ray, submitted, state):
    run = submitted()
    ray.set_all("RUNNING")
    start(run)
    assert state(run, "running").host == "node-1"


def test_a_run_whose_machine_died_goes_on_by_itself(ray, submitted, state, wait_until):
    run = submitted()
    start(run)
    ray.set_all("FAILED", **LOST)
    state(run, "interrupted")
    launcher.runs()
    wait_until(lambda: f"{run.id}-2" in ray.jobs, 20)
    assert event_kinds(run)[-3:] == ["interrupted", "queued", "launching"]
    assert store.read(run.folder).event("interrupted")["code"] == "node_died"


def test_a_run_that_is_lost_again_and_again_stays_interrupted_until_it_makes_progress(ray, submitted, state):
    run = submitted()
    for _ in range(clusters.MOST_LOST + 1):
        start(run)
        ray.set_all("FAILED", **LOST)
        state(run, "interrupted")
        launcher.runs()
        time.sleep(0.3)
    assert state(run, "interrupted").can_resume
    assert event_kinds(run).count("interrupted") == clusters.MOST_LOST + 1
    launcher.resume(store.read(run.folder))
    time.sleep(0.3)
    start(run, epochs=1)
    ray.set_all("FAILED", **LOST)
    state(run, "interrupted")
    launcher.runs()
    assert store.read(run.folder).state in ("queued", "starting")


def test_a_run_that_was_told_to_stop_does_not_go_on(ray, submitted, state):
    run = submitted()
    start(run)
    store.record(run.folder, "stop-requested")
    ray.set_all("FAILED", **LOST)
    state(run, "interrupted")
    launcher.runs()
    assert store.read(run.folder).state == "stopped"
    assert event_kinds(run)[-2:] == ["stop-requested", "stopped"]


ENDS = {
    "node_died": (LOST, True),
    "pending_too_long": ({"error_type": "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"}, True),
    "job_lost": ({"error_type": "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE", "message": "why\nbecause."}, True),
    "already_trained": ({**FAILED, "driver_exit_code": 75}, True),
    "node_out_of_memory": (
        {
            "error_type": "JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE",
            "message": "1 worker(s) were killed due to the node running low on memory. Memory on the node",
        },
        False,
    ),
    "killed": ({**FAILED, "driver_exit_code": -9}, False),
    "job_exited": (FAILED, False),
    "job_failed": ({"error_type": "RUNTIME_ENV_SETUP_FAILURE", "message": "no such variable"}, False),
}


@pytest.mark.parametrize("code", ENDS)
def test_each_end_of_a_job_has_its_sentence(ray, submitted, code):
    fields, lost = ENDS[code]
    run = submitted()
    ray.set_all("FAILED", **fields)
    end = ray_ends.end(ray_api.RayApi(ray.address).job(f"{run.id}-1"), run, "The cluster")
    assert (end.sentence.code, end.lost) == (code, lost)
    assert end.sentence != code and "{" not in end.sentence


@pytest.mark.parametrize(("status", "code"), [("STOPPED", "job_stopped"), ("SUCCEEDED", "ended_silently")])
def test_a_job_that_ended_without_a_failure_is_no_loss(submitted, status, code):
    end = ray_ends.end(ray_api.Job(status), submitted(), "The cluster")
    assert (end.sentence.code, end.lost) == (code, False)


def test_a_worker_that_cannot_begin_fails_the_run_after_two_tries_and_says_why(
    ray, submitted, state, wait_until
):
    run = submitted()
    _end_before_the_start(ray, run, state, FAILED)
    wait_until(lambda: f"{run.id}-2" in ray.jobs, 20)
    _end_before_the_start(ray, run, state, FAILED)
    failed = state(run, "failed")
    assert "exit code 1: No module x" in failed.message
    assert len(ray.submitted) == 2


def test_losses_before_the_start_are_no_failures_of_the_run(ray, submitted, state, wait_until):
    run = submitted()
    for number in range(1, clusters.MOST_LOST):
        wait_until(lambda number=number: f"{run.id}-{number}" in ray.jobs, 20)
        _end_before_the_start(ray, run, state, LOST)
    wait_until(lambda: f"{run.id}-{clusters.MOST_LOST}" in ray.jobs, 20)
    _end_before_the_start(ray, run, state, LOST)
    assert "has died" in state(run, "failed").message


def _end_before_the_start(ray, run, state, end):
    """All jobs end in this way before their worker has recorded its start; then the queue moves on."""
    ray.set_all("FAILED", **end)
    state(run, "queued")
    launcher.dispatch()


def test_an_unreachable_cluster_interrupts_nothing(ray, submitted, state, tiny):
    run = submitted()
    start(run)
    ray.mode = "silent"
    assert ray.address in state(run, "unreachable").unreachable
    queued = launcher.submit(tiny(place=fake_ray.NAME))
    assert queued.state == "queued" and ray.address in queued.remark
    launcher.runs()
    assert "interrupted" not in event_kinds(run)
    ray.set_all("RUNNING")
    ray.mode = "right"
    state(run, "running")


def test_a_heartbeat_shows_life_while_the_cluster_is_unreachable(ray, submitted, state, monkeypatch):
    run = submitted()
    start(run)
    monkeypatch.setattr(heartbeat, "alive", lambda folder, owner: owner["host"] == "node-1")
    ray.mode = "error"
    time.sleep(4)  # longer than ray_watch.GOOD_SECONDS in these tests
    assert store.read(run.folder).state == "running"


def test_an_orphan_trains_on_until_its_heartbeat_stands_still(ray, submitted, state, monkeypatch):
    run = submitted()
    start(run)
    silent = [0.0]
    monkeypatch.setattr(heartbeat, "alive", lambda *_: True)
    monkeypatch.setattr(heartbeat, "silent_seconds", lambda _: silent[0])
    ray.set_all("FAILED", **LOST)
    time.sleep(0.5)
    assert store.read(run.folder).state == "running"
    silent[0] = clusters.ORPHAN_SECONDS + 1
    state(run, "interrupted")


@pytest.mark.parametrize(
    "status, fields", [("STOPPED", {}), ("FAILED", FAILED), ("FAILED", {"driver_exit_code": -9})]
)
def test_a_heartbeat_is_no_life_after_ray_has_seen_the_process_end(
    ray, submitted, state, monkeypatch, status, fields
):
    run = submitted()
    start(run)
    monkeypatch.setattr(heartbeat, "alive", lambda *_: True)
    monkeypatch.setattr(heartbeat, "silent_seconds", lambda _: 0.0)
    ray.set_all(status, **fields)
    state(run, "interrupted")


def test_a_forgotten_job_is_lost_only_after_a_long_silence(ray, submitted, state, monkeypatch):
    run = submitted()
    start(run)
    ray.set_all("RUNNING")
    state(run, "running")
    ray.forget()
    unreachable = state(run, "unreachable")
    assert "does not know the run's job" in unreachable.unreachable
    monkeypatch.setattr(heartbeat, "silent_seconds", lambda _: heartbeat.SILENT_SECONDS + 1)
    state(run, "interrupted")
    launcher.runs()
    assert store.read(run.folder).event("interrupted")["code"] == "cluster_forgot"
    assert store.read(run.folder).state in ("queued", "starting")


def test_a_stop_by_force_reaches_the_job(ray, submitted, state, cluster):
    run = submitted()
    ray.set_all("RUNNING")
    start(run)
    run = state(run, "running")
    assert cluster.stop(run, force=False) and ray.stopped == []
    assert cluster.stop(run, force=True) and ray.stopped == [f"{run.id}-1"]


def test_a_refused_stop_is_reported_and_an_unreachable_cluster_is_not(ray, submitted, cluster):
    run = submitted()
    ray.token = "another"
    with pytest.raises(ray_api.Refused, match="wants a token"):
        cluster.stop(run, force=True)
    ray.token, ray.mode = None, "garbage"
    assert cluster.stop(run, force=True)


def test_a_job_that_waits_for_its_start_is_stopped_at_once_and_the_run_is_not_started_again(
    ray, submitted, state, cluster
):
    run = submitted()
    state(run, "starting")
    store.record(run.folder, "stop-requested")
    launcher.end(run)
    assert ray.stopped == [f"{run.id}-1"]
    launcher.dispatch()
    assert state(run, "stopped") and len(ray.submitted) == 1
