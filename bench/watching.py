"""What it costs to watch: python -m bench.watching [--network cnn_lstm_dense] [--seconds 20] [--turns 6]

One training is another's measure only within some percent, since two processes are never equally fast. So
each training here is its own measure, in turns: every second epoch is trained without anything that the
worker writes down; and while the worker trains, server and browser with the run's page are there for a while,
then not. An epoch counts from end to end, validation and saving included; not those in which compiling, or
the page, had to begin.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager, nullcontext
from datetime import datetime

import psutil
from playwright.sync_api import sync_playwright

from bench.runs import ROOT, machine, surroundings
from bench.server import CHROMIUM, QUIET, serve
from imdb_core import architectures, background

SETTLED = 8  # seconds after a page was opened or closed
WRITING = """
import json, os, sys, time
from imdb_core.training import device
from imdb_core.runs.cores import cpu_cores
device.prepare("cpu", cpu_cores())
from types import SimpleNamespace
from imdb_core.config import preset
from imdb_core.runs import store
from imdb_core.training import export, fit, material, recorder, stages

network, epochs = sys.argv[1], int(sys.argv[2])
run = store.create(preset(network, epochs=epochs, patience=0), store.new_id())
store.record(run.folder, "started")
writing, ends = True, [[], []]
plain_fit = fit.fit

def in_turns(*arguments, progress, on_batch, on_epoch):
    def after_batch(row):
        if writing:
            on_batch(row)
    def after_epoch(row, progress):
        global writing, last
        if writing:
            on_epoch(row, progress)
        if progress.epoch > 2:
            ends[writing].append(time.monotonic() - last)
        writing, last = not writing, time.monotonic()
    return plain_fit(*arguments, progress=progress, on_batch=after_batch, on_epoch=after_epoch)

fit.fit = in_turns
wanted, writer = SimpleNamespace(device="cpu", threads=cpu_cores()), recorder.Recorder(run.folder)
model = stages.prepared_model(run.config, wanted, writer)
reviews = material.Material.load(run.config)
stages.fit_epochs(run, model, reviews, writer, export.Exporter(run.folder, run.config))
print(json.dumps(ends))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="cnn_lstm_dense", choices=architectures.names())
    parser.add_argument("--seconds", type=float, default=20, help="how long a page is open, and then closed")
    parser.add_argument("--turns", type=int, default=6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(surroundings(folder))
        closed, opened, busy = looked_at(options)
        bare, written = written_down(
            options, max(8, round(options.turns * options.seconds / statistics.mean(closed)))
        )
    print(f"{machine()}, {options.network}, seconds of an epoch:")
    _show("live metrics, checkpoints and models of each epoch", bare, written)
    _show("the page in a browser, beside these", closed, opened)
    print(f"  browser and server took {busy:.3f} of a core")


def written_down(options, pairs):
    """(seconds of each epoch that leaves no trace, those of the epochs in between, written down as the worker
    does).
    """
    command = background.command("-c", WRITING, options.network, 2 * pairs + 2)
    surrounding = background.environment()
    done = subprocess.run(
        command, cwd=ROOT, env=surrounding, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return json.loads(done.stdout.splitlines()[-1])


def looked_at(options):
    """(seconds of each of the worker's epochs without server and browser, those with the run's page open,
    cores these take).
    """
    from imdb_core.config import preset
    from imdb_core.runs import launcher, store

    run = launcher.submit(preset(options.network, epochs=200, patience=0))
    while not store.find(run.id).epochs:
        time.sleep(0.1)
    turns, used = [], 0.0
    for turn in range(2 * options.turns):
        with _page(f"watch?run={run.id}") if turn % 2 else nullcontext(lambda: 0.0) as processor_seconds:
            time.sleep(SETTLED)
            started, before = time.time(), processor_seconds()
            time.sleep(options.seconds)
            turns.append((started, time.time()))
            used += processor_seconds() - before
    launcher.stop(run)
    saved = [event["time"] for event in store.find(run.id).events if event["event"] == "epoch-saved"]
    ends = [datetime.fromisoformat(moment).timestamp() for moment in saved]
    spans = [[], []]
    for start, end in zip(ends, ends[1:], strict=False):
        for turn, (first, last) in enumerate(turns):
            if first <= start and end <= last:
                spans[turn % 2].append(end - start)
    while store.find(run.id).state not in store.ENDED:
        time.sleep(0.5)
    return *spans, used / (options.turns * options.seconds)


@contextmanager
def _page(path):
    """A server, and a browser that shows one of its pages; a function that tells how long they have computed,
    in seconds.
    """
    here = psutil.Process()
    others = set(here.children(recursive=True))

    def processor_seconds():
        times = [process.cpu_times() for process in set(here.children(recursive=True)) - others]
        return sum(one.user + one.system for one in times)

    server, address, _ = serve()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
            browser.new_page().goto(address + path)
            yield processor_seconds
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _show(what, without, with_it):
    """What it costs, and how sure that is: the standard error of the difference of both means."""
    mean, other = statistics.mean(without), statistics.mean(with_it)
    error = (statistics.variance(without) / len(without) + statistics.variance(with_it) / len(with_it)) ** 0.5
    counts = f"{len(without)} and {len(with_it)} epochs"
    print(
        f"  {what}: {mean:.3f} -> {other:.3f} s, {other / mean - 1:+.1%} ± {error / mean:.1%} ({counts})",
        flush=True,
    )


if __name__ == "__main__":
    main()
