"""Clocks that jump, odd folders and environments, a port that is taken, and two servers on one folder of
runs. See rows.py.
"""

import asyncio
import datetime
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from imdb_core import config as configs
from imdb_core import operating_system, paths
from imdb_core.runs import devices, launcher, locks, store
from tests import windows_rules
from tests.faults.made import copy_of_the_app, finished_run
from tests.faults.nursery import nursery
from tests.faults.rows import Found, finished, row, until
from tests.faults.server import Server, Visitor, broken_in_the_server, serving
from tests.faults.stopping import grandchild_of, stop_all
from tests.faults.workers import ENDLESS, alive, config, worker_of
from tests.stub_worker import use_stub

DAY = 86_400


def _shifted(seconds):
    """A datetime class whose clock is wrong by so many seconds."""

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.datetime.now(zone) + datetime.timedelta(seconds=seconds)

    return Shifted


@row(
    "I1",
    "the clock jumps by a day, the worker is suspended",
    "0 false states",
    breaks=("states by the clock",),
)
def clock_jumps(place, patch, broken):
    use_stub(patch, STUB_EPOCHS="100000")
    if broken:  # who has not written for an hour is thought to be dead
        patch.setattr(locks, "held", lambda path: path.exists() and time.time() - path.stat().st_mtime < 3600)
    over = finished_run()
    run = launcher.submit(configs.preset("lstm", dataset="demo", name="running"))
    until(lambda: store.read(run.folder).metrics)
    looks, ids = [], [store.new_id() for _ in range(1000)]
    clock, boot = time.time, psutil._pslinux.boot_time
    for jump in (DAY, -DAY):
        patch.setattr(time, "time", lambda jump=jump: clock() + jump)
        patch.setattr(store, "datetime", _shifted(jump))
        patch.setattr(
            psutil._pslinux, "boot_time", lambda jump=jump: boot() + jump
        )  # the kernel reckons it from the clock
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
    found = launcher.process(store.read(run.folder))
    launcher.stop(store.read(run.folder))
    with_stop = _within(lambda: store.read(run.folder).state == "stopped", 15)
    false = looks.count(False) + (found is None) + (not with_stop)
    what = "" if found else " (after a jump, Stop does not find its worker)"
    return Found(
        f"{false} of {len(looks) + 2} false{what}, {len(ids) - len(set(ids))} ids twice",
        not false and len(set(ids)) == len(ids),
    )


def _looks(run, over, expected) -> list[bool]:
    """Whether both runs still read as what they are, and no duration is negative."""
    listed = {one.id: one for one in launcher.runs()}
    sound = all(row["seconds"] >= 0 for row in store.read(run.folder).metrics)
    return [listed[run.id].state == expected, listed[over.id].state == "finished", sound]


def _within(condition, seconds) -> bool:
    try:
        return bool(until(condition, seconds))
    except TimeoutError:
        return False


@row(
    "I3",
    "spaces and Unicode in paths, LC_ALL=C, no HOME, a HOME that cannot be written",
    "5 of 5 start and score",
)
def odd_environments(place, patch):
    project = copy_of_the_app(place / "mit Leer zeichen é 電影")
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    cases = [
        ({}, project),
        (ascii_only, paths.PROJECT),
        ({"HOME": None}, paths.PROJECT),
        ({"HOME": "/proc/1"}, paths.PROJECT),
    ]
    cases.append(
        ({"LC_ALL": "C", "LANG": "C", "HOME": None, "IMDB_RUNS_DIR": str(place / "läufe mit")}, project)
    )
    with ThreadPoolExecutor(len(cases)) as pool:
        works = list(pool.map(lambda case: _starts_and_scores(place, *case), cases))
    return Found(
        f"{works.count('')} of {len(works)} start and score {[said for said in works if said][:1] or ''}".strip(),
        not any(works),
    )


def _starts_and_scores(place, changes, project) -> str:
    """Nothing, or what went wrong, for a server and the command line in `project` with changed variables."""
    changes = {**changes, "PYTHONPATH": str(project)}
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    command = [
        sys.executable,
        "-m",
        "imdb_core",
        "score",
        "--model",
        "pretrained/cnn_lstm_dense",
        "a fine film, naïve café",
    ]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, timeout=60, check=False)
    if done.returncode or b"%" not in done.stdout:
        return f"score: {done.stderr.decode(errors='replace')[-200:]}"
    with serving(place, project=project, changes=changes) as server:
        return finished(_scores(server))


