"""A list of 1,000 runs of which 100 are at a cluster, and the server's memory with a cluster in use.

    python -m bench.cluster_list

Needs Chromium, as bench.server. The cluster is a server that answers as Ray does (tests/fake_ray.py).
"""

import importlib.util
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from bench import server as bench_server
from bench.cluster import use_places
from bench.runs import machine
from imdb_core import background
from imdb_core import config as configs
from imdb_core.runs import journal, launcher, layout, store
from tests import fake_ray

LISTED, REMOTE, OPEN = 1000, 100, 20


def main() -> None:
    """Print what listing runs takes with a cluster in use, and the server's memory after all pages."""
    print(f"{machine()}, load {psutil.getloadavg()[0]:.1f}\n\n| what | measured | goal |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name, fake_ray.running(cpus=float(OPEN)) as ray:
        folder = Path(name)
        use_places(folder, ray.address, folder / "runs")
        (folder / "runs").mkdir()
        bench_server.fill(folder / "runs", LISTED - REMOTE)
        for number in range(REMOTE):
            _remote_run(ray, number, is_open=number < OPEN)
        first = bench_server.timed(launcher.runs, 1)[0]
        time.sleep(3)  # the first look at the cluster
        states = [run.state for run in launcher.runs()]
        listing = f"{LISTED:,} runs, {REMOTE} of them at a cluster, {states.count('running')} training"
        if states.count("running") != OPEN or "damaged" in states:
            raise SystemExit(f"The runs are not as intended: {Counter(states)}.")
        again = bench_server.spread(bench_server.timed(launcher.runs, 40))
        bench_server.row(f"list of {listing}, ms: median, 95 %, worst of 40", again, "500")
        bench_server.row("the same for the first time in a process, ms", f"{first:.0f}", "")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=bench_server.CHROMIUM, args=bench_server.QUIET.split()
            )
            _measure_server(browser)
            browser.close()


def _measure_server(browser) -> None:
    """The server's memory after all pages and models, and how long the list of runs takes to be drawn."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    server, address, _ = bench_server.serve()
    try:
        bench_server.visit(page, address)
        has_ray = bool(importlib.util.find_spec("ray"))
        memory = f"{psutil.Process(server.pid).memory_info().rss / 1e6:.0f}"
        remark = f"Ray {'installed' if has_ray else 'not installed'}, a cluster in use"
        bench_server.row(f"memory after all pages and models, {remark}, MB", memory, "260")
    finally:
        server.terminate()
        server.wait(10)


def _remote_run(ray, number: int, *, is_open: bool) -> None:
    """Write a run that trains, or has finished, as a job of the cluster `ray`."""
    chosen = configs.preset("lstm", dataset="demo", place="lab", seed=number)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(1_760_000_000 + number))
    run = store.create(chosen, f"{stamp}000-{f'{number:08d}'.translate(bench_server.LETTERS)}")
    job = f"{run.id}-1"
    store.record(run.folder, "launching", attempt=1, place="lab", job=job)
    machine_facts = {**background.identity(), "host": f"node-{number % 10}", "boot": "boot"}
    store.record(run.folder, "started", device="cpu", threads=1, **machine_facts)
    for epoch in (1, 2, 3):
        figures = {"loss": 0.6, "accuracy": 0.7, "val_loss": 0.6, "val_accuracy": 0.7}
        times = {"seconds": 5.0, "validation_seconds": 0.5, "words_per_second": 1000.0, "memory": 10**8}
        row = {"kind": "epoch", "epoch": epoch, "step": 30, "steps": 30, **figures, **times}
        journal.append(run.folder / layout.METRICS, row)
        store.record(run.folder, "epoch-saved", epoch=epoch, best_epoch=epoch)
    if not is_open:
        store.record(
            run.folder, "finished", best_epoch=3, test_loss=0.5, test_accuracy=0.75, test_reviews=1000
        )
    ray.submit({"submission_id": job, "entrypoint": "python -P -m imdb_core.training.worker " + "x" * 200})
    ray.set(job, "RUNNING" if is_open else "SUCCEEDED")


if __name__ == "__main__":
    main()
