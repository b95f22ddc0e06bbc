"""The heartbeat shows other machines that a worker lives; nothing shows them that it has ended."""

import json
import os
import time

import pytest

from imdb_core.operating_system import machine
from imdb_core.runs import heartbeat, layout

OWNER = {"host": "other", "boot": None}


@pytest.fixture
def beat(tmp_path):
    """beat(counter): the worker on the machine "other" writes this beat."""

    def beat(counter, host="other"):
        content = {"host": host, "boot": None, "pid": 1, "counter": counter}
        (tmp_path / layout.HEARTBEAT).write_text(json.dumps(content))

    return beat


@pytest.fixture
def clock(monkeypatch):
    """clock(seconds): the monotonic clock goes on."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def test_a_worker_lives_if_its_counter_changes(tmp_path, beat, clock):
    assert heartbeat.alive(tmp_path, OWNER) is None
    beat(1)
    assert heartbeat.alive(tmp_path, OWNER) is None  # it may be the last beat of a worker that was killed
    clock(5)
    assert heartbeat.alive(tmp_path, OWNER) is None
    beat(2)
    assert heartbeat.alive(tmp_path, OWNER) is True
    clock(heartbeat.SILENT_SECONDS)
    assert heartbeat.alive(tmp_path, OWNER) is True
    clock(1)
    assert heartbeat.alive(tmp_path, OWNER) is None
    assert heartbeat.silent_seconds(tmp_path) == heartbeat.SILENT_SECONDS + 1


@pytest.mark.parametrize(
    ("age", "alive"), [(0, True), (1, True), (25, True), (40, None), (-1, True), (-3600, None)]
)
def test_a_first_look_compares_the_times_of_the_disk(tmp_path, beat, age, alive):
    (tmp_path / layout.LOCK).touch()
    beat(1)
    os.utime(tmp_path / layout.HEARTBEAT, (time.time() - age,) * 2)
    assert heartbeat.alive(tmp_path, OWNER) is alive
    assert heartbeat.silent_seconds(tmp_path) < 5  # silence is measured by the own clock alone


def test_the_first_look_of_a_user_who_may_only_read_waits_for_a_change(tmp_path, beat, monkeypatch):
    (tmp_path / layout.LOCK).touch()
    beat(1)

    def refuse(path):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert heartbeat.alive(tmp_path, OWNER) is None
    beat(2)
    assert heartbeat.alive(tmp_path, OWNER) is True


def test_a_counter_that_begins_anew_is_a_sign_of_life(tmp_path, beat, clock):
    beat(50)
    heartbeat.alive(tmp_path, OWNER)
    beat(1)
    assert heartbeat.alive(tmp_path, OWNER) is True


def test_the_beat_of_a_third_machine_is_no_sign_of_life(tmp_path, beat, clock):
    for counter in range(3):
        beat(counter, host="third")
        assert heartbeat.alive(tmp_path, OWNER) is None


def test_a_worker_that_ended_is_not_taken_for_alive(tmp_path, beat, clock):
    beat(1)
    heartbeat.alive(tmp_path, OWNER)
    beat(2)
    assert heartbeat.alive(tmp_path, OWNER) is True
    (tmp_path / layout.HEARTBEAT).unlink()
    assert heartbeat.alive(tmp_path, OWNER) is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", "null", '{"host": null}', "[" * 10_000, "\x00\xff"])
def test_an_odd_heartbeat_is_none(tmp_path, content):
    (tmp_path / layout.HEARTBEAT).write_text(content, "latin-1")
    assert heartbeat.alive(tmp_path, OWNER) is None
    assert not heartbeat.beats_elsewhere(tmp_path)


def test_a_worker_beats_until_it_ends(tmp_path, monkeypatch, wait_until):
    monkeypatch.setattr(heartbeat, "SECONDS", 0.01)
    file = tmp_path / layout.HEARTBEAT
    heartbeat.begin(tmp_path)
    beat = wait_until(lambda: file.exists() and json.loads(file.read_text()), 10)
    assert machine.is_this(beat) and not heartbeat.beats_elsewhere(tmp_path)
    wait_until(lambda: json.loads(file.read_text())["counter"] > beat["counter"], 10)
    heartbeat.end()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_the_heartbeat_ends_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "SECONDS", 0.01)
    heartbeat.begin(tmp_path / "missing")
    time.sleep(0.1)
    heartbeat.end()


def test_a_worker_listens_for_a_beat_elsewhere(tmp_path, beat, monkeypatch):
    monkeypatch.setenv(machine.HOST_VARIABLE, "this one")
    beat(1)
    assert not heartbeat.beats_elsewhere(tmp_path, seconds=0.3)
    monkeypatch.setattr(heartbeat, "SECONDS", 0.01)
    monkeypatch.setenv(machine.HOST_VARIABLE, "other")
    heartbeat.begin(tmp_path)
    monkeypatch.setenv(machine.HOST_VARIABLE, "this one")
    assert heartbeat.beats_elsewhere(tmp_path)
    heartbeat.end()
