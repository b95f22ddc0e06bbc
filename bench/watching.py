"""What it costs to watch: python -m bench.watching [--network cnn_lstm_dense] [--epochs 4] [--pairs 3]

In turns: the training loop alone, with callbacks that do nothing; and the worker with its live metrics and checkpoints while a
page in a real Chromium shows the run. Compared are the fastest epochs after the first, which compiles.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

from playwright.sync_api import sync_playwright

from bench.runs import ROOT, machine, surroundings
from bench.server import QUIET, serve
from imdb_core import architectures

ALONE = """
import os, sys
from imdb_core.training import device
device.prepare("cpu", os.cpu_count())
import keras
from imdb_core.config import preset
from imdb_core.training import fit, worker
config = preset(sys.argv[1], epochs=int(sys.argv[2]))
material, seconds = worker._Material.load(config), []
keras.utils.set_random_seed(config.seed)
model = worker.ready_to_train(config, "cpu", os.cpu_count())
on_epoch = lambda row, progress: seconds.append(row["seconds"])
options = {"progress": fit.Progress(), "on_batch": lambda *row: None, "on_epoch": on_epoch}
fit.fit(model, material.train, material.validation, config, **options)
print(seconds)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="cnn_lstm_dense", choices=architectures.names())
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        environment = surroundings(folder)
        os.environ.update(environment)
        for _ in range(options.pairs):
            alone, watched = min(trained_alone(options, environment)[1:]), min(trained_and_watched(options)[1:])
            ratios.append(watched / alone)
            print(f"epoch alone {alone:.2f} s, watched {watched:.2f} s: {ratios[-1]:.3f}", flush=True)
    print(f"{machine()}, {options.network}: watching costs {statistics.median(ratios) - 1:+.1%} (median of {options.pairs}).")


def trained_alone(options, environment):
    """Seconds of each epoch of the bare loop."""
    command = [sys.executable, "-c", ALONE, options.network, str(options.epochs)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def trained_and_watched(options):
    """Seconds of each epoch of the worker, with the page of the run open."""
    from imdb_core.config import preset
    from imdb_core.runs import launcher, store

    server, address, _ = serve()
    try:
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
            run = launcher.submit(preset(options.network, epochs=options.epochs))
            page = browser.new_page()
            page.goto(f"{address}watch?run={run.id}")
            while store.find(run.id).state not in store.ENDED:
                page.wait_for_timeout(500)
            browser.close()
    finally:
        server.terminate()
        server.wait(10)
    return [row["seconds"] for row in store.find(run.id).epochs]


if __name__ == "__main__":
    main()
