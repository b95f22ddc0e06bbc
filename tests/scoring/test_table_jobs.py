"""Tables scored in a process of its own: the result, a stop, a killed process, and what is removed."""

import json
import os
import time

import pytest

from imdb_core import files
from imdb_core.errors import DataError
from imdb_core.runs import locks
from imdb_core.scoring import table_jobs
from imdb_core.scoring.table_folder import (
    DONE,
    FAILED,
    LOCK,
    REQUEST,
    STATUS,
    STOPPED,
    Order,
    folder_of,
    root,
)

MODEL = "pretrained/cnn_lstm"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def job():
    """job(id, **status): the folder of a job whose process has written this status and ended."""

    def make(id, **status):
        folder = folder_of(id)
        folder.mkdir(parents=True)
        order = {"model": MODEL, "source": "/in.csv", "name": "in.csv"}
        files.write_json(folder / REQUEST, order)
        files.write_json(folder / STATUS, status)
        (folder / LOCK).touch()
        return folder

    return make


def test_a_table_is_scored_by_another_process_and_nothing_is_left_after_delete(tmp_path, wait_until):
    upload = tmp_path / "cache" / "in.csv"
    upload.parent.mkdir()
    upload.write_text("review,sentiment\na superb film,positive\n,negative\n" * 40, "utf-8")
    with pytest.raises(DataError, match="line 3 has 3 columns"):
        table_jobs.look(Order(MODEL, str(_ragged(tmp_path)), "ragged.csv"))
    upload.write_text("review,sentiment\n" + "a superb film,positive\n,negative\n" * 40, "utf-8")
    order = Order(MODEL, str(upload), "my reviews.csv")
    understood = table_jobs.look(order)
    assert (understood["text"], understood["label"], understood["rows"]) == ("review", "sentiment", 80)
    id = table_jobs.start(order, is_upload=True)
    upload.unlink()  # the job has its own link to the table
    job = wait_until(lambda: (job := table_jobs.status(id)) and job.has_ended and job)
    assert job.phase == DONE and job.figures["scored"] == 40 and job.figures["labels"]["accuracy"] == 1
    assert job.result.stat().st_size > 1000 and job.download_name == "my reviews-scored.csv"
    assert "table" not in os.listdir(folder_of(id))
    table_jobs.delete(id)
    assert table_jobs.status(id) is None and os.listdir(root()) == []


def _ragged(folder):
    path = folder / "ragged.csv"
    path.write_text("review,x\na film,1\na,b,c\n", "utf-8")
    return path


def test_a_process_that_ends_without_a_word_has_failed_or_was_stopped(job):
    folder = job("a" * 32, phase="scoring", done=10, total=100, seconds=2.0)
    (folder / "job.log").write_text("Traceback\nKeyError: 'x'\n")
    status = table_jobs.status("a" * 32)
    assert status.phase == FAILED and "KeyError: 'x'" in status.error and status.figures is None
    table_jobs.stop("a" * 32)
    assert table_jobs.status("a" * 32).phase == STOPPED
    with locks.hold(folder / LOCK):
        running = table_jobs.status("a" * 32)
        assert running.is_stopping and running.phase == "scoring" and running.seconds_left == 18.0
        with pytest.raises(DataError, match="still being scored"):
            table_jobs.delete("a" * 32)


def test_only_two_tables_are_scored_at_once(job):
    held = [locks.hold(job(letter * 32, phase="scoring") / LOCK) for letter in "ab"]
    with pytest.raises(DataError, match="2 tables are being scored"):
        table_jobs.start(Order(MODEL, "/in.csv", "in.csv"))
    assert len(held) == 2 and len(os.listdir(root())) == 2


def test_results_are_removed_after_a_day_and_foreign_files_stay(job):
    old, new, foreign = job("a" * 32, phase=DONE), job("b" * 32, phase=DONE), job("c" * 32, phase=DONE)
    (foreign / "mine.txt").write_text("mine")
    yesterday = time.time() - 25 * 3600
    for folder in (old, foreign):
        os.utime(folder / REQUEST, (yesterday, yesterday))
    table_jobs.remove_old()
    assert not old.exists() and new.exists() and os.listdir(foreign) == ["mine.txt", REQUEST]


@pytest.mark.parametrize("id", ["", "../runs", "a" * 31, "A" * 32, "a" * 32, "a" * 32 + "\n", "a/b"])
def test_an_id_that_is_none_leads_nowhere(id):
    assert table_jobs.status(id) is None


def test_a_damaged_job_is_none(job):
    folder = job("a" * 32, phase=DONE)
    for content in (b"{", b"[]", json.dumps({"model": 1, "other": 2}).encode()):
        (folder / REQUEST).write_bytes(content)
        assert table_jobs.status("a" * 32) is None
