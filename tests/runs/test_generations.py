"""Runs of several generations: each waits for its teacher, the run before it, even where slots are free."""

import psutil
import pytest

from imdb_core.runs import launcher, store
from imdb_core.scoring import teachers


@pytest.fixture(autouse=True)
def slow_worker(stub_worker, monkeypatch):
    """A stub that trains until it is stopped."""
    monkeypatch.setenv("STUB_EPOCHS", "10000")


def submitted(config, number):
    ids = [store.new_id() for _ in range(number)]
    runs = [
        launcher.submit(each, id) for each, id in zip(teachers.generations(config, ids), ids, strict=True)
    ]
    return [run.folder for run in runs]


def states(folders):
    launcher.runs()
    return [store.read(folder).state for folder in folders]


def test_each_generation_has_the_run_before_it_as_its_teacher(tiny):
    configs = teachers.generations(tiny(teacher="pretrained/lstm"), ["a", "b", "c"])
    assert [config.teacher for config in configs] == ["pretrained/lstm", "a", "b"]
    assert [config.teacher for config in teachers.generations(tiny(), ["a"])] == [""]


def test_a_run_waits_for_its_teacher_and_says_so(tiny, wait_until):
    first, second, third = submitted(tiny(), 3)
    other = launcher.submit(tiny(seed=9)).folder  # a second slot is free
    wait_until(lambda: states([first, other]) == ["running", "running"])
    assert states([second, third]) == ["queued", "queued"]
    name = store.read(first).name
    assert store.read(second).delay == f"The run learns from {name}. It waits until {name} has been trained."
    launcher.stop(store.read(first))
    wait_until(lambda: states([first, second]) == ["stopped", "running"])
    assert states([third]) == ["queued"] and store.read(second).delay is None


def test_a_run_waits_for_a_teacher_that_was_interrupted(tiny, wait_until):
    first, second = submitted(tiny(), 2)
    wait_until(lambda: states([first]) == ["running"])
    psutil.Process(store.read(first).event("started")["pid"]).kill()
    wait_until(lambda: states([first, second]) == ["interrupted", "queued"])
    assert "Resume or delete " in store.read(second).delay
    launcher.resume(store.read(first))
    wait_until(lambda: states([first, second]) == ["running", "queued"])
    launcher.stop(store.read(first))
    wait_until(lambda: states([second]) == ["running"])


@pytest.mark.parametrize("end", ["stop", "delete"])
def test_a_teacher_that_does_not_come_lets_its_student_start(tiny, wait_until, end):
    """The student then fails with a sentence of its own (tests/training/test_teaching.py)."""
    first, second = submitted(tiny(), 2)
    wait_until(lambda: states([first]) == ["running"])
    launcher.stop(store.read(first))
    wait_until(lambda: states([first]) == ["stopped"])
    if end == "delete":
        store.delete(store.read(first))
    wait_until(lambda: states([second]) == ["running"])
