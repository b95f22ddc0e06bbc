"""A real Ray cluster on one machine, for tests and benches: a head and nodes that can be killed and frozen.

    with running(folder, nodes=2, slots=2) as cluster:     # from outside
        cluster.call("tests.faults.k_several_machines.bodies", "name", seconds=60)

All processes are in one network namespace with nothing but loopback, because Ray listens on all addresses.
Head and nodes are each in a PID and a UTS namespace of their own: each has its own process ids and its own
host name, and killing its first process kills everything on it, as when a machine loses its power. They share
the disk, as machines with a shared folder do. A test body runs in the network namespace as well, in a process
of its own: call() starts `python -m MODULE FOLDER arguments` there, attached(folder) gives it the cluster.
"""

import contextlib
import functools
import importlib.util
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from tests.cluster_machine import MACHINE, Machine

PROJECT = Path(__file__).parents[1]
STATE = "cluster.json"  # in the cluster's folder: the machines
SMALL_DISK = "small"  # in the cluster's folder: a disk of 32 MiB that all machines share
ADDRESS = "http://127.0.0.1:8265"  # the head's job API
HEAD_PORT = 6379
START_SECONDS = 120
ISOLATED = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


@functools.cache
def missing() -> str | None:
    """Why no cluster can be started here, as a sentence; None if one can."""
    if importlib.util.find_spec("ray") is None:
        return "Ray is not installed: pip install -r requirements-ray.txt."
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        inner = [*MACHINE, "ip", "link", "show", "lo"]
        if not subprocess.run([*ISOLATED, *inner], capture_output=True, timeout=20).returncode:
            return None
    return "Ray is tried only in a network namespace of its own, and unshare is not permitted here."


class Cluster:
    """The head and the nodes of a running cluster, as seen from its network namespace."""

    def __init__(self, folder: Path, head: Machine, nodes: list[Machine]) -> None:
        self.folder, self.head, self.nodes = folder, head, nodes

    def start(self) -> None:
        """Start the machines that are not alive, and wait until all of them take jobs."""
        dead = [machine for machine in (self.head, *self.nodes) if not machine.processes()]
        earlier = set() if self.head in dead else self.alive()
        if self.head in dead:  # its nodes do not find a new head by themselves
            for node in self.nodes:
                node.kill()
            dead = [self.head, *self.nodes]
        for machine in dead:
            machine.start()
            self.save()
            if machine is self.head:  # a node gives up if the head is not ready
                _wait(self.answers, START_SECONDS, "Ray's head did not start")
        new = len(set(dead) - {self.head})
        _wait(lambda: len(self.alive() - earlier) >= new, START_SECONDS, "Ray did not start")

    def answers(self) -> bool:
        """Whether the head's API answers."""
        with contextlib.suppress(OSError, ValueError):
            return bool(ask("/api/version"))
        return False

    def alive(self) -> set[str]:
        """Ray's ids of the nodes that the head can reach, itself not counted; none if it does not answer."""
        try:
            nodes = ask("/api/v0/nodes")["data"]["result"]["result"]
        except (OSError, ValueError, KeyError, TypeError):
            return set()
        return {node["node_id"] for node in nodes if node["state"] == "ALIVE" and not node["is_head_node"]}

    def machine(self, name: str) -> Machine:
        """The machine with this host name."""
        return next(each for each in (self.head, *self.nodes) if each.name == name)

    def end_others(self) -> None:
        """Kill what this process and its children have started in the namespace beside the machines."""
        kept = {1, *(process.pid for process in (psutil.Process(), *psutil.Process().parents()))}
        kept |= {process.pid for machine in (self.head, *self.nodes) for process in machine.processes()}
        kept |= {machine.pid for machine in (self.head, *self.nodes)}
        for process in psutil.process_iter(["cmdline"]):
            if process.pid not in kept and "tests.cluster" not in (process.info["cmdline"] or []):
                with contextlib.suppress(psutil.Error):
                    process.kill()

    def save(self) -> None:
        """Write the machines' process ids, so that another process of the namespace can attach itself."""
        state = [(each.name, each.options, each.pid) for each in (self.head, *self.nodes)]
        partial = self.folder / f"{STATE}.tmp"
        partial.write_text(json.dumps(state))
        partial.replace(self.folder / STATE)


