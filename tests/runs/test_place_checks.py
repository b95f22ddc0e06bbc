"""The check of a cluster: one sentence for everything that is missing. Ray is played, the probe is real."""

import json
from dataclasses import replace

import pytest

from imdb_core import __main__ as command_line
from imdb_core import paths
from imdb_core.runs.places import checks, probe
from tests import fake_ray

pytestmark = pytest.mark.app


@pytest.fixture
def ray(monkeypatch):
    monkeypatch.setattr(checks, "POLL_SECONDS", 0.05)
    with fake_ray.running(is_working=True) as ray:
        yield ray


@pytest.fixture
def settings(ray, monkeypatch):
    return fake_ray.use_fake_cluster(ray, monkeypatch, environment={}).settings


def faults(settings):
    """The sentences on what is wrong."""
    return [finding.sentence for finding in checks.check(settings) if not finding.is_right]


def test_a_machine_that_is_set_up_alike_has_no_fault(settings):
    findings = list(checks.check(settings))
    assert all(finding.is_right for finding in findings), findings
    assert "Ray 2.60.0, 1 machine." in findings[0].sentence
    assert "sees both folders, has the same app, Python and packages" in findings[-1].sentence
    for folder in (paths.runs_folder(), paths.cache_folder()):
        assert not (folder / probe.FOLDER).exists()


@pytest.mark.parametrize("key", ["runs", "data"])
def test_a_folder_that_is_not_shared_is_named(settings, tmp_path, key):
    other = tmp_path / "other"
    other.mkdir()
    [fault] = faults(replace(settings, **{key: str(other)}))
    assert f": {key}, there {other}, is not the folder " in fault
    assert f"Share the folder, or correct {key} of [ray]." in fault


WRONG = {
    "python": ("/no/such/python", "there is no /no/such/python ("),
    "app": ("/no/such app", "there is no folder /no/such app. Mount or copy"),
}


@pytest.mark.parametrize("key", WRONG)
def test_a_missing_app_or_interpreter_is_named(settings, key):
    value, sentence = WRONG[key]
    [fault] = faults(replace(settings, **{key: value}))
    assert sentence in fault and f"{key} of [ray]." in fault


def test_a_folder_without_the_app_is_named(settings, tmp_path):
    [fault] = faults(replace(settings, app=str(tmp_path)))
    assert "No module named" in fault and "correct app and python of [ray]." in fault


DIFFERENCES = {
    "app": ("0.0.1", "the app has version "),
    "python": ("3.10.1", "Python has version "),
    "packages": ({"keras": "3.0.0", "leftpad": "1"}, "leftpad is missing. Install the same requirements"),
}


@pytest.mark.parametrize("fact", DIFFERENCES)
def test_another_version_is_named(settings, monkeypatch, fact):
    value, sentence = DIFFERENCES[fact]
    here = {**probe.facts(), fact: value}
    monkeypatch.setattr(probe, "facts", lambda: here)
    assert any(sentence in fault for fault in faults(settings))


def test_a_setting_that_keras_refuses_there_is_named(settings):
    wrong = {"KERAS_BACKEND": "abacus"}
    assert any("abacus" in fault for fault in faults(replace(settings, environment=wrong)))


def test_no_machine_is_large_enough(settings):
    first, *_ = faults(replace(settings, cpus=64))
    assert "no machine has 64 cores and 0 GPUs (at most 2 and 0). Start Ray with more" in first


def test_a_gpu_without_a_driver_is_named(settings, ray):
    ray.nodes = [ray.node("node-1", 2, 1)]
    assert any("Ray counts a GPU, but the driver shows none" in fault for fault in faults(settings))


def test_a_probe_that_does_not_run_is_named_and_stopped(settings, ray, monkeypatch):
    monkeypatch.setattr(checks, "PROBE_SECONDS", 0.3)
    ray.is_working = False
    [fault] = faults(settings)
    assert "the probe did not run within" in fault
    assert len(ray.stopped) == 1


def test_a_probe_of_another_version_is_named(settings, ray):
    ray.is_working = False
    submit = ray.submit

    def odd(body):
        answer = submit(body)
        ray.set(body["submission_id"], "SUCCEEDED", logs='PROBE {"machine": "x"}')
        return answer

    ray.submit = odd
    [fault] = faults(settings)
    assert "has another version. Update it" in fault


@pytest.mark.parametrize("mode", ["garbage", "error", "no token"])
def test_a_cluster_that_cannot_be_asked_is_one_fault(settings, ray, mode):
    ray.mode = mode
    [fault] = faults(settings)
    assert "Start Ray on its head (docs/cluster.md), and check the address and the firewall." in fault


def test_the_command_lists_and_checks(ray, tmp_path, monkeypatch, capsys):
    file = tmp_path / "places.toml"
    file.write_text(
        f'[lab]\naddress = "{ray.address}"\n[gone]\naddress = "http://127.0.0.1:9"\n[wrong]\nx = 1\n'
    )
    monkeypatch.setenv("IMDB_PLACES", str(file))
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path / "runs"))
    assert command_line.main(["places", "--json"]) == 0
    told = capsys.readouterr()
    listed = {place["name"]: place for place in json.loads(told.out)}
    assert set(listed) == {"here", "lab", "gone"} and listed["lab"]["slots"] == 2
    assert listed["gone"]["slots"] is None and "127.0.0.1:9" in listed["gone"]["about"]
    assert "[wrong] x is unknown" in told.err
    assert command_line.main(["places", "gone"]) == 1
    assert "WRONG  http://127.0.0.1:9 does not answer" in capsys.readouterr().out
    assert command_line.main(["places", "wrong"]) == 2
    assert "[wrong] x is unknown" in capsys.readouterr().err
    assert command_line.main(["places", "here"]) == 2
    assert command_line.main(["places", "nowhere"]) == 2
