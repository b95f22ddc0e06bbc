"""Forks stub workers from one process that has imported all modules: 300 new interpreters take minutes.

`forked_stub_workers(place, patch)` makes the launcher start workers this way. The process itself,
python -m tests.faults.support.forked_stub_workers PLACE, reads requests as JSON lines. A request with
"arguments", "environment" and "log" starts a worker; a request with "pid" asks how the worker has ended.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager

from imdb_core import background
from imdb_core.runs import launcher


@contextmanager
def forked_stub_workers(place, patch):
    """While the context is open, background.spawn forks stub workers; at its end all of them are killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.support.forked_stub_workers", str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(**request):
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def spawn(module, *arguments, log):
        request = {
            "arguments": [str(argument) for argument in arguments],
            "environment": dict(os.environ),
            "log": str(log),
        }
        return Forked(ask(**request), ask)

    patch.setattr(background, "spawn", spawn)
    patch.setattr(launcher.workers, "_children", {})
    try:
        yield
    finally:
        process.stdin.close()
        process.wait(10)


class Forked:
    """A forked worker, with the part of subprocess.Popen that the launcher uses."""

    def __init__(self, pid, ask):
        self.pid, self.returncode, self._ask = pid, None, ask

    def poll(self):
        if self.returncode is None:
            self.returncode = self._ask(pid=self.pid)
        return self.returncode

    def wait(self, timeout):
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("worker", timeout)
            time.sleep(0.01)
        return self.returncode


def main() -> None:
    """Answer requests until the input ends, then end all workers."""
    import numpy  # noqa: F401 - imported once for all workers
    import stub_worker

    from imdb_core.training import checkpoints, recorder  # noqa: F401 - imported once for all workers

    ends: dict[int, int | None] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "pid" in request:
            answer = _exit_code(ends, request["pid"])
        else:
            answer = _fork(stub_worker.main, **request)
            ends[answer] = None
        print(json.dumps(answer), flush=True)
    for pid in [pid for pid in ends if _exit_code(ends, pid) is None]:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def _exit_code(ends, pid) -> int | None:
    """The exit code of a worker; minus the signal that killed it; None while it lives."""
    if ends[pid] is None and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        ends[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return ends[pid]


def _fork(work, arguments, environment, log) -> int:
    """The pid of a new process that calls `work` as if it had been started from the command line."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for handle in (1, 2):
        os.dup2(output, handle)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["stub_worker", *arguments]
    code = 1
    try:
        code = work()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
