"""Workers that run out of memory, cannot start, do not answer, or print without end."""

import os
import signal
import subprocess
import sys
import time

from imdb_core import background
from imdb_core.runs import launcher, layout, locks, progress, store
from imdb_core.sentences import Sentence
from tests import apptest
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile
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
    if broken:  # the exit code of the child process is not read
        patch.setattr(launcher.workers, "end_message", lambda run: Sentence("ended_silently"))
    page = apptest.opened("runs")
    seconds = []
    with forked_stub_workers(place, patch):
        count = 4 if broken else 20
        runs = [launcher.submit(config(number, batch_size=100 + number)) for number in range(count)]
        while not all(store.read(run.folder).ending for run in runs):
            began = time.monotonic()
            page.run()
            seconds.append(time.monotonic() - began)
    p95 = percentile(seconds, 0.95)
    right = sum(_names_memory(store.read(run.folder)) for run in runs)
    figure = f"{right} of {len(runs)} runs name the cause, pages answer within {p95:.2f} s"
    return Outcome(figure, right == len(runs) and p95 < 1 and not page.exception)


def _names_memory(run) -> bool:
    """Whether the run's message names signal, memory and the batch size, and the run can be resumed."""
    parts = ("killed by signal 9", "memory", f"batch_size {run.config.batch_size}")
    return all(part in (run.message or "") for part in parts) and run.can_resume


@row(
    "A4",
    "a worker cannot start",
    "the run has failed within 10 s and shows the last lines of its log",
    breaks=("no exit code",),
)
def cannot_start(place, patch, broken):
    patch.setattr(launcher.workers, "START_SECONDS", 1 if broken else 5)
    (place / "tensorflow").mkdir()
    (place / "tensorflow" / "__init__.py").write_text(
        "raise ImportError('libcudart.so.12: cannot open shared object file')"
    )
    use_stub(patch)
    patch.setenv("PYTHONPATH", f"{place}{os.pathsep}{os.environ['PYTHONPATH']}")
    if broken:  # a worker that has ended is taken for a worker that is still starting
        patch.setattr(subprocess.Popen, "poll", lambda self: None)
    cases = [("no_such_module", "", "No module named"), ("stub_worker", "start", "told to fail")]
    cases += [] if broken else [("imdb_core.training.worker", "", "libcudart.so.12")]
    seconds = [
        _seconds_to_failure(patch, number, 0.1 if broken else 20, *case) for number, case in enumerate(cases)
    ]
    times = ", ".join("never" if duration is None else f"{duration:.1f}" for duration in seconds)
    held = all(duration is not None and duration <= 10 for duration in seconds)
    return Outcome(f"failed and showed their logs after {times} s", held)


def _seconds_to_failure(patch, number, patience, module, crash, log) -> float | None:
    """Seconds until the run has failed and its log tail holds `log`; None after `patience` seconds."""
    patch.setattr(launcher.workers, "WORKER", module)
    patch.setenv("STUB_CRASH", crash)
    began = time.monotonic()
    run = launcher.submit(config(number))

    def has_failed():  # a worker records that it failed before it writes the last line of its log
        now = store.read(run.folder)
        return now.state == "failed" and log in now.log_tail()

    try:
        wait_until(has_failed, patience)
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
    figure = f"{len(ends | later)} of {2 * half} shown as ended, {silent} as not responding, "
    figure += f"{again} of {half} as running again"
    return Outcome(figure, not ends | later and silent == 2 * half and again == half)


def _heartbeat(path) -> bool:
    """The broken variant: a worker is alive if it wrote a row within the last second."""
    rows = path.with_name(layout.METRICS)
    return rows.exists() and time.time() - rows.stat().st_mtime < 1


def _signal(workers, number) -> None:
    for worker in workers:
        os.kill(worker, number)


def _watched(seconds) -> tuple[set, dict]:
    """(ids of runs that were shown as ended at any moment, id -> what the run was shown to do last)."""
    ended, doing, deadline = set(), {}, time.monotonic() + seconds
    while time.monotonic() < deadline:
        for run in launcher.runs():
            doing[run.id] = progress.progress(run).activity
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
    variant = "log without end" if broken == "log without end" else None
    use_stub(patch, STUB_EPOCHS="2", STUB_CHATTER="64", STUB_BROKEN=variant)
    if broken == "undrained pipe":
        patch.setattr(background, "spawn", _spawn_with_pipe)
    run = launcher.submit(config(1))
    try:
        state = settled(run, 3 if broken else 60).state
    except TimeoutError:
        state = store.read(run.folder).state
    log = run.folder / layout.LOG
    size = log.stat().st_size if log.exists() else 0
    figure = f"the run is {state}, with {size / 2**20:.1f} MiB of log"
    return Outcome(figure, state == "finished" and 0 < size <= background.LARGEST_LOG)


def _spawn_with_pipe(module, *arguments, log):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
