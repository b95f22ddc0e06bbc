"""A small pair of Keras's IMDB files, and a loopback server that serves them correctly or with faults.

For the tests of reading and downloading these files.
"""

import io
import json
import threading
import time
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

WORDS = ("the", "and", "film", "good", "bad")
TRAIN, TEST = [[1, 2, 4], [5], []], [[3, 3], [2, 5]]


def object_array(lists):
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


def npz(**changes) -> bytes:
    """The bytes of a small imdb.npz; None leaves an array out, a list becomes an object array."""
    arrays = {"x_train": object_array(TRAIN), "y_train": np.array([1, 0, 1])}
    arrays |= {"x_test": object_array(TEST), "y_test": np.array([0, 1])}
    arrays |= {name: object_array(value) if type(value) is list else value for name, value in changes.items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, **{name: array for name, array in arrays.items() if array is not None})
    return stream.getvalue()


def index(words=WORDS) -> bytes:
    return json.dumps({word: rank for rank, word in enumerate(words, start=1)}).encode()


def with_member(name: str, content: bytes) -> bytes:
    """A small imdb.npz whose member `name` has these bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(npz())) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return stream.getvalue()


def check(corpus) -> None:
    """Asserts that `corpus` holds the reviews of the two files."""
    assert corpus.name == "imdb" and corpus.words == WORDS
    assert [corpus.train[i].tolist() for i in range(3)] == [[1, 4, 5, 7], [1, 8], [1]]
    assert [corpus.test[i].tolist() for i in range(2)] == [[1, 6, 6], [1, 5, 8]]
    assert corpus.train.labels.tolist() == [1, 0, 1] and corpus.test.labels.tolist() == [0, 1]


class Server:
    """A loopback server; `mode` decides how it answers, and `requests` holds the requested paths.

    A path may name its own mode: /mirror/stalled/imdb.npz.
    """

    MODES = ("good", "slow", "truncated", "garbage", "404", "stalled", "dripping")

    def __init__(self, files: dict[str, bytes]):
        self.files, self.mode, self.requests, self.closing = files, "good", [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                *_, mode, name = self.path.split("/")
                outer.answer(self, outer.files[name], mode if mode in outer.MODES else outer.mode)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/mirror/"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, handler, content: bytes, mode: str) -> None:
        handler.send_response(404 if mode == "404" else 200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if mode == "slow":
            time.sleep(0.5)
        if mode == "dripping":
            with suppress(ConnectionError):
                while not self.closing.wait(0.02):
                    handler.wfile.write(b"x")
            return
        bodies = {"good": content, "slow": content, "garbage": b"<html>" + content[6:], "404": b""}
        handler.wfile.write(bodies.get(mode, content[: len(content) // 2]))
        if mode == "stalled":
            self.closing.wait(30)

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()
