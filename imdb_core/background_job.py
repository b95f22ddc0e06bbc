"""A computation in a process of its own, which a page starts, shows and stops by reading files only.

The files of a job lie beside each other: BASE.lock, held while the process computes; BASE.log, its output;
BASE.progress.json; and BASE.stop, the user's request to stop, which works on every operating system.
Called by the baseline, the check of a data set, robustness_job and the importances of a sweep.
"""

import json
import math
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from imdb_core import background, errors, files
from imdb_core.errors import DataError, UserError
from imdb_core.operating_system import processes
from imdb_core.runs import locks

PROGRESS_SECONDS = 0.5  # between two writings of the progress
LARGEST_PROGRESS = 2**12  # bytes
LOCK, LOG, PROGRESS, STOP = ENDINGS = ".lock", ".log", ".progress.json", ".stop"  # of a job's files


class Stopped(UserError):
    """The user stopped the job."""


@dataclass(frozen=True)
class Progress:
    """How far a job is: it has done `done` of `total` parts of `stage`, in `seconds`."""

    stage: str
    done: float
    total: float
    seconds: float

    @property
    def share(self) -> float:
        """The finished part of the stage, a number from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the stage will still take at the speed so far; None at its very beginning."""
        return self.seconds * (1 - self.share) / self.share if self.share >= 0.02 else None


class Job:
    """One job; `base` is the path of its files without their ending, `noun` what sentences call it.

    `advice` ends the sentence about a process that was killed.
    """

    def __init__(self, base: Path, noun: str = "computation", *, advice: str = "Start it again.") -> None:
        self._base, self._noun, self._advice = base, noun, advice

    @property
    def log(self) -> Path:
        """Where the output of the process goes."""
        return self._file(LOG)

    def start(self, module: str, *arguments: object) -> bool:
        """Run `python -m module arguments`, unless a process computes this job now; whether it was started.

        The process must compute within exclusive(); until then it counts as running for this process only.
        Raises OSError, and DataError if the log is no file.
        """
        if self.is_running():
            return False
        self._forget()  # left by a job that was killed
        try:
            _started[self._base] = background.spawn(module, *arguments, log=self.log)
        except ValueError as error:  # a folder, a link or a pipe
            raise DataError(f"The {self._noun} cannot write its log. {error}. Remove it.") from error
        return True

    def stop(self) -> None:
        """Ask the running job to end; it does at its next report. Raises OSError."""
        if self.is_running():
            self._file(STOP).touch()

    def is_running(self) -> bool:
        """Whether a process computes the job now. A process that start() has just spawned counts too."""
        spawned = _started.get(self._base)
        return bool(spawned and spawned.poll() is None) or locks.held(self._file(LOCK))

    def is_stopping(self) -> bool:
        """Whether the running job was asked to end."""
        return self._file(STOP).exists()

    def progress(self) -> Progress | None:
        """How far the running job is; None before its first report."""
        try:
            stored = json.loads(files.read_bounded(self._file(PROGRESS), LARGEST_PROGRESS))
            numbers = [float(stored[name]) for name in ("done", "total", "seconds")]
            return Progress(str(stored["stage"]), *numbers) if all(map(math.isfinite, numbers)) else None
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def failure(self) -> str | None:
        """Why the newest process that this process started has failed, as a sentence; None if it has not."""
        spawned = _started.get(self._base)
        if spawned is None or spawned.poll() in (None, 0):
            return None
        if cause := processes.ended_by(spawned.returncode):
            return f"The {self._noun} was ended by {cause} before it was finished. {self._advice}".strip()
        try:
            line = background.last_line(self.log)
        except OSError:  # the folder was deleted meanwhile
            line = "no reason was given"
        return f"The {self._noun} failed: {line.rstrip('.')}."

    @contextmanager
    def exclusive(self, duty: str | None = None, *, spawned: bool = False) -> Iterator[None]:
        """A context in which this process alone computes the job; waits for a process that computes it now.

        `duty`: see locks.hold(). At the end, progress and request to stop are removed. If start() has
        spawned this process (`spawned`), a request that is there at the beginning counts: the user may have
        stopped the job already. Any other process, such as a command, removes it, because a job that was
        killed has left it. One request ends one process: if several wait for each other, the next one goes
        on.
        """
        with locks.hold(self._file(LOCK), math.inf, duty=duty):
            try:
                if not spawned:
                    self._forget()
                yield
            finally:
                self._forget()

    def reporter(self, stage: str) -> "Reporter":
        """The object that writes the progress of a stage, which begins now."""
        return Reporter(self._file(PROGRESS), self._file(STOP), stage, f"The {self._noun} was stopped.")

    def _forget(self) -> None:
        """Remove the request to stop and the progress."""
        self._file(STOP).unlink(missing_ok=True)
        self._file(PROGRESS).unlink(missing_ok=True)

    def _file(self, ending: str) -> Path:
        return self._base.with_name(self._base.name + ending)


class Reporter:
    """Writes the progress of a job and looks for a request to stop; each every PROGRESS_SECONDS at most."""

    def __init__(self, path: Path, request: Path, stage: str, stopped: str) -> None:
        self._path, self._request, self._stage, self._stopped = path, request, stage, stopped
        self._began = time.monotonic()
        self._written = self._checked = -math.inf

    def __call__(self, done: float, total: float = 1.0) -> None:
        """Write that `done` of `total` parts are done. Raises Stopped after Job.stop(), and OSError."""
        self.check()
        now = time.monotonic()
        if now - self._written >= PROGRESS_SECONDS:
            self._written = now
            progress = Progress(self._stage, round(done, 4), total, round(now - self._began, 1))
            files.write_json(self._path, asdict(progress))

    def check(self) -> None:
        """Raise Stopped after Job.stop(); for places between two reports."""
        now = time.monotonic()
        if now - self._checked >= PROGRESS_SECONDS:
            self._checked = now
            if self._request.exists():
                raise Stopped(self._stopped)


def exit_code(work: Callable[[], object]) -> int:
    """0 after `work()`, also if it was stopped; 2 after another UserError or OSError. Prints the sentence."""
    try:
        work()
    except Stopped as stopped:
        print(stopped, flush=True)
    except (UserError, OSError) as error:
        print(errors.sentence(error), flush=True)
        return 2
    return 0


# Base of a job's files -> the newest process that this process has spawned for it.
_started: dict[Path, subprocess.Popen[bytes]] = {}
