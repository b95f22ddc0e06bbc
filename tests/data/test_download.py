"""Downloading the IMDB files from a loopback server. What must happen with bad servers is shown in
tests/faults/c_data/downloads.py.
"""

import hashlib
import shutil
import socket
import time

import pytest
from small_imdb import Server

from imdb_core import temporary
from imdb_core.data import download, imdb
from imdb_core.data.keras_files import INDEX, NPZ
from imdb_core.errors import DataError
from tests.folders import make_old

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def server(small, monkeypatch):
    """The small files on a loopback server, as if they were the published ones; patience shortened."""
    files = {NPZ: small.npz(), INDEX: small.index()}
    server = Server(files)
    monkeypatch.setenv("IMDB_BASE_URL", server.url)
    monkeypatch.setattr(
        imdb, "PUBLISHED", {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    )
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(download, "WINDOW_SECONDS", 0.3)
    yield server
    server.close()


def test_a_download_happens_once_and_reports_its_progress(small, server, cache):
    assert not imdb.available() and imdb.download_status() is None
    progress = []
    small.check(imdb.load(lambda done, total: progress.append((done, total))))
    assert (len(server.files[NPZ]),) * 2 in progress
    assert imdb.download_status() | {"file": "", "done": 0, "total": 0} == {
        "state": "done", "file": "", "done": 0, "total": 0, "message": "",
    }  # fmt: skip
    assert imdb.available()
    small.check(imdb.load())
    assert server.requests == [f"/mirror/{NPZ}", f"/mirror/{INDEX}"]
    assert sorted(path.name for path in (cache / "keras").iterdir()) == [NPZ, INDEX]


def test_converted_arrays_are_enough_without_the_downloaded_files(small, server, cache):
    imdb.load()
    shutil.rmtree(cache / "keras")
    assert imdb.available()
    small.check(imdb.load())
    assert len(server.requests) == 2


def test_a_damaged_downloaded_file_is_fetched_again(small, server, cache):
    imdb.load()
    (cache / "keras" / NPZ).write_bytes(b"damaged")
    shutil.rmtree(next(cache.glob("imdb-*")))
    small.check(imdb.load())
    assert server.requests == [f"/mirror/{NPZ}", f"/mirror/{INDEX}", f"/mirror/{NPZ}"]


def test_files_that_killed_downloads_left_are_removed(small, server, cache):
    left = [temporary.beside(cache / download.STATUS), temporary.beside(cache / "keras" / NPZ)]
    earlier, elsewhere = cache / "keras" / f".{NPZ}.77.tmp", cache / "keras" / f".{NPZ}.77-01234567.tmp"
    earlier.parent.mkdir(parents=True)
    for path in (*left, earlier, elsewhere):
        path.touch()
    make_old(earlier)
    imdb.load()
    assert not any(path.exists() for path in (*left, earlier))
    assert elsewhere.exists()  # another machine may download at this moment


def test_a_refused_connection_is_reported_at_once_with_advice(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        monkeypatch.setenv("IMDB_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(DataError, match="could not be downloaded: Connection refused.*IMDB_DATA_DIR"):
            imdb.load()
    print(f"refused after {time.monotonic() - began:.2f} s")


def test_a_server_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("IMDB_BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(DataError, match="no answer within 0.3 seconds"):
            imdb.load()
