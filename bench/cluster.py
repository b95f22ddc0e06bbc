"""Twelve runs on a Ray cluster of two nodes, the same queue on this machine, and what Ray costs.

    python -m bench.cluster --json measured.json

Needs Ray (requirements-ray.txt), root and strace. The cluster's machines are namespaces of this machine
(tests/cluster.py), so its four slots share the cores that the other queue has alone. bench.cluster_queue
reads the file; bench.cluster_list measures lists with remote runs.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import psutil

from bench.runs import machine
from tests import cluster as clusters
from tests import fake_ray

SLOTS = 2
DISPATCHED = 100  # runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True, help="write what was measured to this file")
    file = parser.parse_args().json
    if reason := clusters.missing():
        raise SystemExit(reason)
    file.write_text(json.dumps(measure(), indent=1), "utf-8")


def measure() -> dict:
    """Run both queues, print the table, and return all figures."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, began = Path(name), time.monotonic()
        (folder / "cluster").mkdir()
        with clusters.running(folder / "cluster", nodes=2, slots=SLOTS) as cluster:
            started = time.monotonic() - began
            measured = json.loads(cluster.call("bench.cluster_trial", folder, seconds=540).splitlines()[-1])
        measured["dispatch"] = dispatch_seconds(folder)
    print(f"{machine()}, load {psutil.getloadavg()[0]:.1f}; the cluster started in {started:.0f} s.\n")
    print("| queue of 12 runs | s | training, median | launching to started | a slot's time lost a run |")
    print("|---|---|---|---|---|")
    for name, queue in measured["queues"].items():
        figures = (queue["seconds"], queue["trained"], queue["launching to started"], queue["lost"])
        print(f"| {name} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")
    print(f"\n{measured['different']} of 12 runs differ in any digit of any figure.\n")
    for part in ("ray", "worker"):
        for name, figure in measured[part].items():
            print(f"- {part}: {name}: {figure if isinstance(figure, dict) else f'{figure:.3g}'}")
    print(f"- starting a run in the launcher: {1000 * measured['dispatch']:.1f} ms")
    return measured


def dispatch_seconds(folder: Path) -> float:
    """Seconds that dispatch() takes to start one run at a cluster that answers at once."""
    from imdb_core import config as configs
    from imdb_core.runs import launcher, movers, store

    with fake_ray.running(cpus=float(DISPATCHED)) as ray:
        use_places(folder, ray.address, folder / "dispatched")
        movers.KEEPER = "no_such_module"  # only this process starts runs
        for number in range(DISPATCHED):
            store.create(configs.preset("lstm", dataset="demo", place="lab", seed=number), store.new_id())
        began = time.monotonic()
        while len(ray.submitted) < DISPATCHED and time.monotonic() < began + 60:
            launcher.dispatch()
        return (time.monotonic() - began) / DISPATCHED


def use_places(folder: Path, address: str, runs: Path) -> None:
    """Let this process and its children use the cluster "lab" at `address`, and the folder `runs`."""
    (folder / "places.toml").write_text(f'[lab]\naddress = "{address}"\n', "utf-8")
    os.environ |= {"IMDB_PLACES": str(folder / "places.toml"), "IMDB_RUNS_DIR": str(runs)}


if __name__ == "__main__":
    main()
