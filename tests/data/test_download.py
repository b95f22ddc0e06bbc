"""Downloading the IMDB files from a loopback server in good and bad shape, from one process and from two."""

import hashlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from imdb_core.data import download, imdb
from imdb_core.data.keras_files import INDEX, NPZ
from imdb_core.errors import DataError
from imdb_core.paths import PROJECT

pytestmark = pytest.mark.usefixtures("cache")


class Server:
    """A loopback server whose files' behaviour is set by `mode`; `requests` holds the paths asked for."""

    def __init__(self, files):
        self.files, self.mode, self.requests, self.closing = files, "good", [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                outer.answer(self, outer.files[self.path.removeprefix("/mirror/")])

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/mirror/"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, handler, content):
        handler.send_response(404 if self.mode == "404" else 200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        half = len(content) // 2
        if self.mode == "slow":
            time.sleep(0.5)
        if self.mode == "dripping":
            with suppress(ConnectionError):
                while not self.closing.wait(0.02):
                    handler.wfile.write(b"x")
            return
        bodies = {"good": content, "slow": content, "garbage": b"<html>" + content[6:], "404": b""}
        handler.wfile.write(bodies.get(self.mode, content[:half]))
        if self.mode == "stalled":
            self.closing.wait(30)

    def close(self):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(small, monkeypatch):
    """The small files on a loopback server, as if they were the published ones; patience shortened."""
    files = {NPZ: small.npz(), INDEX: small.index()}
    server = Server(files)
    monkeypatch.setenv("IMDB_BASE_URL", server.url)
    monkeypatch.setattr(imdb, "PUBLISHED", {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(download, "WINDOW_SECONDS", 0.3)
    yield server
    server.close()


def test_a_download_gives_the_corpus_once_and_tells_how_far_it_is(small, server, cache):
    assert not imdb.available() and imdb.download_status() is None
    seen = []
    small.check(imdb.load(lambda done, total: seen.append((done, total))))
    assert (len(server.files[NPZ]),) * 2 in seen
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


@pytest.mark.parametrize(
    "mode, why, tries",
    [
        ("truncated", "the connection ended after", 2),
        ("garbage", "not the published file", 2),
        ("404", "the server answered 404", 1),
        ("stalled", "broke off, timed out", 2),
        ("dripping", "less than 20 KB/s", 1),
    ],
)
def test_a_bad_download_is_given_up_and_nothing_of_it_is_kept(small, server, cache, mode, why, tries):
    server.mode = mode
    with pytest.raises(DataError, match=f"could not be downloaded.*{why}.*IMDB_DATA_DIR.*demo corpus"):
        imdb.load()
    assert len(server.requests) == tries
    assert list((cache / "keras").iterdir()) == [] and not list(cache.glob("imdb-*"))
    assert imdb.download_status()["state"] == "failed" and why in imdb.download_status()["message"]
    server.mode = "good"
    small.check(imdb.load())


def test_a_refused_port_is_told_at_once_with_what_to_do(monkeypatch):
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


def test_two_processes_at_once_make_one_download(server, cache):
    server.mode = "slow"
    code = f"from imdb_core.data import imdb; imdb.PUBLISHED = {imdb.PUBLISHED!r}; print(imdb.load().fingerprint)"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT) for _ in range(2)]
    prints = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0] and prints[0] == prints[1]
    assert sorted(server.requests) == [f"/mirror/{NPZ}", f"/mirror/{INDEX}"]


def test_a_download_whose_process_was_killed_reads_as_failed(small, server, cache):
    server.mode = "stalled"
    code = f"from imdb_core.data import imdb; imdb.PUBLISHED = {imdb.PUBLISHED!r}; imdb.load()"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT)
    for _ in range(200):
        if imdb.download_status():
            break
        time.sleep(0.05)
    assert imdb.download_status()["state"] == "downloading"
    process.kill()
    process.wait()
    assert imdb.download_status()["state"] == "failed"
    server.mode = "good"
    small.check(imdb.load())
