"""The head or a node of a cluster: Ray in a PID namespace and a UTS namespace. Called by tests/cluster.py."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil

MACHINE = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
SMALL = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_enable_worker_prestart": "0",
    # A dead node is noticed after 3 s instead of Ray's 15 s. A frozen head stops asking, so it loses no node.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}


class Machine:
    """The head or a node. `pid` is the first process, whose end is the end of all its processes."""

    def __init__(self, folder: Path, name: str, options: list[str], pid: int = 0) -> None:
        self.folder, self.name, self.options, self.pid = folder, name, options, pid

    def start(self) -> None:
        """Start Ray on this machine; returns at once."""
        temporary = self.folder / self.name
        shutil.rmtree(temporary, ignore_errors=True)
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
        ray += ["--include-log-monitor=false", "--object-store-memory=80000000", f"--temp-dir={temporary}"]
        ray += ["--min-worker-port=0", "--max-worker-port=0", *self.options]
        inner = ["sh", "-c", 'hostname "$0"; "$@"; exit', self.name, *ray]
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.pid = subprocess.Popen(
                [*MACHINE, *inner],
                env={**os.environ, **SMALL},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ).pid

    def processes(self) -> list[psutil.Process]:
        """All processes on this machine, those of jobs included."""
        try:
            namespace = os.readlink(f"/proc/{self.pid}/ns/pid_for_children")
        except OSError:
            return []
        return [process for process in psutil.process_iter() if _namespace(process) == namespace]

    def kill(self) -> None:
        """Kill all processes on this machine at the same moment; returns when they are gone."""
        processes = self.processes()
        if processes:  # without processes, another process may have this id by now
            os.kill(self.pid, signal.SIGKILL)
        psutil.wait_procs(processes, timeout=10)

    def freeze(self, program: str = "") -> None:
        """Suspend the processes on this machine whose name contains `program`; they do not answer."""
        self._signal(signal.SIGSTOP, program)

    def thaw(self, program: str = "") -> None:
        """Let suspended processes go on."""
        self._signal(signal.SIGCONT, program)

    def _signal(self, number: int, program: str) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if program in process.name():
                    process.send_signal(number)


def _namespace(process: psutil.Process) -> str:
    try:
        return os.readlink(f"/proc/{process.pid}/ns/pid")
    except OSError:
        return ""
