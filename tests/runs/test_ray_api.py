"""Ray's job API: what is sent, and what becomes of lost, late, huge and wrong answers."""

import time

import pytest

from imdb_core.runs.places import ray_api, ray_watch
from tests import fake_ray


@pytest.fixture
def ray():
    with fake_ray.running() as ray:
        yield ray


@pytest.fixture
def api(ray):
    return ray_api.RayApi(ray.address)


@pytest.fixture
def quick(monkeypatch):
    """All waits are short."""
    monkeypatch.setattr(ray_api, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(ray_api, "SUBMIT_SECONDS", 0.5)
    monkeypatch.setattr(ray_watch, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(ray_watch, "GOOD_SECONDS", 1.0)


def test_a_job_is_submitted_listed_and_stopped(ray, api):
    api.submit("run-1", entrypoint="exec python", entrypoint_num_cpus=1)
    assert ray.submitted == [
        {"submission_id": "run-1", "entrypoint": "exec python", "entrypoint_num_cpus": 1}
    ]
    assert api.jobs() == {"run-1": ray_api.Job("PENDING", message="Job has not started yet.")}
    assert api.job("run-1").is_open
    assert api.stop("run-1")
    assert not api.stop("run-1") and not api.stop("unknown")
    assert api.job("run-1").state == "STOPPED"


def test_an_unknown_job_is_none(api):
    assert api.job("no job") is None


def test_a_second_submission_of_an_id_is_no_second_job(ray, api):
    api.submit("run-1", entrypoint="first")
    api.submit("run-1", entrypoint="second")
    assert [body["entrypoint"] for body in ray.submitted] == ["first"]


def test_a_submission_whose_answer_was_lost_can_be_repeated(ray, api):
    ray.lost_answers = 1
    with pytest.raises(ray_api.Unreachable):
        api.submit("run-1", entrypoint="first")
    api.submit("run-1", entrypoint="first")
    assert len(ray.submitted) == 1


def test_only_living_nodes_count(ray, api):
    ray.nodes = [ray.node("a", 4, 2), ray.node("b", 8, state="DEAD")]
    assert api.nodes() == [ray_api.Node("a", "127.0.0.1", 4.0, 2.0)]


REFUSED = {
    "error": "(500): RuntimeError: the agent is gone",
    "not found": "(404): 404: Not Found",
    "moved": "(302): no reason was given",
}
NO_RAY = {
    "garbage": "its answer is no JSON",
    "deep": "its answer is no JSON",
    "another list": "its list of jobs is no list",
    "odd jobs": "a job has no known state",
}


@pytest.mark.parametrize("mode", NO_RAY)
def test_an_answer_of_another_program_is_named(ray, api, mode):
    ray.mode = mode
    with pytest.raises(ray_api.Unreachable, match=NO_RAY[mode]):
        api.jobs()


@pytest.mark.parametrize("mode", REFUSED)
def test_a_refusal_is_shown_and_no_redirect_is_followed(ray, api, mode):
    ray.mode = mode
    with pytest.raises(ray_api.Refused) as refusal:
        api.jobs()
    assert REFUSED[mode] in str(refusal.value)
    assert [path for _, path, _ in ray.requests] == ["/api/jobs/"]


@pytest.mark.parametrize("mode", ["silent", "dripping"])
def test_a_late_answer_ends_in_time(ray, api, quick, mode):
    ray.mode, ray.jobs = mode, {}
    began = time.monotonic()
    with pytest.raises(ray_api.Unreachable, match="no answer in time"):
        api.version()
    assert time.monotonic() - began < 5


def test_a_huge_answer_is_not_read_to_its_end(ray, api, monkeypatch):
    monkeypatch.setattr(ray_api, "LARGEST_ANSWER", 2**22)
    ray.mode = "huge"
    with pytest.raises(ray_api.Unreachable, match="larger than 4 MiB"):
        api.jobs()


def test_nothing_listens(ray):
    with pytest.raises(ray_api.Unreachable, match="Connection refused"):
        ray_api.RayApi("http://127.0.0.1:9").jobs()


def test_a_proxy_of_the_environment_is_not_used(api, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert api.jobs() == {}


def test_the_token_is_sent_and_its_lack_is_explained(ray, api, tmp_path):
    ray.token = "secret"
    with pytest.raises(ray_api.Refused, match=r"wants a token \(401\)\. Name the file"):
        api.jobs()
    file = tmp_path / "token"
    with pytest.raises(ray_api.Unreachable, match="token cannot be read"):
        ray_api.RayApi(ray.address, file).jobs()
    file.write_text("secret\n")
    assert ray_api.RayApi(ray.address, file).jobs() == {}


def test_all_callers_share_one_look(ray, api):
    watch = ray_watch.Watch(api)
    for _ in range(50):
        assert watch.look().problem is None
    assert [path for _, path, _ in ray.requests].count("/api/jobs/") == 1


def test_a_silent_cluster_delays_only_the_first_of_many_looks(ray, api):
    ray.mode = "silent"
    watch = ray_watch.Watch(api)
    began = time.monotonic()
    problems = {watch.look().problem for _ in range(100)}
    assert time.monotonic() - began < ray_watch.FIRST_LOOK_SECONDS + 1
    assert problems == {f"{ray.address} has not answered yet."}


def test_an_old_answer_counts_for_a_while_then_the_cluster_is_unreachable(ray, api, quick, wait_until):
    watch = ray_watch.Watch(api)
    ray.jobs["run-1"] = {"submission_id": "run-1", "status": "RUNNING"}
    assert watch.look().jobs["run-1"].state == "RUNNING"
    ray.mode = "error"
    assert watch.look().problem is None
    look = wait_until(lambda: (look := watch.look()).problem and look, 20)
    assert "the agent is gone" in look.problem
    assert watch.silent_seconds > 0.5
    ray.mode = "right"
    wait_until(lambda: watch.look().problem is None, 20)
    assert watch.silent_seconds < 5


def test_a_submission_does_not_have_the_caller_wait(ray, api, quick, wait_until):
    watch = ray_watch.Watch(api)
    watch.look()
    ray.mode = "silent"
    began = time.monotonic()
    watch.submit("run-1", entrypoint="exec python")
    assert time.monotonic() - began < 0.3
    assert watch.sent() == {"run-1"}
    wait_until(lambda: not watch.is_sending("run-1"), 20)


def test_a_submitted_job_is_known_before_the_next_look(ray, api, wait_until):
    watch = ray_watch.Watch(api)
    watch.look()
    watch.submit("run-1", entrypoint="exec python")
    wait_until(lambda: "run-1" in watch.look().jobs, 1.9)


def test_a_refused_job_closes_the_place_for_a_while(ray, api, quick, wait_until, monkeypatch):
    watch = ray_watch.Watch(api)
    ray.mode = "error"
    watch.submit("run-1", entrypoint="exec python")
    assert "the agent is gone" in wait_until(watch.refusal, 20)
    monkeypatch.setattr(ray_watch, "REFUSED_SECONDS", 0.0)
    assert watch.refusal() is None


def test_one_watch_serves_all_settings_of_an_address(api):
    first = ray_watch.watch(lambda: api, ("test", api.address))
    assert ray_watch.watch(lambda: api, ("test", api.address)) is first
