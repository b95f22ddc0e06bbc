"""The clock of the machine jumps, and a worker is suspended."""

import datetime
import signal
import time

import psutil

from imdb_core import config as configs
from imdb_core.runs import launcher, locks, store
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import finished_run
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub

DAY = 86_400


def _shifted(seconds):
    """A datetime class whose clock is wrong by `seconds`."""

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.datetime.now(zone) + datetime.timedelta(seconds=seconds)

    return Shifted


@row(
    "I1",
    "the clock jumps by a day, and the worker is suspended",
    "0 wrong states",
    breaks=("states by the clock",),
)
def clock_jumps(place, patch, broken):
    use_stub(patch, STUB_EPOCHS="100000")
    if broken:  # a worker that has not written for an hour is thought to be dead
        patch.setattr(locks, "held", lambda path: path.exists() and time.time() - path.stat().st_mtime < 3600)
    over = finished_run()
    run = launcher.submit(configs.preset("lstm", dataset="demo", name="running"))
    wait_until(lambda: store.read(run.folder).metrics)
    looks, ids = [], [store.new_id() for _ in range(1000)]
    clock, boot = time.time, psutil._pslinux.boot_time
    for jump in (DAY, -DAY):
        patch.setattr(time, "time", lambda jump=jump: clock() + jump)
        patch.setattr(store, "datetime", _shifted(jump))
        patch.setattr(
            psutil._pslinux, "boot_time", lambda jump=jump: boot() + jump
        )  # computed from the clock
        looks += _looks(run, over, "running")
        ids += [store.new_id() for _ in range(1000)]
    worker = psutil.Process(store.read(run.folder).event("started")["pid"])
    worker.send_signal(signal.SIGSTOP)
    looks += [
        look
        for _ in range(2 if broken else 20)
        if not time.sleep(0.1)
        for look in _looks(run, over, "running")
    ]
    worker.send_signal(signal.SIGCONT)
    worker_process = launcher.workers.process(store.read(run.folder))
    launcher.stop(store.read(run.folder))
    with_stop = _within(lambda: store.read(run.folder).state == "stopped", 15)
    false = looks.count(False) + (worker_process is None) + (not with_stop)
    problem = "" if worker_process else " (after a jump, Stop does not find its worker)"
    return Outcome(
        f"{false} of {len(looks) + 2} false{problem}, {len(ids) - len(set(ids))} ids twice",
        not false and len(set(ids)) == len(ids),
    )


def _looks(run, over, expected) -> list[bool]:
    """Whether both runs have their right states, and no duration is negative."""
    listed = {run.id: run for run in launcher.runs()}
    sound = all(row["seconds"] >= 0 for row in store.read(run.folder).metrics)
    return [listed[run.id].state == expected, listed[over.id].state == "finished", sound]


def _within(condition, seconds) -> bool:
    try:
        return bool(wait_until(condition, seconds))
    except TimeoutError:
        return False
