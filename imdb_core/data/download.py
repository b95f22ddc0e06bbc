"""Fetch a published file with bounded patience, and tell other processes how far it is. Called under
imdb.py's lock.

No answer ends after 8 s without a second try, a stalled or cut transfer is tried twice (5 s each without a
byte), and one slower than 20 KB/s for 10 s is given up: a bad server costs at most about 30 s.
"""

import hashlib
import http.client
import json
import queue
import threading
import time
import urllib.error
import urllib.request

from imdb_core.errors import DataError
from imdb_core.files import write_json
from imdb_core.paths import cache_folder, variable
from imdb_core.runs import locks

PUBLISHED_AT = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"  # IMDB_BASE_URL names a mirror
ANSWER_SECONDS = 8  # for the whole way to the first byte
SILENCE_SECONDS = 5  # for each read
WINDOW_SECONDS, SLOWEST = 10, 20_000  # bytes per second within each window
LARGEST = 100 * 2**20  # bytes
STATUS_SECONDS = 0.25
STATUS = "download.json"  # in the cache folder


class _Failed(Exception):
    """One try failed for the reason given; `again`: a second one may help."""

    def __init__(self, why, again=False):
        super().__init__(why)
        self.again = again


def fetch(name: str, sha256: str, progress=None) -> bytes:
    """The published file `name`, its checksum right.

    `progress(done, total)` gets bytes; total is 0 if the server does not say. Raises DataError
    when it cannot be had, OSError when the status file cannot be written.
    """
    base = (variable("IMDB_BASE_URL") or PUBLISHED_AT).rstrip("/")
    try:
        try:
            return _received(f"{base}/{name}", name, sha256, progress)
        except _Failed as failure:
            if not failure.again:
                raise
            return _received(f"{base}/{name}", name, sha256, progress)
    except _Failed as failure:
        message = (
            f"The IMDB reviews could not be downloaded: {failure} ({base}/{name}). Put imdb.npz and "
            "imdb_word_index.json into a folder and name it with IMDB_DATA_DIR, or use the demo corpus."
        )
        report("failed", name, message=message)
        raise DataError(message) from failure


def report(state: str, name: str, done=0, total=0, message=""):
    """Write what download_status() reads."""
    value = {"state": state, "file": name, "done": done, "total": total, "message": message}
    write_json(cache_folder() / STATUS, value)


def lock_path():
    """The file that whoever downloads or converts holds locked."""
    return cache_folder() / "imdb.lock"


def download_status() -> dict | None:
    """How the last or present download stands, from any process; None before the first one.

    Keys: state ("downloading", "done" or "failed"), file, done and total (bytes; total 0 if unknown),
    message.
    """
    try:
        status = json.loads((cache_folder() / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(status, dict) or status.keys() != {"state", "file", "done", "total", "message"}:
        return None
    if status["state"] == "downloading" and not locks.held(lock_path()):
        status |= {"state": "failed", "message": "The download ended without notice. Start it again."}
    return status


def _received(url, name, sha256, progress):
    content, total, told = bytearray(), 0, 0.0
    report("downloading", name)
    for total, chunk in _chunks(url):
        content += chunk
        if progress:
            progress(len(content), total)
        if time.monotonic() - told > STATUS_SECONDS:
            report("downloading", name, len(content), total)
            told = time.monotonic()
    if total and len(content) < total:
        raise _Failed(f"the connection ended after {len(content)} of {total} bytes", again=True)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _Failed(
            f"{len(content)} bytes came, but not the published file (its checksum differs)", again=True
        )
    return bytes(content)


def _chunks(url):
    """(total bytes or 0, bytes) as they arrive. Raises _Failed, and nothing else, for whatever the network
    does.
    """
    with _answer(url) as response:
        length = response.headers.get("Content-Length") or ""
        total = int(length) if length.isdecimal() else 0
        received = window_received = 0
        window = time.monotonic()
        while chunk := _read(response):
            received += len(chunk)
            if received > LARGEST:
                raise _Failed(f"more than {LARGEST} bytes came")
            if (seconds := time.monotonic() - window) > WINDOW_SECONDS:
                if received - window_received < SLOWEST * seconds:
                    raise _Failed(f"it came at less than {SLOWEST // 1000} KB/s")
                window, window_received = time.monotonic(), received
            yield total, chunk


def _read(response):
    try:
        return response.read1(2**16)  # read() would wait for all 64 KiB, however slowly they drip
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(f"the transfer broke off, {_reason(error)}", again=True) from error


def _answer(url):
    """The open response. In a thread: name look-up and a row of addresses have no time limit of their own."""
    answers = queue.SimpleQueue()

    def ask():
        try:
            answers.put(urllib.request.urlopen(url, timeout=SILENCE_SECONDS))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="imdb-download").start()
    try:
        answer = answers.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        raise _Failed(f"no answer within {ANSWER_SECONDS} seconds") from None
    if isinstance(answer, Exception):
        raise _Failed(_reason(answer)) from answer
    return answer


def _reason(error):
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    reason = getattr(error, "reason", "") or error  # URLError wraps the OSError
    return str(getattr(reason, "strerror", "") or reason) or type(error).__name__