async def _scores(server) -> str:
    visitor = await Visitor(server).open()
    await visitor.type("a fine film")
    await visitor.close()
    return "" if visitor.parts("verdict_meter") else f"no score: {server.log.read_text()[-200:]}"


NO_LOCK = """
import contextlib
from imdb_core.runs import launcher
launcher._alone = lambda seconds: contextlib.nullcontext()
"""


@row("I4", "the port is taken; two servers on one folder of runs", "a message; 0 double starts, slots kept")
def two_servers(place, patch, broken=None):
    use_stub(patch, STUB_EPOCHS="2", STUB_STEP_SECONDS="0.3")
    if broken:  # seen to miss, but a race that may end well is no test of every day
        broken_in_the_server(place, patch, NO_LOCK)
    with serving(place) as first, serving(place) as second:
        third = Server(place, port=first.port)
        code = third.process.wait(60)
        said = "not available" in third.log.read_text() or "already in use" in third.log.read_text()
        runs = [
            store.create(configs.preset("lstm", dataset="demo", name=f"run {n}"), store.new_id())
            for n in range(6)
        ]
        finished(_look_from_both(first, second, runs))
    starts = [sum(event["event"] == "started" for event in store.read(run.folder).events) for run in runs]
    double = sum(count > 1 for count in starts)
    ended = sum(store.read(run.folder).state == "finished" for run in runs)
    slots, most = devices.cpu_cores(), _most_at_once(runs)
    refused = f"exit code {code}, {'a' if said else 'NO'} message"
    figure = f"{refused}; {ended} of 6 finished, {double} started twice, {most} of {slots} slots"
    return Found(figure, bool(code) and said and not double and ended == 6 and most <= slots)


def _most_at_once(runs) -> int:
    """The most runs that were between their start and their end at one moment."""
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


@row(
    "I20",
    "no signals, process groups or shared locks, and open files are not renamed, as on Windows",
    "10 of 10 stopped, 5 by force, 0 processes alive; 5 of 5 resumed and stopped again; 10 of 10 deleted",
    breaks=("only the worker is ended",),
)
def as_on_windows(place, patch, broken):
    patch.setenv("IMDB_PORTABLE", "1")
    patch.setenv("STUB_WINDOWS_RULES", "1")
    windows_rules.obey(patch.setattr)
    patch.setattr(launcher, "STOP_SECONDS", 4)
    if broken:
        patch.setattr(operating_system, "_suspended_family", lambda process: [process])
    use_stub(patch, STUB_EPOCHS=ENDLESS, STUB_STEP_SECONDS="0.1", STUB_CHECKPOINTS="1")
    with nursery(place, patch):
        obedient = [launcher.submit(config(number)) for number in range(5)]
        stubborn = _stubborn(patch, range(5, 10))
        runs = obedient + stubborn
        until(lambda: all(store.read(run.folder).epochs for run in runs))
        processes = [worker_of(run) for run in runs] + [grandchild_of(run) for run in stubborn]
        stop_all(runs)
        living = [pid for pid in processes if alive(pid)]
        ended = [(now.state, now.message) for now in (store.read(run.folder) for run in runs)]
        resumed = sum(_goes_on_and_stops(run) for run in obedient)
        for pid in living:
            os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(alive, living)))
        for run in runs:
            store.delete(store.read(run.folder))
    stopped = sum(state == "stopped" for state, _ in ended)
    forced = sum("by force" in message for _, message in ended)
    deleted = len(runs) - len(store.runs())
    figure = f"{stopped} of 10 stopped, {forced} by force, {len(living)} processes alive; "
    figure += f"{resumed} of 5 resumed and stopped again; {deleted} of 10 deleted"
    return Found(figure, stopped == deleted == 10 and forced == resumed == 5 and not living)


def _stubborn(patch, numbers) -> list:
    """Runs whose workers ignore a stop and have started another process."""
    with patch.context() as only_here:
        only_here.setenv("STUB_IGNORE_TERM", "1")
        only_here.setenv("STUB_GRANDCHILD", "1")
        return [launcher.submit(config(number)) for number in numbers]


def _goes_on_and_stops(run) -> bool:
    """Whether a stopped run resumes after its last epoch and then stops again without force."""
    done = len(store.read(run.folder).epochs)
    launcher.resume(run)
    until(lambda: len(store.read(run.folder).epochs) > done)
    launcher.end(store.read(run.folder))
    now = store.read(run.folder)
    whole = [row["epoch"] for row in now.epochs] == list(range(1, len(now.epochs) + 1))
    return whole and now.state == "stopped" and "by force" not in now.message
