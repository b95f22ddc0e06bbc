"""Appended rows survive crashes, and a reader reads each byte once."""

import errno
import json
import math
import os
import subprocess
import sys

import pytest

from imdb_core.runs import journal, rows_memory

ROWS = [
    {"event": "queued"},
    {"event": "größer \u2028 \x85", "n": 1},
    {"event": 'quote " and \\', "n": [1, {"a": None}]},
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def test_rows_come_back_as_they_were_appended(path):
    for row in ROWS:
        journal.append(path, row, durable=True)
        assert journal.rows(path)[-1] == row
    assert journal.rows(path) == ROWS
    assert [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]] == ROWS


def test_a_missing_file_has_no_rows(path):
    assert journal.rows(path) == []


def test_a_reader_that_follows_does_not_get_an_unfinished_last_line(path):
    journal.append(path, ROWS[0])
    with open(path, "ab") as file:
        file.write(b'{"event": "half')
        file.flush()
        assert journal.rows(path) == ROWS[:1]
        file.write(b' and half"}\n')
    assert journal.rows(path) == [ROWS[0], {"event": "half and half"}]


def test_lines_that_are_not_a_json_object_are_skipped(path):
    path.write_bytes(b'\n3\n[1]\n{"a": 1}\n\xff\xfe\n{"a": \n\0\0\0\n{"b": 2}\n')
    assert journal.rows(path) == [{"a": 1}, {"b": 2}]


def test_nan_and_infinity_become_null_wherever_they_are(path):
    journal.append(path, {"loss": math.nan, "deep": {"a": -math.inf, "b": 1.5}, "list": [math.inf, 2]})
    assert journal.rows(path) == [{"loss": None, "deep": {"a": None, "b": 1.5}, "list": [None, 2]}]
    assert "NaN" not in path.read_text()


def test_a_reader_that_follows_reads_only_new_bytes(path, monkeypatch):
    for _ in range(100):
        journal.append(path, ROWS[0])
    journal.rows(path)
    journal.append(path, ROWS[1])
    before, positions, open_regular = path.stat().st_size, [], journal.open_regular

    class Watched:
        def __init__(self, *arguments):
            self._file = open_regular(*arguments)
            self.read = self._file.read

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

        def seek(self, position):
            positions.append(position)
            return self._file.seek(position)

    monkeypatch.setattr(journal, "open_regular", Watched)
    assert len(journal.rows(path)) == 101
    assert len(journal.rows(path)) == 101
    assert len(positions) == 1  # nothing new, nothing opened
    assert positions[0] > before / 2


def test_a_file_that_was_replaced_or_cut_is_read_anew(path):
    for row in ROWS:
        journal.append(path, row)
    assert journal.rows(path) == ROWS
    other = path.with_name("other")
    other.write_bytes(b"".join(b'{"new": %d}\n' % number for number in range(100)))
    os.replace(other, path)
    assert journal.rows(path) == [{"new": number} for number in range(100)]
    os.truncate(path, 11)
    assert journal.rows(path) == [{"new": 0}]
    path.write_bytes(b'{"new": 7}\n')  # the same size
    os.utime(path, ns=(1, 1))
    assert journal.rows(path) == [{"new": 7}]


def test_a_full_disk_is_an_error_and_leaves_no_part_of_a_row_unnoticed(path):
    program = f"""
import resource, sys
from pathlib import Path
from imdb_core.runs import journal
path = Path({str(path)!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
journal.append(path, {{"event": "fits"}})
try:
    journal.append(path, {{"event": "x" * 200}})
except OSError as error:
    sys.exit(error.errno)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == errno.EFBIG
    assert journal.rows(path) == [{"event": "fits"}]


def test_rows_of_several_processes_do_not_mix(path):
    program = (
        "import sys; from pathlib import Path; from imdb_core.runs import journal\n"
        "for n in range(200):\n"
        "    journal.append(Path(sys.argv[1]), {'who': sys.argv[2], 'n': n, 'text': 'x' * 300})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path), who]) for who in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    for who in "ab":
        assert [row["n"] for row in journal.rows(path) if row["who"] == who] == list(range(200))


FREQUENT = b'{"often": '
THINNED = journal.Form(frequent=FREQUENT, unthinned_bytes=1000)


def test_in_a_long_file_only_a_part_of_the_frequent_rows_is_read_but_always_the_newest(path):
    for number in range(200):
        journal.append(path, {"often": number} if number % 10 else {"seldom": number})
        followed = journal.rows(path, THINNED)
        journal.memory.clear()
        assert followed == journal.rows(path, THINNED)  # a reader that follows gets the rows of a new reader
        assert followed[-1] == ({"often": number} if number % 10 else {"seldom": number})
    assert [row["seldom"] for row in followed if "seldom" in row] == list(range(0, 200, 10))
    assert 60 < len(followed) < 90
    nothing_frequent = journal.Form(frequent=FREQUENT, unthinned_bytes=0)
    assert journal.rows(path, nothing_frequent) == [{"seldom": number} for number in range(0, 200, 10)]


def odd_file(path, kind):
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "endless line":
        path.write_bytes(b"x" * (2 * journal.LONGEST_ROW))
    else:
        path.symlink_to({"device": "/dev/zero", "link": "/etc/passwd", "loop": path.name}[kind])


@pytest.mark.parametrize("kind", ["pipe", "folder", "endless line", "device", "link", "loop"])
def test_a_path_that_cannot_hold_rows_is_refused_at_once_with_its_name(path, kind):
    odd_file(path, kind)
    with pytest.raises((journal.UnsoundRow, OSError), match="events.jsonl"):
        journal.rows(path)


def test_only_the_files_read_last_stay_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_memory, "MOST_ROWS", 100)
    journal.memory.clear()
    for number in range(30):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b'{"a": 1}\n' * 20)
        assert len(journal.rows(path)) == 20
    assert len(journal.memory) == 5


def test_a_text_that_is_not_utf8_is_written_with_escapes(path):
    journal.append(path, {"message": os.fsdecode(b"no room in /runs/\xff")})
    assert journal.rows(path) == [{"message": "no room in /runs/\\udcff"}]


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "folder", "device"])
def test_nothing_is_appended_to_a_link_pipe_folder_or_device(kind, path, tmp_path):
    (tmp_path / "mine").write_text("mine")
    places = {"link": tmp_path / "mine", "link to nothing": tmp_path / "nothing", "device": "/dev/full"}
    os.mkfifo(path) if kind == "pipe" else path.mkdir() if kind == "folder" else path.symlink_to(places[kind])
    with pytest.raises(OSError, match="not a file"):
        journal.append(path, ROWS[0])
    assert (tmp_path / "mine").read_text() == "mine" and not (tmp_path / "nothing").exists()
