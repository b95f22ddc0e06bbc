"""A standby dies or stops answering while it is given a run."""

import os
import signal

from imdb_core.runs import launcher, locks, standby, standby_folder, store, workers
from tests.faults.rows import Outcome, row
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import config, settled, starts
from tests.stub_standby import use_stub_standby

MOMENTS = ("asked", "taken", "suspended")


@row(
    "A21",
    "a standby is killed or suspended while a run is assigned to it",
    "0 of 6 runs lost, 0 trained twice",
    breaks=("no second start",),
)
def end_standbys(place, patch, broken):
    patch.setattr(standby, "CLAIM_SECONDS", 1.0)
    if broken:
        patch.setattr(workers, "_taken", lambda run, token: standby.wait_for_start(run, token) or True)
    runs = [_given(patch, moment) for moment in (("taken",) if broken else MOMENTS * 2)]
    lost = sum(store.read(run.folder).state != "finished" for run in runs)
    twice = sum(starts(run) > 1 for run in runs)
    return Outcome(f"{lost} of {len(runs)} runs lost, {twice} trained twice", lost == twice == 0)


def _given(patch, moment):
    """A run that was assigned to a standby which fails at this moment; settled, if it ends within 20 s."""
    use_stub_standby(patch, STANDBY_DIES=moment)
    standby.keep_ready(config())
    place = standby_folder.folder()
    facts = wait_until(lambda: locks.held(place / standby_folder.LOCK) and standby_folder.ready(place))
    if moment == "suspended":
        os.kill(facts["pid"], signal.SIGSTOP)
    run = launcher.submit(config(epochs=1))
    try:
        return settled(run, 20)
    except TimeoutError:
        return run
