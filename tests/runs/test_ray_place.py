"""A Ray cluster as a place: what is submitted, when, and how often. Ray is played by tests/fake_ray.py."""

import json
import subprocess

import pytest

from imdb_core.errors import ConfigError
from imdb_core.runs import launcher, movers, places, store
from tests import fake_ray
from tests.recorded_runs import event_kinds

pytestmark = pytest.mark.app


def test_a_start_is_one_job_with_the_workers_command(ray, submitted, cluster):
    run = submitted()
    [body] = ray.submitted
    assert body["submission_id"] == f"{run.id}-1" == run.event("launching")["job"]
    assert run.state == "starting" and run.event("launching")["place"] == fake_ray.NAME
    folder = f"{cluster.settings.runs}/{run.id}"
    command = f"-P -m imdb_core.training.worker {folder} --device cpu --threads 1 --elsewhere"
    assert body["entrypoint"] == f"cd {cluster.settings.app} && exec {cluster.settings.python} {command}"
    assert (body["entrypoint_num_cpus"], body["entrypoint_num_gpus"]) == (1, 0)
    variables = body["runtime_env"]["env_vars"]
    assert variables["IMDB_RUNS_DIR"] == cluster.settings.runs
    assert variables["PYTHONPATH"] == cluster.settings.app
    assert variables["RAY_USAGE_STATS_ENABLED"] == "0"


def test_no_other_variable_of_this_machine_is_sent(ray, submitted, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    submitted()
    assert "hush" not in json.dumps(ray.submitted)
    assert ray.submitted[0]["runtime_env"]["env_vars"]["KERAS_BACKEND"] == "tensorflow"


@pytest.mark.parametrize("name", ["a b", "$(touch owned)", "x'; touch owned; '", 'a"b', "-rf", "a\\b"])
def test_no_name_reaches_the_shell_unquoted(ray, submitted, cluster, tmp_path, monkeypatch, name):
    folder = tmp_path / name
    folder.mkdir()
    show = tmp_path / "show args"
    show.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n')
    show.chmod(0o755)
    changed = {**cluster.settings.__dict__, "app": str(folder), "runs": str(folder), "python": str(show)}
    monkeypatch.setattr(cluster, "settings", type(cluster.settings)(**changed))
    run = submitted(name=name)
    lines = subprocess.run(
        ["/bin/sh", "-c", ray.submitted[0]["entrypoint"]],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    ).stdout.splitlines()
    assert lines[0] == str(folder) and f"{folder}/{run.id}" in lines
    assert not list(tmp_path.rglob("owned"))


def test_no_more_jobs_are_submitted_than_there_are_slots(ray, submitted, cluster, tiny):
    assert cluster.slots() == 2
    submitted(), submitted()
    third = launcher.submit(tiny(place=fake_ray.NAME))
    assert third.state == "queued" and len(ray.submitted) == 2
    ray.set_all("RUNNING")
    launcher.dispatch()
    assert store.read(third.folder).state == "queued"


def test_the_jobs_of_others_take_slots(ray, cluster, tiny, wait_until):
    ray.jobs = {
        f"other-{number}": {"submission_id": f"other-{number}", "status": "RUNNING"} for number in (1, 2)
    }
    run = launcher.submit(tiny(place=fake_ray.NAME))
    assert run.state == "queued"
    ray.set_all("SUCCEEDED")
    wait_until(lambda: launcher.dispatch() and ray.submitted, 20)


@pytest.mark.parametrize(
    ("nodes", "settings", "slots"),
    [
        ([(4, 0), (3, 0)], {"cpus": 2}, 3),
        ([(4, 2), (8, 0)], {"gpus": 1}, 2),
        ([(1, 8)], {"gpus": 1}, 1),
        ([(4, 0)], {"cpus": 8}, 0),
        ([(4, 0)], {"runs_at_once": 9}, 9),
    ],
)
def test_slots_follow_from_the_nodes(ray, monkeypatch, nodes, settings, slots):
    ray.nodes = [ray.node(str(number), *node) for number, node in enumerate(nodes)]
    ray.nodes.append(ray.node("dead", 64, 8, state="DEAD"))
    assert fake_ray.use_fake_cluster(ray, monkeypatch, **settings).slots() == slots


@pytest.mark.parametrize(("device", "gpus"), [("auto", 1), ("gpu:1", 1), ("cpu", 0)])
def test_a_run_gets_a_card_of_its_own(ray, monkeypatch, tiny, wait_until, device, gpus):
    monkeypatch.setattr(movers, "start", lambda **_: None)
    ray.nodes = [ray.node("a", 4, 4)]
    fake_ray.use_fake_cluster(ray, monkeypatch, gpus=1)
    launcher.submit(tiny(place=fake_ray.NAME, device=device))
    [body] = wait_until(lambda: ray.submitted, 20)
    assert body["entrypoint_num_gpus"] == gpus
    assert ("--device gpu " in body["entrypoint"]) == bool(gpus)
    assert body["runtime_env"]["env_vars"].get("CUDA_DEVICE_ORDER") == ("PCI_BUS_ID" if gpus else None)


def test_a_lost_answer_is_no_second_job(ray, cluster, tiny, wait_until, state):
    ray.lost_answers = 1
    run = launcher.submit(tiny(place=fake_ray.NAME))
    state(run, "starting")
    launcher.dispatch()
    assert len(ray.submitted) == 1 and event_kinds(run) == ["queued", "launching"]


def test_a_submission_that_never_arrived_is_sent_again_under_the_same_id(ray, submitted, state, wait_until):
    run = submitted()
    ray.forget()  # as if the server had died before it submitted
    state(run, "queued")
    launcher.dispatch()
    wait_until(lambda: len(ray.submitted) == 2, 20)
    assert {body["submission_id"] for body in ray.submitted} == {f"{run.id}-1"}
    assert event_kinds(run) == ["queued", "launching"]


def test_a_listing_of_many_runs_asks_once(ray, submitted, cluster):
    submitted(), submitted()
    before = len(ray.requests)
    for _ in range(20):
        launcher.runs()
    asked = [path for method, path, _ in ray.requests if method == "GET"]
    assert 0 < asked.count("/api/jobs/") and not any(path.startswith("/api/jobs/2") for path in asked)
    assert [path for _, path, _ in ray.requests[before:]].count("/api/jobs/") < 20


def test_a_place_of_the_settings_file_is_a_cluster(ray, tmp_path, monkeypatch):
    file = tmp_path / "places.toml"
    file.write_text(f'[lab]\naddress = "{ray.address}"\n[broken]\ncpus = 3\n')
    monkeypatch.setenv("IMDB_PLACES", str(file))
    assert places.names() == ("here", "lab")
    assert places.get("lab") is places.get("lab") and places.get("lab").slots() == 2
    assert "line 3: [broken] address is missing" in places.faults()[0]
    with pytest.raises(ConfigError, match=r"\[broken\] address is missing"):
        places.get("broken")
    with pytest.raises(ConfigError, match="here, lab"):
        places.get("nowhere")


def test_only_jobs_of_the_run_itself_are_asked_for_and_stopped(ray, cluster, tiny):
    ray.jobs["other-1"] = {"submission_id": "other-1", "status": "RUNNING"}
    run = store.create(tiny(place=fake_ray.NAME), store.new_id())
    store.record(run.folder, "launching", attempt=1, place=fake_ray.NAME, job="other-1")
    run = store.read(run.folder)
    assert cluster.alive(run) is False
    assert not cluster.stop(run, force=True)
    assert ray.stopped == []