def attached(folder: Path) -> Cluster:
    """The cluster of this folder, for a process in its network namespace."""
    state = json.loads((folder / STATE).read_text())
    head, *nodes = (Machine(folder, *each) for each in state)
    return Cluster(folder, head, nodes)


def ask(path: str, body: object = None, seconds: float = 10) -> dict:
    """The head's answer to a request of its HTTP API. Raises OSError or ValueError."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return json.load(answer)


class Namespace:
    """A network namespace with a cluster in it, as seen from outside."""

    def __init__(self, folder: Path, nodes: int, slots: int) -> None:
        self.folder = folder
        inner = ["sh", "-c", '"$@"; exit', "sh", sys.executable, "-m", "tests.cluster", folder, nodes, slots]
        self._process = subprocess.Popen(
            [*ISOLATED, *map(str, inner)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout.readline() != "ready\n":
            self.end()
            raise RuntimeError(f"The cluster did not start; see the logs in {folder}.")

    def call(self, module: str, *arguments: object, seconds: float) -> str:
        """Run `python -m module folder arguments` in the namespace; returns its output.

        Raises subprocess.SubprocessError if it fails or takes longer than `seconds`.
        """
        [inside] = psutil.Process(self._process.pid).children()
        enter = [
            "nsenter",
            "--target",
            inside.pid,
            "--net",
            "--pid",
            "--mount",
            f"--wd={PROJECT}",
            "timeout",
            "-k",
            5,
            seconds,
        ]
        command = [*enter, sys.executable, "-m", module, self.folder, *arguments]
        ended = subprocess.run(
            list(map(str, command)),
            cwd=PROJECT,
            text=True,
            stdout=subprocess.PIPE,
            check=True,
            timeout=seconds + 10,
        )
        return ended.stdout.rstrip("\n")

    def end(self) -> None:
        """Kill everything in the namespace."""
        self._process.kill()  # --kill-child: the first process of the namespace dies, and with it all others
        self._process.wait(10)


@contextlib.contextmanager
def running(folder: Path, *, nodes: int = 2, slots: int = 2) -> Iterator[Namespace]:
    """A cluster for the time of a `with`; `folder` is for its logs and temporary files."""
    namespace = Namespace(folder, nodes, slots)
    try:
        yield namespace
    finally:
        namespace.end()


def _new(folder: Path, nodes: int, slots: int) -> Cluster:
    """A cluster that has not been started. No job runs on the head, because it offers no CPU."""
    head = ["--head", "--num-cpus=0", f"--port={HEAD_PORT}", "--node-ip-address=127.0.0.1", "--no-monitor"]
    head += ["--dashboard-host=127.0.0.1"]
    machines = [Machine(folder, "head", head)]
    for number in range(1, nodes + 1):
        options = [f"--address=127.0.0.1:{HEAD_PORT}", f"--num-cpus={slots}"]
        options += [f"--node-ip-address=127.0.0.{number + 1}", "--dashboard-agent-listen-port=0"]
        machines.append(Machine(folder, f"node-{number}", options))
    return Cluster(folder, machines[0], machines[1:])


def _wait(condition: Callable[[], bool], seconds: float, failure: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{failure} within {seconds:.0f} s.")
        time.sleep(0.1)


def main() -> None:
    """Start a cluster in this namespace, and stay until the standard input ends."""
    folder, nodes, slots = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps machines that were killed
    subprocess.run(["ip", "link", "set", "lo", "up"])
    (folder / SMALL_DISK).mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder / SMALL_DISK)])
    _new(folder, nodes, slots).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
