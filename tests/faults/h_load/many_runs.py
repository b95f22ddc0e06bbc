"""Many tabs, runs and reruns: the load of a class of thirty on one server."""

import asyncio
import json
import time
import urllib.request

import psutil

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import journal, launcher, reading, store
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile
from tests.faults.support.sample_runs import finished_run, many_copies
from tests.faults.support.server import Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine, wait_until
from tests.stub_worker import use_stub

TABS, SECONDS = 30, 60


@row(
    "H3",
    "30 tabs show a live run beside 500 other runs",
    "p95 of an answer <= 300 ms, memory flat",
    alone=True,
    breaks=("slow reading",),
)
def tabs_polling(place, patch, broken):
    use_stub(patch, STUB_STEP_SECONDS="1")  # as the worker writes its rows
    many_copies(finished_run("one of many"), 499)
    run = launcher.submit(configs.preset("cnn_lstm", dataset="demo", name="live", epochs=200))
    wait_until(lambda: store.read(run.folder).metrics)
    if broken:
        break_new_processes(place, patch, SLOW)
    tabs, duration = (4, 4) if broken else (TABS, SECONDS)
    with serving(place) as server:
        seconds, memory = run_coroutine(_poll(server, run, tabs, duration))
    slowest, growth = percentile(seconds, 0.95), (memory[-1] - memory[len(memory) // 2]) / 2**20
    figure = f"{len(seconds)} answers in {duration} s, p95 {1000 * slowest:.0f} ms, "
    figure += f"memory {growth:+.1f} MiB in the second half"
    return Outcome(figure, slowest <= 0.3 and growth <= 10)


SLOW = """
import time
from imdb_core.runs import store
read = store.read
store.read = lambda folder, thorough=True: (time.sleep(0.4 * thorough), read(folder, thorough=thorough))[1]
"""


async def _poll(server, run, tabs, seconds):
    """(seconds of each answer to a tab, the server's memory once a second), with all tabs open."""
    visitors = [await Visitor(server, "watch", run=run.id).open() for _ in range(tabs)]
    process, memory, start = psutil.Process(server.process.pid), [], time.monotonic() + 2
    waited = []

    async def tab(number):
        due, after = start + 2 * number / tabs, ""  # visitors do not open their tabs at the same moment
        while due < start + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            answer = await asyncio.to_thread(
                _answer, f"http://127.0.0.1:{server.port}/live/{run.id}?after={after}"
            )
            waited.append(time.monotonic() - began)
            due, after = max(due + answer["again"], time.monotonic()), answer["position"]

    async def watch_memory():
        while time.monotonic() < start + seconds:
            memory.append(process.memory_info().rss)
            await asyncio.sleep(1)

    await asyncio.gather(watch_memory(), *map(tab, range(tabs)))
    for visitor in visitors:
        await visitor.close()
    return waited, memory


def _answer(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


@row("H4", "1,000 runs with 10,000 epochs are listed", "<= 1 s", alone=True, breaks=("nothing remembered",))
def long_list(place, patch, broken):
    count = 100 if broken else 1000
    many_copies(finished_run("one of many", epochs=10, batches=100 if broken else 20), count - 1)
    if broken:  # each list reads all rows of all runs again
        patch.setattr(store, "runs", _read_everything)
    first, again = _seconds(launcher.runs), _seconds(launcher.runs)
    epochs = sum(len(run.epochs) for run in launcher.runs())
    figure = f"{count:,} runs with {epochs:,} epochs: {again:.2f} s, the first time {first:.2f} s"
    return Outcome(figure, again * 1000 / count <= 1 and epochs == 10 * count)


def _read_everything():
    """Read all runs as for the first time; empties the private cache of parsed configs."""
    journal.memory.clear()
    reading._parsed_config.cache_clear()
    return [store.read(folder) for folder in paths.runs_folder().glob("2*")]


def _seconds(action) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


@row("H5", "1,000 reruns leak threads or open files", "at most 5 more of each", breaks=("an open file",))
def reruns_leak_nothing(place, patch, broken):
    if broken:
        break_new_processes(place, patch, LEAK)
    reruns = 40 if broken else 1000
    with serving(place) as server:
        before, after = run_coroutine(_rerun(server, reruns))
    threads, files = (b - a for a, b in zip(before, after, strict=True))
    return Outcome(
        f"{threads:+} threads, {files:+} files after {reruns:,} reruns", abs(threads) <= 5 and abs(files) <= 5
    )


LEAK = """
from imdb_core.scoring import predictor
load, kept = predictor.load, []
predictor.load = lambda *given: (kept.append(open("/dev/null")), load(*given))[1]
"""


async def _rerun(server, times):
    """(threads, open files) of the server with eight tabs, after the first round and after `times` reruns."""
    visitors, process = [await Visitor(server).open() for _ in range(8)], psutil.Process(server.process.pid)
    counts = []
    for number in range(1 + times // len(visitors)):
        text = "a fine film" if times < 100 or number % 40 == 0 else ""
        await asyncio.gather(*(visitor.type(text) for visitor in visitors))
        if number in (0, times // len(visitors)):
            await asyncio.sleep(
                1
            )  # the last tabs' reruns are still threads when the first tab has its answer
            counts.append((process.num_threads(), process.num_fds()))
    for visitor in visitors:
        await visitor.close()
    return counts
