"""Uploads: what is taken, what is refused, what stays on the disk."""

import asyncio
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette

from imdb_core import temporary
from imdb_core.data.own import limits
from tests.folders import make_old
from ui import upload_route, uploads
from ui.upload_route import NAME_HEADER, SIZE_HEADER, TICKET_HEADER

CONTENT = b"text,label\nfine,good\n"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The folder of uploads in an empty cache folder."""
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "uploads"


def answer(id, pieces=(CONTENT,), *, method="PUT", name="a.csv", size=None, disconnect=False, headers=()):
    """(status, text) of a request to the route; `headers` replace those of upload.js, None leaves one out."""
    size = sum(map(len, pieces)) if size is None else size
    sent = {TICKET_HEADER: uploads.ticket(id), NAME_HEADER: name, SIZE_HEADER: size, "content-length": size}
    sent |= dict(headers)
    raw = [(key.encode(), str(value).encode()) for key, value in sent.items() if value is not None]
    scope = {"type": "http", "method": method, "path": f"/uploads/{id}", "headers": raw, "query_string": b""}
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages += [{"type": "http.disconnect"} if disconnect else {"type": "http.request", "body": b""}]
    answers = []

    async def receive():
        await asyncio.sleep(0)
        return messages.pop(0)

    async def send(message):
        answers.append(message)

    asyncio.run(Starlette(routes=[upload_route.upload_route("")])(scope, receive, send))
    return answers[0]["status"], b"".join(message.get("body", b"") for message in answers[1:]).decode()


def test_the_largest_file_that_can_be_sent_can_be_read():
    assert uploads.MOST_BYTES == limits.MOST_FILE_BYTES


def test_a_file_that_the_page_sends_arrives_as_it_was(folder):
    id, pieces = uploads.new_id(), [b"x" * 200_000, b"y" * 200_000, b"z"]
    assert answer(id, method="POST") == (200, "") and not uploads.arrived(id)
    assert answer(id, pieces, name="my%20%E2%82%AC.tsv") == (200, "")
    assert uploads.arrived(id) == folder / id / "my _.tsv"
    assert uploads.arrived(id).read_bytes() == b"".join(pieces)
    status, text = answer(id)
    assert status == 409 and "sent already" in text and uploads.arrived(id), "the first file stays"
    uploads.remove(id)
    assert os.listdir(folder) == []


def test_only_the_page_that_has_the_ticket_can_send(folder):
    id = uploads.new_id()
    for ticket in (None, "", "0" * 64, uploads.ticket(uploads.new_id())):
        for method in ("PUT", "POST"):
            assert answer(id, method=method, headers={TICKET_HEADER: ticket})[0] == 403
    for odd in ("..", f"{id}x", "1-../../etc"):
        assert answer(odd)[0] in (403, 404)
    assert not folder.exists()


def test_what_is_too_large_too_much_or_of_unknown_size_is_refused_before_it_is_sent(folder, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    first, unknown = uploads.new_id(), {"content-length": None, SIZE_HEADER: None}
    assert answer(first)[0] == 200
    for method in ("PUT", "POST"):
        status, text = answer(uploads.new_id(), method=method, size=101)
        assert status == 413 and "at most 100" in text
        assert answer(uploads.new_id(), method=method, headers=unknown)[0] == 411
    for bound, value in (("MOST_UPLOADS", 1), ("MOST_BYTES_OF_ALL", 2 * len(CONTENT) - 1)):
        with monkeypatch.context() as patch:
            patch.setattr(uploads, bound, value)
            status, text = answer(uploads.new_id())
            assert status == 503 and "try again later" in text
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=uploads.FREE_BYTES + 5))
    assert answer(uploads.new_id()) == (507, answer(uploads.new_id(), method="POST")[1])
    assert os.listdir(folder) == [first]


def test_nothing_stays_of_a_file_that_does_not_arrive_whole(folder, monkeypatch):
    monkeypatch.setattr(upload_route, "SILENT_SECONDS", 0)
    assert answer(uploads.new_id())[0] == 408
    monkeypatch.undo()
    monkeypatch.setenv("IMDB_CACHE_DIR", str(folder.parent))
    assert answer(uploads.new_id(), disconnect=True)[0] == 499
    assert answer(uploads.new_id(), size=5)[0] == 400
    assert os.listdir(folder) == []


def _owner(pid, host=None):
    return temporary.owner({"pid": pid, "host": host})


def test_old_uploads_and_those_of_ended_servers_are_removed(folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    ids = {
        "old": uploads.new_id(),
        "new": uploads.new_id(),
        "other server's": f"{_owner(os.getppid())}-{'a' * 16}",
    }
    ids["ended server's"] = f"{_owner(ended.pid)}-{'b' * 16}"
    ids["other machine's"] = f"{_owner(ended.pid, 'other')}-{'c' * 16}"
    ids["other machine's of this id"] = f"{_owner(os.getpid(), 'other')}-{'d' * 16}"
    for id in ids.values():
        assert answer(id)[0] == 200
    make_old(folder / ids["old"])
    (folder / "notes").mkdir()
    uploads.remove_old()
    kept = {name for name in ids if name not in ("old", "ended server's")}
    assert sorted(os.listdir(folder)) == sorted([*(ids[name] for name in kept), "notes"])
    uploads.remove_own_uploads()
    assert sorted(os.listdir(folder)) == sorted([*(ids[name] for name in kept - {"new"}), "notes"])


def test_a_file_name_is_never_a_path_a_device_or_hidden():
    expected = {
        "reviews.csv": "reviews.csv",
        "../../etc/passwd": "passwd",
        r"C:\Users\me\리뷰 1.csv": "리뷰 1.csv",
        ".bashrc": "bashrc",
        ".part": "part",
        "con.txt": "file con.txt",
        "a\0b\n.csv": "a_b_.csv",
        "": "file",
        "..": "file",
        "<b>|?*.zip": "_b____.zip",
    }
    assert {name: uploads.safe_name(name) for name in expected} == expected
    long = uploads.safe_name("ö" * 300 + ".tar.gz")
    assert long.endswith(".gz") and len(long.encode()) <= uploads.LONGEST_NAME
