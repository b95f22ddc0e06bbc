"""A worker runs out of memory, cannot start, or does not answer."""

import os
import signal
import subprocess
import sys
import time

from imdb_core import background
from imdb_core.runs import launcher, locks, progress, store
from tests import apptest
from tests.faults.rows import Outcome, row
from tests.faults.support.forked_stub_workers import forked_stub_workers
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import ENDLESS, config, settled, worker_of
from tests.stub_worker import use_stub


@row(
    "A3",
    "a worker is killed because memory ran out",
    "20 of 20 runs name the cause; pages answer within 1 s (p95) meanwhile",
    breaks=("no child",),
)
def run_out_of_memory(place, patch, broken):
    use_stub(patch, STUB_CRASH="memory", STUB_STEP_SECONDS="0.5")
    if broken:  # nobody asks how the child ended
        patch.setattr(launcher, "_how_it_ended", lambda run: "The training process ended without notice.")
    page = apptest.opened("runs")
    seconds = []
    with forked_stub_workers(place, patch):
        runs = [
            launcher.submit(config(number, batch_size=100 + number)) for number in range(4 if broken else 20)
        ]
        while not all(store.read(run.folder).ending for run in runs):
            began = time.monotonic()
            page.run()
            seconds.append(time.monotonic() - began)
    p95 = sorted(seconds)[int(0.95 * len(seconds))]
    right = sum(_blames_memory(store.read(run.folder)) for run in runs)
    figure = f"{right} of {len(runs)} right, pages within {p95:.2f} s"
    return Outcome(figure, right == len(runs) and p95 < 1 and not page.exception)


def _blames_memory(run) -> bool:
    said = run.ending.get("message", "")
    return (
        "killed by signal 9" in said
        and "memory" in said
        and f"batch_size {run.config.batch_size}" in said
        and run.can_resume
    )


@row(
    "A4",
    "a worker cannot start",
    "the run has failed within 10 s and shows the last lines of its log",
    breaks=("no exit code",),
)
def cannot_start(place, patch, broken):
    patch.setattr(launcher, "START_SECONDS", 1 if broken else 5)
    (place / "tensorflow").mkdir()
    (place / "tensorflow" / "__init__.py").write_text(
        "raise ImportError('libcudart.so.12: cannot open shared object file')"
    )
    use_stub(patch)
    patch.setenv("PYTHONPATH", f"{place}{os.pathsep}{os.environ['PYTHONPATH']}")
    if broken:  # a worker that has ended is taken for one that is still starting
        patch.setattr(subprocess.Popen, "poll", lambda self: None)
    cases = [("no_such_module", "", "No module named"), ("stub_worker", "start", "told to fail")]
    cases += [] if broken else [("imdb_core.training.worker", "", "libcudart.so.12")]
    seconds = [
        _seconds_to_failure(patch, number, 0.1 if broken else 20, *case) for number, case in enumerate(cases)
    ]
    told = [f"{one:.1f}" if one is not None else "never" for one in seconds]
    return Outcome(
        f"failed with their logs after {', '.join(told)} s",
        all(one is not None and one <= 10 for one in seconds),
    )


def _seconds_to_failure(patch, number, patience, module, crash, log) -> float | None:
    """Until a worker that cannot start is a failed run which shows `log`; None if that does not come in
    `patience` seconds.
    """
    patch.setattr(launcher, "WORKER", module)
    patch.setenv("STUB_CRASH", crash)
    began = time.monotonic()
    run = launcher.submit(config(number))

    def shown():  # a worker notes that it failed before it has written the last line of its log
        found = store.read(run.folder)
        return found.state == "failed" and log in found.log_tail()

    try:
        wait_until(shown, patience)
    except TimeoutError:
        return None
    return time.monotonic() - began


@row(
    "A5",
    "a worker is suspended for 10 s, or waits for itself (deadlock)",
    "0 of 20 shown as ended; shown as not responding, and as running once it goes on",
    breaks=("liveness by heartbeat",),
)
def hang(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS)
    patch.setattr(progress, "SILENT_SECONDS", 2)
    if broken:
        patch.setattr(locks, "held", _heartbeat)
    with forked_stub_workers(place, patch):
        half = 2 if broken else 10
        suspended = [launcher.submit(config(number)) for number in range(half)]
        patch.setenv("STUB_HANG", "1")
        stuck = [launcher.submit(config(half + number)) for number in range(half)]
        wait_until(lambda: broken or all(store.read(run.folder).epochs for run in stuck), 20)
        workers = [worker_of(run) for run in suspended]
        _signal(workers, signal.SIGSTOP)
        ends, doing = _watched(4 if broken else 10)
        silent = sum(words.startswith("not responding") for words in doing.values())
        _signal(workers, signal.SIGCONT)
        later, doing = _watched(1)
        again = sum(doing.get(run.id) == "training" for run in suspended)
    figure = f"{len(ends | later)} of {2 * half} ended falsely, {silent} said not to respond, {again} of {half} running again"
    return Outcome(figure, not ends | later and silent == 2 * half and again == half)


def _heartbeat(path) -> bool:
    """The naive idea of being alive: a row was written within the last second."""
    rows = path.with_name("metrics.jsonl")
    return rows.exists() and time.time() - rows.stat().st_mtime < 1


def _signal(workers, number) -> None:
    for worker in workers:
        os.kill(worker, number)


def _watched(seconds) -> tuple[set, dict]:
    """(runs that were shown as ended at any moment, what each was shown to do at last)."""
    ended, doing, deadline = set(), {}, time.monotonic() + seconds
    while time.monotonic() < deadline:
        for run in launcher.runs():
            doing[run.id] = progress.progress(run).doing
            if not run.active:
                ended.add(run.id)
        time.sleep(0.1)
    return ended, doing


@row(
    "A10",
    "a worker prints 64 MiB and no process reads it",
    "the run finishes, its log stays within 4 MiB",
    breaks=("undrained pipe", "log without end"),
)
def print_a_lot(place, patch, broken):
    use_stub(
        patch,
        STUB_EPOCHS="2",
        STUB_CHATTER="64",
        STUB_BROKEN="log without end" if broken == "log without end" else None,
    )
    if broken == "undrained pipe":
        patch.setattr(background, "spawn", _spawn_with_pipe)
    run = launcher.submit(config(1))
    try:
        state = settled(run, 3 if broken else 60).state
    except TimeoutError:
        state = store.read(run.folder).state
    size = (run.folder / "worker.log").stat().st_size if (run.folder / "worker.log").exists() else 0
    figure = f"{state}, {size / 2**20:.1f} MiB of log at the end"
    return Outcome(figure, state == "finished" and 0 < size <= background.LARGEST_LOG)


def _spawn_with_pipe(module, *arguments, log):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
