"""Compute how easily a run is fooled, in a process of its own. Called by "Look into a run" and by `fool`.

The process writes its progress to the cache folder and the figure to the run's folder. Killed in the middle,
it writes no figure and leaves an earlier one as it was. It can be started again.
"""

import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from imdb_core import background, errors, files, paths
from imdb_core.errors import DataError, UserError
from imdb_core.evaluation import robustness
from imdb_core.evaluation.robustness import Robustness
from imdb_core.operating_system import processes, resources
from imdb_core.runs import locks, store
from imdb_core.runs.run import Run

PROGRESS_SECONDS = 0.5  # between two writings of the progress
LARGEST_PROGRESS = 2**12  # bytes
NICENESS = 10  # so that visitors who type are answered first
LOCK, LOG, PROGRESS, STOP = ".lock", ".log", ".progress.json", ".stop"  # endings of the files of a job


@dataclass(frozen=True)
class Done:
    """How far a job is: it has tried `texts` of `total` texts in `seconds`."""

    texts: int
    total: int
    seconds: float


class Stopped(UserError):
    """The user stopped the job."""


def start(run: Run) -> None:
    """Compute the figure of `run` anew in a process of its own, unless a process computes it now.

    Raises DataError if it cannot be computed here, and OSError.
    """
    if reason := robustness.why_not(run):
        raise DataError(reason)
    if is_running(run):
        return
    paths.cache_folder().mkdir(parents=True, exist_ok=True)
    _file(run.folder, STOP).unlink(missing_ok=True)
    _file(run.folder, PROGRESS).unlink(missing_ok=True)
    _started[run.folder] = background.spawn(
        "imdb_core.evaluation.robustness_job", run.folder, log=_file(run.folder, LOG)
    )


def stop(run: Run) -> None:
    """Ask the running job to end; it does within seconds, and leaves no figure. Raises OSError."""
    if is_running(run):
        _file(run.folder, STOP).touch()


def is_running(run: Run) -> bool:
    """Whether a process computes the figure now. A process that start() has just spawned counts too."""
    spawned = _started.get(run.folder)
    return bool(spawned and spawned.poll() is None) or locks.held(_file(run.folder, LOCK))


def is_stopping(run: Run) -> bool:
    """Whether the running job was asked to end."""
    return _file(run.folder, STOP).exists()


def progress(run: Run) -> Done | None:
    """How far the running job is; None before its first report."""
    try:
        stored = json.loads(files.read_bounded(_file(run.folder, PROGRESS), LARGEST_PROGRESS))
        return Done(int(stored["texts"]), int(stored["total"]), float(stored["seconds"]))
    except (OSError, ValueError, TypeError, LookupError):
        return None


def failure(run: Run) -> str | None:
    """Why the newest job that this process started has failed, as a sentence; None if it has not."""
    spawned = _started.get(run.folder)
    if spawned is None or spawned.poll() in (None, 0):
        return None
    if cause := processes.ended_by(spawned.returncode):
        return f"The computation was ended by {cause}; no figure was kept. Start it again."
    return f"The computation failed: {background.last_line(_file(run.folder, LOG))}"


def compute(run: Run, report: robustness.Progress) -> Robustness:
    """Compute and keep the figure here. `report` is called with (texts, total).

    Waits for another process that computes it. Raises as robustness.compute(), and Stopped after stop().
    """
    paths.cache_folder().mkdir(parents=True, exist_ok=True)
    with locks.hold(_file(run.folder, LOCK), math.inf, duty="tries to turn the verdicts of this run"):
        try:
            reporter = _Reporter(run.folder, report)
            return robustness.compute(run, reporter.report, reporter.check)
        finally:
            _file(run.folder, STOP).unlink(missing_ok=True)
            _file(run.folder, PROGRESS).unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Compute the figure of the run in the folder that is named; the output goes to the log."""
    (folder,) = arguments or sys.argv[1:]
    resources.yield_to_others(NICENESS)
    try:
        print(compute(store.read(Path(folder)), lambda texts, total: None), flush=True)
    except Stopped as stopped:
        print(stopped, flush=True)
    except (UserError, OSError) as error:
        print(errors.sentence(error), flush=True)
        return 2
    return 0


class _Reporter:
    """Writes the progress, and looks whether the user has asked for the end; each every PROGRESS_SECONDS."""

    def __init__(self, folder: Path, report: robustness.Progress) -> None:
        self._folder, self._report = folder, report
        self._began = time.monotonic()
        self._written = self._checked = -math.inf

    def report(self, texts: int, total: int) -> None:
        """Write the progress. Raises OSError."""
        self._report(texts, total)
        now = time.monotonic()
        if now - self._written >= PROGRESS_SECONDS:
            self._written = now
            done = Done(texts, total, round(now - self._began, 1))
            files.write_json(_file(self._folder, PROGRESS), asdict(done))

    def check(self) -> None:
        """Raise Stopped after stop()."""
        now = time.monotonic()
        if now - self._checked >= PROGRESS_SECONDS:
            self._checked = now
            if _file(self._folder, STOP).exists():
                raise Stopped("The computation was stopped; no figure was kept.")


# Folder of a run -> the newest process that this process has spawned for it.
_started: dict[Path, subprocess.Popen[bytes]] = {}


def _file(folder: Path, ending: str) -> Path:
    """A file of the job of the run in `folder`; two folders of one name, here and elsewhere, differ."""
    return paths.cache_folder() / f"robustness-{folder.name}-{files.checksum(str(folder))[:8]}{ending}"


if __name__ == "__main__":
    sys.exit(main())
