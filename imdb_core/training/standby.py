"""A worker that is ready before its run exists: python -m imdb_core.training.standby FOLDER --device cpu ...

It imports Keras, loads the compiled code and trains one batch of a network with random words, so that its run
begins within a second. Meanwhile a thread looks for an assignment, see runs.standby_folder; a run can be
taken from the first moment on. From then on the process is that run's worker. Without a run it ends after
IDLE_SECONDS, and when its folder, its parent process or the memory is gone. Started by runs.standby.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from imdb_core import architectures, background
from imdb_core.files import write_json
from imdb_core.operating_system import file_access
from imdb_core.operating_system.priority import LoweredPriority
from imdb_core.runs import available_memory, heartbeat, layout, locks, standby_folder, starts, store
from imdb_core.runs.cores import cpu_cores
from imdb_core.runs.reading import ID
from imdb_core.training import compiled_caches, device_setup, warm_up, worker
from imdb_core.training.recorder import RunRecorder
from imdb_core.training.worker import Chosen

IDLE_SECONDS = 300.0  # after the last sign that a page is shown from which a run may be started
POLL_SECONDS = 0.03  # between two looks for an assignment
CHECK_SECONDS = 2.0  # between two looks for a reason to end
SPARE_BYTES = 2**29  # of memory: with less available, an idle standby ends


class Job(NamedTuple):
    """The run that this process has taken."""

    run: store.Run
    lock: locks.Lock
    recorder: RunRecorder


class Standby:
    """The state of this process: idle, or the worker of `job`."""

    def __init__(self, folder: Path, lock: locks.Lock, chosen: Chosen, surroundings: str) -> None:
        self.folder, self.chosen = folder, chosen
        self.job: Job | None = None
        self._lock, self._token, self._taken = lock, secrets.token_hex(8), threading.Event()
        self._priority = LoweredPriority()
        facts = {"token": self._token, "surroundings": surroundings, **chosen._asdict()}
        self._facts = facts | background.identity()

    def wait_in_background(self) -> None:
        """Announce this standby, and look for its assignment in a thread from now on."""
        standby_folder.remove_assignment(self.folder)  # left by a launcher that was killed
        (self.folder / standby_folder.WANTED).touch()
        write_json(self.folder / standby_folder.READY, self._facts)
        signal.signal(signal.SIGTERM, lambda *_: self._asked_to_end())
        threading.Thread(target=self._wait, daemon=True).start()

    def is_taken(self) -> bool:
        """Whether a run was taken."""
        return self._taken.is_set()

    def wait(self) -> Job:
        """The job, as soon as there is one; without a job the process ends."""
        self._taken.wait()
        assert self.job is not None
        return self.job

    def end(self, code: int = 0) -> None:
        """End the process at once, whatever its other thread does."""
        with contextlib.suppress(OSError):
            file_access.remove_file(self.folder / standby_folder.READY)
        shutil.rmtree(self.folder / layout.SCRATCH, ignore_errors=True)
        os._exit(code)

    def _asked_to_end(self) -> None:
        """On SIGTERM: a run is stopped after its batch, an idle standby ends."""
        if self.job:
            self.job.recorder.stop_requested = True
        else:
            self.end()

    def _wait(self) -> None:
        """In the thread: take the first run that is assigned, or end the process."""
        try:
            signs = _Signs(self.folder)
            while not self._try_to_take():
                if signs.say_end():
                    self.end()
                time.sleep(POLL_SECONDS)
        except BaseException:  # noqa: BLE001 - the process must not stay without this thread
            traceback.print_exc()
            self.end(1)

    def _try_to_take(self) -> bool:
        """Take the assigned run, if there is one, and record that it has started."""
        assigned = standby_folder.assignment(self.folder, self._token)
        name = str(assigned["run"]) if assigned else ""
        if not assigned or not ID.fullmatch(name):
            return False
        folder = self.folder.parent / name
        log = background.opened_log(folder / layout.LOG)
        if not standby_folder.remove_assignment(self.folder):  # the launcher has given up
            log.close()
            return False
        lock = locks.hold(folder / layout.LOCK)
        run = store.read(folder)
        if heartbeat.beats_elsewhere(folder):
            self.end()
        if run.state != "starting" or starts.since_queued(run) != assigned["attempt"]:
            self.end()  # another process was started for this run meanwhile
        background.redirect_output(log)
        self._begin(Job(run, lock, RunRecorder(folder)))
        return True

    def _begin(self, job: Job) -> None:
        self._priority.restore()
        self.job = job  # from here on SIGTERM stops the run
        worker.begin(job.run, job.recorder, self.chosen, standby=True)
        file_access.remove_file(self.folder / standby_folder.READY)
        self._lock.release()
        self._taken.set()


class _Signs:
    """The reasons for which an idle standby ends; checked every CHECK_SECONDS."""

    def __init__(self, folder: Path) -> None:
        self._wanted, self._lock = folder / standby_folder.WANTED, folder / standby_folder.LOCK
        self._sign: float | None = None
        self._parent = os.getppid()
        self._since = self._looked = time.monotonic()

    def say_end(self) -> bool:
        now = time.monotonic()
        if now - self._looked < CHECK_SECONDS:
            return False
        self._looked = now
        try:
            sign = self._wanted.stat().st_mtime
        except OSError:  # the folder was removed
            return True
        if sign != self._sign:
            self._sign, self._since = sign, now
        return (
            now - self._since > IDLE_SECONDS
            or available_memory.available_bytes() < SPARE_BYTES
            or not locks.held(self._lock)  # the lock's file was removed, so another standby may start
            or os.getppid() != self._parent  # the server has ended
            or not psutil.pid_exists(self._parent)  # on Windows the number of the parent stays
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Get ready, wait for a run and train it; returns 0 unless the run failed."""
    options = _options(arguments)
    folder, chosen = options.folder.absolute(), Chosen(options.device, options.threads)
    environment = dict(os.environ)
    try:
        lock = locks.hold(folder / standby_folder.LOCK, 0)
    except locks.Held:
        return 0
    standby = Standby(folder, lock, chosen, options.surroundings)
    standby.wait_in_background()
    device_setup.prepare(*chosen)
    try:
        with compiled_caches.scratch(folder):
            warm_up.get_ready(options.network, options.dataset, chosen, standby.is_taken)
    except Exception:  # noqa: BLE001 - a run that was taken meets the error again and reports it
        traceback.print_exc()
        if not standby.is_taken():
            standby.end(1)
    job = standby.wait()
    with worker.ending(job.lock, environment):
        return worker.complete(job.run, job.recorder, chosen, lambda: None)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=cpu_cores())
    parser.add_argument("--network", choices=architectures.all_names(), required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--surroundings", required=True)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
