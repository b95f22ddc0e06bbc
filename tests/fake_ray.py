"""A server on 127.0.0.1 that answers as Ray's job API does, without Ray.

    with running() as ray:
        ray.address, ray.jobs, ray.mode = "garbage"

Its jobs run nothing and stay as the test sets them; with `is_working` they are started as processes. The
answers have the fields of Ray 2.60; tests/runs/test_real_cluster.py tries the same with a real cluster.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from imdb_core import background, paths
from imdb_core.runs import places
from imdb_core.runs.places import ray as clusters
from imdb_core.runs.places import ray_watch, settings

NAME = "ray"

MODES = {
    "garbage": (200, b"<html>It works!</html>"),
    "another list": (200, b'{"jobs": 3}'),
    "odd jobs": (200, b'[{"submission_id": "x", "status": "DREAMING"}]'),
    "error": (500, b"Traceback (most recent call last):\n  File ...\nRuntimeError: the agent is gone\n"),
    "not found": (404, b"404: Not Found"),
    "moved": (302, b""),
    "no token": (401, b"Unauthorized"),
    "deep": (200, b"[" * 200_000),
}


class FakeRay:
    """What the server knows and how it answers.

    `mode` is one of MODES, "right", "silent" (it never answers), "dripping" (a byte every 0.1 s) or "huge".
    `lost_answers` submissions are carried out, and their connections are closed without an answer.
    """

    def __init__(self, cpus=2.0, gpus=0.0, is_working=False):
        self.is_working, self.processes, self.outputs = is_working, {}, {}
        self.jobs, self.submitted, self.stopped, self.requests = {}, [], [], []
        self.nodes = [self.node("node-1", cpus, gpus)]
        self.mode, self.lost_answers, self.token, self.released = "right", 0, None, threading.Event()
        self.address = ""

    @staticmethod
    def node(id, cpus, gpus=0.0, state="ALIVE"):
        total = {"CPU": cpus, "memory": 1e9} | ({"GPU": gpus} if gpus else {})
        return {"node_id": id, "node_ip": "127.0.0.1", "state": state, "resources_total": total}

    def set(self, id, status, **fields):
        """Change a job, as its process or its node would."""
        self.jobs[id] |= {"status": status, **fields}

    def set_all(self, status, **fields):
        """Change all jobs that have not ended."""
        for id, job in self.jobs.items():
            if job["status"] in ("PENDING", "RUNNING"):
                self.set(id, status, **fields)

    def forget(self):
        """Lose all jobs, as a head that was killed and started again."""
        self.jobs.clear()

    def submit(self, body):
        """(status, text) of the answer to a submission."""
        id = body["submission_id"]
        if id in self.jobs:
            return (
                500,
                f"ValueError: Job with submission_id {id} already exists. Use a different one.\n",
            )
        self.submitted.append(body)
        self.jobs[id] = {
            "type": "SUBMISSION",
            "submission_id": id,
            "status": "PENDING",
            "entrypoint": body["entrypoint"],
            "message": "Job has not started yet.",
            "error_type": None,
            "driver_exit_code": None,
            "driver_node_id": None,
        }
        if self.is_working:
            self.outputs[id] = tempfile.TemporaryFile()
            self.processes[id] = subprocess.Popen(
                ["/bin/sh", "-c", body["entrypoint"]],
                env={**os.environ, **body["runtime_env"]["env_vars"]},
                stdout=self.outputs[id],
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return 200, json.dumps({"job_id": id, "submission_id": id})

    def look(self):
        """Set the states of the jobs that are processes."""
        for id, process in self.processes.items():
            if self.jobs.get(id, {}).get("status") in ("PENDING", "RUNNING"):
                code = process.poll()
                if code is None:
                    self.set(id, "RUNNING")
                elif code:
                    error = "JOB_ENTRYPOINT_COMMAND_ERROR"
                    self.set(id, "FAILED", driver_exit_code=code, error_type=error)
                else:
                    self.set(id, "SUCCEEDED", driver_exit_code=0)

    def log(self, id):
        """What the job has printed."""
        if id not in self.outputs:
            return self.jobs[id].get("logs", "")
        self.outputs[id].seek(0)
        return self.outputs[id].read().decode()

    def end(self, id):
        """End the process of a job as Ray does: SIGTERM, then SIGKILL."""
        process = self.processes[id]
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
            os.killpg(process.pid, signal.SIGKILL)

    def stop(self, id):
        if id not in self.jobs:
            return 404, f"Job {id} does not exist"
        self.stopped.append(id)
        is_open = self.jobs[id]["status"] in ("PENDING", "RUNNING")
        if is_open and id in self.processes:
            self.end(id)
        if is_open:
            self.set(id, "STOPPED", message="Job was intentionally stopped.")
        return 200, json.dumps({"stopped": is_open})

    def get(self, path):
        self.look()
        if path == "/api/version":
            return 200, json.dumps({"version": "4", "ray_version": "2.60.0"})
        if path == "/api/jobs/":
            return 200, json.dumps(
                [*self.jobs.values(), {"type": "DRIVER", "job_id": "01", "status": "RUNNING"}]
            )
        if path.startswith("/api/v0/nodes"):
            return 200, json.dumps({"result": True, "data": {"result": {"result": self.nodes}}})
        if match := re.fullmatch(r"/api/jobs/([^/]+)", path):
            job = self.jobs.get(match[1])
            return (200, json.dumps(job)) if job else (404, f"Job {match[1]} does not exist")
        if match := re.fullmatch(r"/api/jobs/([^/]+)/logs", path):
            return 200, json.dumps({"logs": self.log(match[1])})
        return 404, "404: Not Found"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(lambda: self.server.ray.get(self.path))

    def do_POST(self):
        ray = self.server.ray
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if stop := re.fullmatch(r"/api/jobs/([^/]+)/stop", self.path):
            self._answer(lambda: ray.stop(stop[1]))
        elif ray.lost_answers and ray.mode == "right":
            ray.lost_answers -= 1
            ray.submit(body)
            self.close_connection = True
        else:
            self._answer(lambda: ray.submit(body))

    def _answer(self, right):
        ray = self.server.ray
        ray.requests.append((self.command, self.path, time.monotonic()))
        if ray.mode == "silent":
            ray.released.wait(60)
            return
        if ray.token and self.headers.get("Authorization") != f"Bearer {ray.token}":
            status, content = MODES["no token"]
        else:
            status, content = MODES.get(ray.mode) or right()
        content = content.encode() if isinstance(content, str) else content
        with contextlib.suppress(OSError):
            self._send(status, content, ray.mode)

    def _send(self, status, content, mode):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status == 302:
            self.send_header("Location", "/api/version")
        if mode != "huge":
            self.send_header("Content-Length", len(content))
        self.end_headers()
        if mode == "huge":
            while not self.server.ray.released.is_set():
                self.wfile.write(b" " * 2**20)
        for byte in content if mode == "dripping" else ():
            self.wfile.write(bytes([byte]))
            time.sleep(0.1)
        if mode not in ("huge", "dripping"):
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def running(**options):
    """A FakeRay that listens for the time of a `with`."""
    ray = FakeRay(**options)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads, server.ray = True, ray
    ray.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield ray
    finally:
        ray.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def use_fake_cluster(ray, patch, **changes):
    """The place "ray" over the server `ray`, beside the other clusters of this process; with quick looks."""
    patch.setattr(ray_watch, "LOOK_SECONDS", 0.1)
    fields = {
        "title": "The cluster",
        "address": ray.address,
        "app": str(paths.PROJECT),
        "runs": str(paths.runs_folder()),
        "data": str(paths.cache_folder()),
        "imdb": None,
        "python": background.command()[0],
        "environment": {"PYTHONPATH": str(Path(__file__).parent)},
    }
    cluster = clusters.Cluster(settings.ClusterSettings(name=NAME, **(fields | changes)))
    others = places.clusters()
    patch.setattr(places, "clusters", lambda: {**others, NAME: cluster})
    return cluster
