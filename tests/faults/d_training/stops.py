"""The time from a stop to the worker's end."""

import time

from imdb_core import config as configs
from imdb_core.runs import launcher, layout, locks, store
from tests.conftest import TINY
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub


@row("D7", "a stop is slow", "p95 <= one batch + 2 s", breaks=("SIGTERM ignored",))
def stops(place, patch, broken):
    use_stub(patch, STUB_EPOCHS="100000", **({"STUB_IGNORE_TERM": "1"} if broken else {}))
    seconds = []
    runs = [
        store.create(configs.checked({**TINY, "name": "endless"}), store.new_id())
        for _ in range(1 if broken else 10)
    ]
    launcher.dispatch()
    for run in runs:
        wait_until(
            lambda run=run: store.read(run.folder).state == "running" and store.read(run.folder).metrics
        )
        started = time.monotonic()
        launcher.stop(store.read(run.folder))
        wait_until(
            lambda run=run: (
                not locks.held(run.folder / layout.LOCK) and store.read(run.folder).state == "stopped"
            )
        )
        seconds.append(time.monotonic() - started)
    late = percentile(seconds, 0.95)
    return Outcome(f"p95 {late:.2f} s of {len(seconds)} stops with batches of 0.05 s", late <= 0.05 + 2)
