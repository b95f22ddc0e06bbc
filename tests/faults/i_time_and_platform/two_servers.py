"""Two servers on one folder of runs, and a port that is taken."""

import asyncio
import time

from imdb_core import config as configs
from imdb_core.runs import devices, store
from tests.faults.rows import Outcome, row
from tests.faults.support.server import Server, Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine
from tests.stub_worker import use_stub

NO_LOCK = """
import contextlib
from imdb_core.runs import launcher
launcher._queue_lock = lambda seconds: contextlib.nullcontext()
"""


@row(
    "I4", "the port is taken; two servers share one folder of runs", "a message; 0 double starts, slots kept"
)
def two_servers(place, patch, broken=None):
    use_stub(patch, STUB_EPOCHS="2", STUB_STEP_SECONDS="0.3")
    if broken:  # not in `breaks`, because this race sometimes ends well
        break_new_processes(place, patch, NO_LOCK)
    with serving(place) as first, serving(place) as second:
        third = Server(place, port=first.port)
        code = third.process.wait(60)
        log = third.log.read_text()
        has_message = "not available" in log or "already in use" in log
        runs = [
            store.create(configs.preset("lstm", dataset="demo", name=f"run {n}"), store.new_id())
            for n in range(6)
        ]
        run_coroutine(_look_from_both(first, second, runs))
    starts = [sum(event["event"] == "started" for event in store.read(run.folder).events) for run in runs]
    double = sum(count > 1 for count in starts)
    ended = sum(store.read(run.folder).state == "finished" for run in runs)
    slots, most = devices.cpu_cores(), _most_at_once(runs)
    refused = f"exit code {code}, {'a' if has_message else 'NO'} message"
    figure = f"{refused}; {ended} of 6 finished, {double} started twice, {most} of {slots} slots"
    return Outcome(figure, bool(code) and has_message and not double and ended == 6 and most <= slots)


def _most_at_once(runs) -> int:
    """The largest number of runs that were active at the same moment."""
    spans = [
        (run.event("started")["time"], run.event("finished")["time"])
        for run in (store.read(run.folder) for run in runs)
    ]
    return max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)


async def _look_from_both(first, second, runs) -> None:
    """Two tabs at each server look at the list until all runs have ended."""
    visitors = [await Visitor(server, "runs").open() for server in (first, second) for _ in range(2)]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not all(
        store.read(run.folder).state in store.ENDED for run in runs
    ):
        await asyncio.gather(*(visitor.rerun() for visitor in visitors))
    for visitor in visitors:
        await visitor.close()
