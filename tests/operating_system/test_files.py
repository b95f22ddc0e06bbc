"""File locks, appending and renaming, natively and on the portable way."""

import subprocess
import sys
import threading
import time

import pytest

from imdb_core import paths
from imdb_core.operating_system import file_access
from imdb_core.runs import journal, locks


def test_every_other_opening_of_a_file_sees_its_lock_until_the_lock_is_released(tmp_path, each_way):
    path = tmp_path / "run.lock"
    assert not locks.held(path)
    with locks.hold(path) as lock:
        assert locks.held(path)
        assert locks.held(path)
        lock.release()
        assert not locks.held(path)
        lock.release()
    assert not locks.held(path)


def test_probers_do_not_count_as_holders_and_do_not_keep_a_worker_from_its_lock(tmp_path, each_way):
    path, over, answers = tmp_path / "run.lock", threading.Event(), []
    path.touch()

    def probe():
        while not over.is_set():
            answers.append(locks.held(path))
            over.wait(0.005)

    probers = [threading.Thread(target=probe) for _ in range(8)]
    for prober in probers:
        prober.start()
    while len(answers) < 2000:
        time.sleep(0.05)
    answers_while_free = list(answers)
    locks.hold(path).release()
    over.set()
    for prober in probers:
        prober.join()
    assert not any(answers_while_free)


APPENDER = """
import io, os, sys, time
from pathlib import Path
from imdb_core.runs import journal

class TwoSteps(io.FileIO):  # appends as Windows' C library does: it looks for the end, then it writes
    def write(self, data):
        self.seek(0, os.SEEK_END)
        time.sleep(0.001)
        return super().write(data)

journal.open_appending = lambda path, *, readable: TwoSteps(path, "rb+")
sys.stdin.read()
for number in range(50):
    journal.append(Path(sys.argv[1]), {"writer": sys.argv[2], "number": number})
"""


def test_no_row_is_lost_where_appending_takes_two_steps(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_PORTABLE", "1")
    path = tmp_path / "events.jsonl"
    path.touch()
    command = [sys.executable, "-c", APPENDER, str(path)]
    options = {"stdin": subprocess.PIPE, "cwd": paths.PROJECT}
    writers = [subprocess.Popen([*command, str(number)], **options) for number in range(4)]
    for writer in writers:  # all wait for the end of their input
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0] * 4
    rows = journal.rows(path)
    expected = {(str(writer), number) for writer in range(4) for number in range(50)}
    assert {(row["writer"], row["number"]) for row in rows} == expected


def test_a_rename_waits_for_readers_as_long_as_a_reader_may_take(tmp_path, monkeypatch, each_way):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_bytes(b"{}")
    reader = open(tmp_path / "run" / "config.json", "rb")
    threading.Timer(0.3, reader.close).start()
    file_access.move_folder(tmp_path / "run", tmp_path / "trash")
    assert [path.name for path in tmp_path.iterdir()] == ["trash"]


def test_a_file_that_stays_open_on_windows_is_not_replaced(tmp_path, monkeypatch, each_way):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path))
    monkeypatch.setattr(file_access, "OPEN_SECONDS", 0.1)
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
    with open(tmp_path / "old", "rb"):
        if each_way == "native":
            file_access.replace_file(tmp_path / "new", tmp_path / "old")
        else:
            with pytest.raises(PermissionError, match="used by another process"):
                file_access.replace_file(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == ("new" if each_way == "native" else "old")
