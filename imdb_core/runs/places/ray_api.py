"""Ask a Ray cluster over HTTP, without importing Ray: list, submit and stop jobs, and list the nodes.

Called by ray_watch, ray and checks. Requests go through no proxy and follow no redirect. An answer that is
too late, too large, or not of the expected form is an error.
"""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from imdb_core.files import read_bounded
from imdb_core.runs.places.place import PlaceError

ANSWER_SECONDS = 5.0  # for a whole answer
SUBMIT_SECONDS = 30.0  # the first job waits until the head's agent has started
# Bytes of an answer. A job takes about 450 in the list, and 20,000 if it failed with a long log.
LARGEST_ANSWER = 32 * 2**20
MOST_NODES = 10_000  # Ray's own limit for one answer
OPEN = ("PENDING", "RUNNING")
ENDED = ("STOPPED", "SUCCEEDED", "FAILED")


class Unreachable(PlaceError):
    """The cluster does not answer, or something answers that is not Ray's job API."""


class Refused(PlaceError):
    """The cluster has answered and refuses the request."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Job:
    """A job as the cluster reports it: its state, one of OPEN or ENDED, and how it ended."""

    state: str
    error: str | None = None  # Ray's code, such as JOB_SUPERVISOR_ACTOR_DIED
    exit_code: int | None = None
    message: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True)
class Node:
    """A living machine and its resources. `id` is Ray's name for it, `name` its address, for people."""

    id: str
    name: str
    cpus: float
    gpus: float


