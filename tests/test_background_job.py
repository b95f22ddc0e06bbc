"""A job in a process of its own: its progress, its end on request, and what a killed one leaves."""

import json

import pytest

from imdb_core import background_job
from imdb_core.background_job import Job, Progress, Stopped
from imdb_core.errors import DataError

# A module that computes the job at argv[1] until it is stopped.
ENDLESS = """
import sys, time
from pathlib import Path
from imdb_core.background_job import Job, exit_code

def work():
    job = Job(Path(sys.argv[1]))
    with job.exclusive(spawned=True):
        report = job.reporter("counting")
        while True:
            report(1, 4)
            time.sleep(0.01)

sys.exit(exit_code(work))
"""


@pytest.fixture
def job(tmp_path, monkeypatch):
    (tmp_path / "endless.py").write_text(ENDLESS, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = Job(tmp_path / "some.job")
    yield job
    job.stop()


@pytest.fixture
def endings(tmp_path):
    return lambda: {path.name.removeprefix("some.job") for path in tmp_path.glob("some.job*")}


def start(job, tmp_path):
    return job.start("endless", tmp_path / "some.job")


def test_a_job_shows_its_progress_and_ends_when_asked(job, tmp_path, endings, wait_until):
    start(job, tmp_path)
    wait_until(job.progress, 20)
    progress = job.progress()
    assert (progress.stage, progress.done, progress.total, progress.share) == ("counting", 1, 4, 0.25)
    assert Job(tmp_path / "some.job").is_running() and not job.is_stopping()
    job.stop()
    wait_until(lambda: not job.is_running())
    assert job.failure() is None and job.log.read_text("utf-8") == "The computation was stopped.\n"
    assert endings() == {".lock", ".log"}


def test_a_job_that_is_stopped_before_it_begins_ends_too(job, tmp_path, wait_until):
    start(job, tmp_path)
    job.stop()
    wait_until(lambda: not job.is_running())
    assert job.failure() is None and not job.is_stopping()


def test_a_second_start_starts_nothing(job, tmp_path, wait_until):
    assert start(job, tmp_path) and not start(job, tmp_path)
    wait_until(job.progress, 20)
    assert not Job(tmp_path / "some.job").start("endless", tmp_path / "some.job")


def test_a_killed_job_has_failed_and_its_request_to_stop_ends_no_later_job(job, tmp_path, wait_until):
    """Uses the private _started: no function gives the process."""
    start(job, tmp_path)
    wait_until(job.progress, 20)
    background_job._started[tmp_path / "some.job"].kill()
    (tmp_path / "some.job.stop").touch()
    wait_until(lambda: not job.is_running())
    assert (
        job.failure()
        == "The computation was ended by signal 9 (Killed) before it was finished. Start it again."
    )
    start(job, tmp_path)
    wait_until(job.progress, 20)
    assert job.is_running() and not job.is_stopping()


def test_a_request_that_a_killed_job_left_does_not_stop_a_command(tmp_path):
    job = Job(tmp_path / "some.job", "check")
    (tmp_path / "some.job.stop").touch()
    with job.exclusive():
        job.reporter("texts")(0.5)
        assert job.progress().share == 0.5
        (tmp_path / "some.job.stop").touch()
        with pytest.raises(Stopped, match=r"^The check was stopped\.$"):
            job.reporter("texts").check()
    assert job.progress() is None and not job.is_stopping()


def test_a_log_that_is_a_folder_is_a_sentence(job, tmp_path):
    job.log.mkdir()
    with pytest.raises(DataError, match="The computation cannot write its log"):
        start(job, tmp_path)
    assert not job.is_running()


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[]",
        "{}",
        json.dumps({"stage": "texts", "done": "many", "total": 1, "seconds": 1}),
        json.dumps({"stage": "texts", "done": float("nan"), "total": 1, "seconds": 1}),
        json.dumps({"stage": "t" * background_job.LARGEST_PROGRESS, "done": 1, "total": 1, "seconds": 1}),
    ],
)
def test_a_damaged_report_is_no_progress(tmp_path, stored):
    (tmp_path / "some.job.progress.json").write_text(stored, "utf-8")
    assert Job(tmp_path / "some.job").progress() is None


@pytest.mark.parametrize(
    ("done", "total", "share", "left"),
    [(0, 4, 0, None), (1, 4, 0.25, 30), (5, 4, 1, 0), (0.01, 1, 0.01, None), (1, 0, 0, None)],
)
def test_the_time_left_follows_from_the_share(done, total, share, left):
    progress = Progress("texts", done, total, 10)
    assert (progress.share, progress.seconds_left) == (share, left)


def test_an_error_is_a_sentence_and_an_exit_code(capsys):
    def work():
        raise FileNotFoundError(2, "No such file or directory", "model.keras")

    assert background_job.exit_code(work) == 2
    assert "model.keras" in capsys.readouterr().out
