"""Downloads a published file within time limits and reports the progress to other processes.

Called under imdb.py's lock. A server that does not answer within 8 s is not asked again. A transfer that
stalls for 5 s or breaks off is tried twice. A transfer below 20 KB/s for 10 s is given up. So a bad server
costs about 30 s at most.
"""

import hashlib
import http.client
import json
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imdb_core.data.reviews import Progress
from imdb_core.errors import DataError
from imdb_core.files import write_json
from imdb_core.paths import cache_folder, variable
from imdb_core.runs import locks

PUBLISHED_AT = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"  # IMDB_BASE_URL names a mirror
ANSWER_SECONDS = 8  # from the request to the first byte, name look-up included
SILENCE_SECONDS = 5  # for each read
WINDOW_SECONDS, SLOWEST = 10, 20_000  # bytes per second within each window
LARGEST = 100 * 2**20  # bytes
STATUS_SECONDS = 0.25
STATUS = "download.json"  # in the cache folder


class _Failed(Exception):
    """A try failed, for the reason in its text; `can_retry` says whether a second try may help."""

    def __init__(self, why: str, can_retry: bool = False) -> None:
        super().__init__(why)
        self.can_retry = can_retry


def fetch(name: str, sha256: str, progress: Progress | None = None) -> bytes:
    """The bytes of the published file `name`, which have this checksum.

    `progress(done, total)` gets bytes; total is 0 if the server does not say it. Raises DataError if the
    download fails, and OSError if the status file cannot be written.
    """
    base = (variable("IMDB_BASE_URL") or PUBLISHED_AT).rstrip("/")
    try:
        try:
            return _received(f"{base}/{name}", name, sha256, progress)
        except _Failed as failure:
            if not failure.can_retry:
                raise
            return _received(f"{base}/{name}", name, sha256, progress)
    except _Failed as failure:
        message = (
            f"The IMDB reviews could not be downloaded: {failure} ({base}/{name}). Put imdb.npz and "
            "imdb_word_index.json into a folder and set IMDB_DATA_DIR to it, or use the demo corpus."
        )
        report("failed", name, message=message)
        raise DataError(message) from failure


def report(state: str, name: str, done: int = 0, total: int = 0, message: str = "") -> None:
    """Write the status file that download_status() reads."""
    value = {"state": state, "file": name, "done": done, "total": total, "message": message}
    write_json(cache_folder() / STATUS, value)


def lock_path() -> Path:
    """The file that a process locks while it downloads or converts the reviews."""
    return cache_folder() / "imdb.lock"


def download_status() -> dict[str, Any] | None:
    """The status of the newest download by any process; None before the first download.

    Keys: state ("downloading", "done" or "failed"), file, message, done and total (bytes; 0 if unknown).
    """
    try:
        status = json.loads((cache_folder() / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(status, dict) or status.keys() != {"state", "file", "done", "total", "message"}:
        return None
    if status["state"] == "downloading" and not locks.held(lock_path()):
        status |= {"state": "failed", "message": "The download ended without a reason. Start it again."}
    return status


def _received(url: str, name: str, sha256: str, progress: Progress | None) -> bytes:
    content, total, reported_at = bytearray(), 0, 0.0
    report("downloading", name)
    for total, chunk in _chunks(url):
        content += chunk
        if progress:
            progress(len(content), total)
        if time.monotonic() - reported_at > STATUS_SECONDS:
            report("downloading", name, len(content), total)
            reported_at = time.monotonic()
    if total and len(content) < total:
        raise _Failed(f"the connection ended after {len(content)} of {total} bytes", can_retry=True)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _Failed(
            f"the {len(content)} bytes received are not the published file (their checksum differs)",
            can_retry=True,
        )
    return bytes(content)


def _chunks(url: str) -> Iterator[tuple[int, bytes]]:
    """(total bytes or 0, chunk) as the chunks arrive. Every network failure is raised as _Failed."""
    with _answer(url) as response:
        length = response.headers.get("Content-Length") or ""
        total = int(length) if length.isdecimal() else 0
        received = window_received = 0
        window = time.monotonic()
        while chunk := _read(response):
            received += len(chunk)
            if received > LARGEST:
                raise _Failed(f"the file has more than {LARGEST} bytes")
            if (seconds := time.monotonic() - window) > WINDOW_SECONDS:
                if received - window_received < SLOWEST * seconds:
                    raise _Failed(f"the transfer was slower than {SLOWEST // 1000} KB/s")
                window, window_received = time.monotonic(), received
            yield total, chunk


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(2**16)  # read() would wait for all 64 KiB, however slowly they arrive
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(f"the transfer broke off, {_reason(error)}", can_retry=True) from error


def _answer(url: str) -> http.client.HTTPResponse:
    """The open response.

    A thread waits for it, because urlopen's timeout covers neither the name look-up nor several addresses.
    """
    answers: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()

    def ask() -> None:
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


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    reason = getattr(error, "reason", "") or error  # URLError wraps the OSError
    return str(getattr(reason, "strerror", "") or reason) or type(error).__name__