class RayApi:
    """The job API at `address`, such as http://10.0.0.5:8265; `token_file` holds Ray's token, if any."""

    def __init__(self, address: str, token_file: Path | None = None) -> None:
        self.address, self._token_file = address, token_file

    def jobs(self) -> dict[str, Job]:
        """All jobs that were submitted to the cluster, by submission id. Raises Unreachable, Refused."""
        listed = self._ask("GET", "/api/jobs/")
        if not isinstance(listed, list):
            raise self._no_ray("its list of jobs is no list")
        submitted = (entry for entry in listed if isinstance(entry, dict) and entry.get("submission_id"))
        return {str(entry["submission_id"]): self._job(entry) for entry in submitted}

    def job(self, id: str) -> Job | None:
        """The job with this id; None if the cluster does not know it. Raises Unreachable, Refused."""
        try:
            return self._job(self._ask("GET", f"/api/jobs/{quote(id, safe='')}"))
        except Refused as refusal:
            if refusal.status == http.client.NOT_FOUND:
                return None
            raise

    def submit(self, id: str, **fields: Any) -> None:
        """Submit a job. If the cluster has a job with this id already, that is a success.

        The answer to an earlier submission may have been lost. Raises Unreachable if it is not known whether
        the cluster has the job now, and Refused if it does not have it.
        """
        try:
            self._ask("POST", "/api/jobs/", {"submission_id": id, **fields}, SUBMIT_SECONDS)
        except Refused:
            if self.job(id) is None:
                raise

    def stop(self, id: str) -> bool:
        """Have Ray end a job; False if the job has ended or is unknown. Raises Unreachable, Refused."""
        try:
            answer = self._ask("POST", f"/api/jobs/{quote(id, safe='')}/stop", {})
        except Refused as refusal:
            if refusal.status == http.client.NOT_FOUND:
                return False
            raise
        return isinstance(answer, dict) and answer.get("stopped") is True

    def log(self, id: str) -> str:
        """What the job has printed. Raises Unreachable, Refused."""
        answer = self._ask("GET", f"/api/jobs/{quote(id, safe='')}/logs")
        return str(answer.get("logs") or "") if isinstance(answer, dict) else ""

    def version(self) -> str:
        """The cluster's version of Ray. Raises Unreachable, Refused."""
        answer = self._ask("GET", "/api/version")
        if not isinstance(answer, dict) or not isinstance(answer.get("ray_version"), str):
            raise self._no_ray("it names no version of Ray")
        return str(answer["ray_version"])

    def nodes(self) -> list[Node]:
        """The living nodes. Raises Unreachable, Refused."""
        answer = self._ask("GET", f"/api/v0/nodes?limit={MOST_NODES}")
        try:
            listed = answer["data"]["result"]["result"]
            return [_node(entry) for entry in listed if entry["state"] == "ALIVE"]
        except (KeyError, TypeError, ValueError) as error:
            raise self._no_ray("its list of nodes cannot be read") from error

    def _job(self, entry: Any) -> Job:
        if not isinstance(entry, dict) or entry.get("status") not in (*OPEN, *ENDED):
            raise self._no_ray("a job has no known state")
        code, error = entry.get("driver_exit_code"), entry.get("error_type")
        return Job(
            entry["status"],
            error=error if isinstance(error, str) else None,
            exit_code=code if isinstance(code, int) else None,
            message=str(entry.get("message") or "")[:20_000],
        )

    def _ask(self, method: str, path: str, body: Any = None, seconds: float | None = None) -> Any:
        """The JSON of an answer. Raises Unreachable, Refused."""
        status, content = self._answer(method, path, body, seconds or ANSWER_SECONDS)
        if status != http.client.OK:
            raise Refused(self._refusal(status, content), status)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._no_ray("its answer is no JSON") from error

    def _answer(self, method: str, path: str, body: Any, seconds: float) -> tuple[int, bytes]:
        connection = self._connection(seconds)
        try:
            with _deadline(connection, seconds):
                headers = {"Content-Type": "application/json", "Accept": "application/json", **self._token()}
                content = None if body is None else json.dumps(body)
                connection.request(method, path, content, headers)
                response = connection.getresponse()
                answer = response.read(LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.address} does not answer ({_reason(error)}).") from error
        finally:
            connection.close()
        if len(answer) > LARGEST_ANSWER:
            raise self._no_ray(f"its answer is larger than {LARGEST_ANSWER // 2**20} MiB")
        return response.status, answer

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=min(seconds, ANSWER_SECONDS))

    def _token(self) -> dict[str, str]:
        if self._token_file is None:
            return {}
        try:
            token = read_bounded(self._token_file, 4096).decode("ascii").strip()
        except (OSError, ValueError) as error:
            raise Unreachable(
                f"The token file {self._token_file} cannot be read ({_reason(error)})."
            ) from error
        return {"Authorization": f"Bearer {token}"}

    def _refusal(self, status: int, content: bytes) -> str:
        if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            remedy = "Name the file with Ray's token as token_file in the settings file"
            return f"{self.address} wants a token ({status}). {remedy}."
        lines = content.decode("utf-8", "replace").strip().splitlines()
        last = next(
            (line.strip() for line in reversed(lines) if len(line.strip()) > 1), "no reason was given"
        )
        return f"{self.address} refuses the request ({status}): {last[:200]}"

    def _no_ray(self, why: str) -> Unreachable:
        return Unreachable(f"{self.address} answers, but not as Ray's job API does: {why}.")


def _node(entry: Mapping[str, Any]) -> Node:
    resources = entry["resources_total"]
    cpus, gpus = (float(resources.get(name, 0)) for name in ("CPU", "GPU"))
    return Node(str(entry["node_id"]), str(entry.get("node_ip", "")), cpus, gpus)


def _reason(error: Exception) -> str:
    """Why there is no answer: the system's words, or the kind of error."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error)[:100] or type(error).__name__


@contextlib.contextmanager
def _deadline(connection: http.client.HTTPConnection, seconds: float) -> Any:
    """A context that opens the connection, and shuts it down after `seconds`; then it raises TimeoutError.

    A socket's own timeout begins anew with each byte, so an answer that drips would never end.
    """
    began = time.monotonic()
    connection.connect()
    opened = connection.sock
    opened.settimeout(seconds)
    timer = threading.Timer(max(0.0, seconds - (time.monotonic() - began)), _shut_down, [opened])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if time.monotonic() - began >= seconds:
            raise TimeoutError("no answer in time")


def _shut_down(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
