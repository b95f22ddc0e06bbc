"""What watching costs a training: python -m bench.watching [--network NAME] [--seconds 20] [--learn VIEW]

Two processes are never equally fast, so each training is compared with itself:
- The files: a training writes rows, checkpoints and models in every second epoch only (bench.writing).
- The page: while a worker trains, a server and a browser with the run's page are open, then closed, in turns.
  With --learn, the page's section "Watch it learn" is open, too, and shows this view.
An epoch counts from its beginning to the beginning of the next one, with validation and saving. Epochs in
which compilation runs or the page opens or closes do not count.
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
from imdb_core.config import preset
from imdb_core.runs import launcher, store
from ui.panels import watch_it_learn

SETTLING_SECONDS = 8  # after a page was opened or closed
FEWEST_PAIRS = 8  # of epochs with and without files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="cnn_lstm_dense", choices=architectures.names())
    parser.add_argument("--seconds", type=float, default=20, help="how long a page is open, and then closed")
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--learn", choices=watch_it_learn.VIEWS, help='open "Watch it learn" at this view')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(surroundings(folder))
        closed, opened, cores = epochs_with_a_page_in_turns(options)
        pairs = max(FEWEST_PAIRS, round(options.turns * options.seconds / statistics.mean(closed)))
        without_files, with_files = epochs_with_files_in_turns(options.network, pairs)
    print(f"{machine()}, {options.network}, seconds of an epoch:")
    _print_difference("live metrics, checkpoints and models of each epoch", without_files, with_files)
    shown = f'the page with "Watch it learn", {options.learn}' if options.learn else "the page"
    _print_difference(f"{shown}, in a browser, in addition to these files", closed, opened)
    print(f"  the server took {cores[0]:.3f} of a core, the browser {cores[1]:.3f}")


def epochs_with_files_in_turns(network, pairs):
    """(seconds of the epochs without files, seconds of the epochs with files), from one training."""
    command = background.command("-m", "bench.writing", network, 2 * pairs + 2)
    environment = background.environment(OPENBLAS_NUM_THREADS="1")  # as in the worker (imdb_core/training)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return json.loads(done.stdout.splitlines()[-1])


def epochs_with_a_page_in_turns(options):
    """(seconds of epochs without a page, of epochs with it, (cores of the server, of the browser))."""
    run = launcher.submit(preset(options.network, epochs=200, patience=0))
    while not store.find(run.id).epochs:
        time.sleep(0.1)
    link = f"watch?run={run.id}" + f"&{watch_it_learn.LINK}=true&view={options.learn}" * bool(options.learn)
    turns, seconds_used = [], [0.0, 0.0]
    for turn in range(2 * options.turns):
        closed = nullcontext(lambda: (0.0, 0.0))
        with page(link) if turn % 2 else closed as processor_seconds:
            time.sleep(SETTLING_SECONDS)
            started, before = time.time(), processor_seconds()
            time.sleep(options.seconds)
            turns.append((started, time.time()))
            used = zip(processor_seconds(), before, strict=True)
            seconds_used = [sum(each) for each in zip(seconds_used, (b - a for b, a in used), strict=True)]
    launcher.stop(run)
    epochs = _whole_epochs(store.find(run.id), turns)
    while store.find(run.id).state not in store.ENDED:
        time.sleep(0.5)
    return *epochs, [seconds / (options.turns * options.seconds) for seconds in seconds_used]


def _whole_epochs(run, turns):
    """([seconds of each epoch within an even turn], [seconds of each epoch within an odd turn])."""
    saved = [event["time"] for event in run.events if event["event"] == "epoch-saved"]
    ends = [datetime.fromisoformat(moment).timestamp() for moment in saved]
    seconds = [], []
    for start, end in zip(ends, ends[1:], strict=False):
        for turn, (first, last) in enumerate(turns):
            if first <= start and end <= last:
                seconds[turn % 2].append(end - start)
    return seconds


@contextmanager
def page(path):
    """A context with a server and a browser that shows a page.

    Yields a function that returns (processor seconds of the server, processor seconds of the browser).
    """
    me = psutil.Process()
    others = set(me.children(recursive=True))

    def processor_seconds():
        of_server, of_browser = 0.0, 0.0
        for process in set(me.children(recursive=True)) - others:
            times = process.cpu_times()
            of_server += (times.user + times.system) * (process.pid == server.pid)
            of_browser += (times.user + times.system) * (process.pid != server.pid)
        return of_server, of_browser

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


def _print_difference(cause, without, with_it):
    """Print both means, their difference in percent, and the standard error of the difference."""
    mean, other_mean = statistics.mean(without), statistics.mean(with_it)
    error = (statistics.variance(without) / len(without) + statistics.variance(with_it) / len(with_it)) ** 0.5
    change = f"{other_mean / mean - 1:+.1%} ± {error / mean:.1%}"
    counts = f"{len(without)} and {len(with_it)} epochs"
    print(f"  {cause}: {mean:.3f} -> {other_mean:.3f} s, {change} ({counts})", flush=True)


if __name__ == "__main__":
    main()
