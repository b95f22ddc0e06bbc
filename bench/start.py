"""Measure the seconds from a click on Start to the first point of the curves on the Watch page.

    python -m bench.start [--starts 20] [--network cnn_lstm_dense] [--dataset imdb] [--only ready first ...]

Needs a Chromium, as bench.server does. Each start has its own server and its own folder of runs.
There are three kinds of starts:
- "ready": the Train page is open for 15 s before the click.
- "at once": the click comes as soon as the page is shown.
- "first": as "at once", but for the first run after the installation. No texts are converted and no code is
  compiled yet.
One start that does not count warms the system's cache of files. GOALS holds the goal for the 95th percentile
of the starts; "first" is measured at most MOST_FIRST times.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from bench.runs import machine
from bench.server import CHROMIUM, QUIET, serve
from imdb_core import architectures
from imdb_core.data import sources
from imdb_core.runs import launcher, store
from imdb_core.runs.phases import FIRST_ROW

OPEN_SECONDS = 15
GOALS = {"ready": 3, "at once": 6, "first": 15}  # seconds
MOST_FIRST = 3  # starts of the kind "first": each compiles all code and converts all texts
NETWORK = "cnn_lstm_dense"  # the form shows it first
# Looks at every frame of the page for a point of the line that grows within an epoch (ui/charts/curves.py).
FIRST_POINT = """
const look = () => {
  const charts = [...document.querySelectorAll("*")].flatMap((element) =>
    element.shadowRoot ? [...element.shadowRoot.querySelectorAll(".js-plotly-plot")] : [])
  charts.push(...document.querySelectorAll(".js-plotly-plot"))
  const isPoint = ({ name, x }) => name === "running" && x?.length
  const hasPoint = charts.some((chart) => (chart.data || []).some(isPoint))
  const finish = () => { window.firstPoint = performance.timeOrigin + performance.now() }
  requestAnimationFrame(hasPoint ? finish : look)
}
window.waitForPoint = () => requestAnimationFrame(look)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--network", default=NETWORK, choices=architectures.names())
    parser.add_argument("--dataset", default="imdb", choices=sources.names())
    parser.add_argument("--only", nargs="+", default=list(GOALS), choices=GOALS)
    options = parser.parse_args()
    print(f"{machine()}, load {psutil.getloadavg()[0]:.1f}, {options.network} on {options.dataset}\n")
    print(
        "| page open | starts | click to first point, s: median, 95 %, worst | goal | of which until "
        "the worker began, until it wrote its first row |\n|---|---|---|---|---|"
    )
    # A standby that a server started may still write while a folder is removed.
    shared = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with shared as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        try:
            measured(browser, options, Path(folder), "at once")
            for kind in options.only:
                starts = min(options.starts, MOST_FIRST) if kind == "first" else options.starts
                points = []
                for start in range(1, starts + 1):
                    points.append(measured(browser, options, Path(folder), kind))
                    print(f"{kind} {start}: {points[-1][0]:.2f} s", file=sys.stderr, flush=True)
                shown, began, written = zip(*points, strict=True)
                parts = f"{statistics.median(began):.2f}, {statistics.median(written):.2f}"
                print(f"| {kind} | {starts} | {_spread(shown)} | {GOALS[kind]} | {parts} |", flush=True)
        finally:
            browser.close()


def measured(browser, options, folder, kind):
    """Seconds from the click to the first point on the page, to the worker's start, and to its first row."""
    with _own_folders(folder, keeps_caches=kind != "first"):
        server, address, _ = serve()
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        try:
            page = context.new_page()
            page.add_init_script(FIRST_POINT)
            _open_form(page, address, options)
            if kind == "ready":
                page.wait_for_timeout(1000 * OPEN_SECONDS)
            return _start(page)
        finally:
            context.close()
            _stop_all()
            server.terminate()
            server.wait(10)


def _open_form(page, address, options):
    page.goto(f"{address}train?network={options.network}&dataset={options.dataset}")
    page.get_by_role("button", name="Start training").wait_for()


def _start(page):
    page.evaluate("window.clicked = null; window.waitForPoint()")
    start = page.get_by_role("button", name="Start training")
    start.scroll_into_view_if_needed()
    clicked = time.time()
    start.click()
    page.wait_for_function("window.firstPoint", timeout=180_000)
    [run] = store.runs()
    events = [datetime.fromisoformat(run.event(kind)["time"]).timestamp() for kind in ("started", FIRST_ROW)]
    return [moment - clicked for moment in (page.evaluate("window.firstPoint") / 1000, *events)]


@contextmanager
def _own_folders(folder, *, keeps_caches):
    """A context with an empty folder of runs; unless `keeps_caches`, the caches are empty too."""
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as own:
        caches = folder if keeps_caches else Path(own)
        variables = {
            "IMDB_RUNS_DIR": f"{own}/runs",
            "IMDB_CACHE_DIR": f"{caches}/cache",
            "NUMBA_CACHE_DIR": f"{caches}/numba",
        }
        os.environ |= variables
        yield


def _stop_all():
    """End the run that was started, and wait until its worker is gone."""
    for run in store.runs():
        launcher.stop(run)
    deadline = time.monotonic() + 60
    while any(run.active for run in store.runs()) and time.monotonic() < deadline:
        time.sleep(0.1)


def _spread(seconds):
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
    return f"{statistics.median(ordered):.2f}, {late:.2f}, {ordered[-1]:.2f}"


if __name__ == "__main__":
    main()
