"""Stopping workers and replacing files with the means of Windows, imitated on Linux."""

import os
import signal

from imdb_core.operating_system import processes as system_processes
from imdb_core.runs import launcher, store
from tests import windows_rules
from tests.faults.a_processes.stopping import grandchild_of, stop_all
from tests.faults.rows import Outcome, row
from tests.faults.support.forked_stub_workers import forked_stub_workers
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import ENDLESS, alive, config, worker_of
from tests.stub_worker import use_stub


@row(
    "I20",
    "no signals, process groups or shared locks; open files cannot be renamed, as on Windows",
    "10 of 10 stopped, 5 by force, 0 processes alive; 5 of 5 resumed and stopped again; 10 of 10 deleted",
    breaks=("only the worker is ended",),
)
def as_on_windows(place, patch, broken):
    patch.setenv("IMDB_PORTABLE", "1")
    patch.setenv("STUB_WINDOWS_RULES", "1")
    windows_rules.obey(patch.setattr)
    patch.setattr(launcher, "STOP_SECONDS", 4)
    if broken:
        patch.setattr(system_processes, "_suspended_family", lambda process: [process])
    use_stub(patch, STUB_EPOCHS=ENDLESS, STUB_STEP_SECONDS="0.1", STUB_CHECKPOINTS="1")
    with forked_stub_workers(place, patch):
        obedient = [launcher.submit(config(number)) for number in range(5)]
        stubborn = _stubborn(patch, range(5, 10))
        runs = obedient + stubborn
        wait_until(lambda: all(store.read(run.folder).epochs for run in runs))
        processes = [worker_of(run) for run in runs] + [grandchild_of(run) for run in stubborn]
        stop_all(runs)
        living = [pid for pid in processes if alive(pid)]
        ended = [(now.state, now.message) for now in (store.read(run.folder) for run in runs)]
        resumed = sum(_goes_on_and_stops(run) for run in obedient)
        for pid in living:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, living)))
        for run in runs:
            store.delete(store.read(run.folder))
    stopped = sum(state == "stopped" for state, _ in ended)
    forced = sum("by force" in message for _, message in ended)
    deleted = len(runs) - len(store.runs())
    figure = f"{stopped} of 10 stopped, {forced} by force, {len(living)} processes alive; "
    figure += f"{resumed} of 5 resumed and stopped again; {deleted} of 10 deleted"
    return Outcome(figure, stopped == deleted == 10 and forced == resumed == 5 and not living)


def _stubborn(patch, numbers) -> list:
    """Runs whose workers ignore a stop and have started another process."""
    with patch.context() as only_here:
        only_here.setenv("STUB_IGNORE_TERM", "1")
        only_here.setenv("STUB_GRANDCHILD", "1")
        return [launcher.submit(config(number)) for number in numbers]


def _goes_on_and_stops(run) -> bool:
    """Whether a stopped run resumes after its last epoch, then stops again without force."""
    done = len(store.read(run.folder).epochs)
    launcher.resume(run)
    wait_until(lambda: len(store.read(run.folder).epochs) > done)
    launcher.end(store.read(run.folder))
    now = store.read(run.folder)
    whole = [row["epoch"] for row in now.epochs] == list(range(1, len(now.epochs) + 1))
    return whole and now.state == "stopped" and "by force" not in now.message
