"""Check a data set in a process of its own: python -m imdb_core.quality.check NAME

The process keeps its reports in files (see reports) and writes its progress beside them. Pages start it and
read the files, so no page loads scikit-learn. Called by the panel "Labels to look at" and the command
`check`.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from imdb_core import background
from imdb_core import config as configs
from imdb_core.errors import ConfigError, DataError, UserError
from imdb_core.files import write_json
from imdb_core.operating_system import processes
from imdb_core.quality import content, labels, reports
from imdb_core.quality.material import fingerprint, folder, made_folder, material
from imdb_core.runs import devices, locks

NETWORK_FOLDS, FEWEST_FOLDS, MOST_FOLDS = 3, 2, 10
PROGRESS_SECONDS = 0.5  # between two writings of the progress
# In the folder of the reports. A check that sees the file STOP ends itself, on any operating system.
PROGRESS, LOCK, LOG, STOP = "progress.json", "check.lock", "check.log", "stop"


@dataclass(frozen=True)
class CheckProgress:
    """How far a check is: its `stage`, "texts", "labels" or the name of a network, and the finished `share`.

    `seconds` have passed since the stage began.
    """

    stage: str
    share: float
    seconds: float


class Stopped(UserError):
    """The user stopped the check."""


class ProgressFile:
    """Writes a CheckProgress at most every PROGRESS_SECONDS. Raises Stopped after stop()."""

    def __init__(self, name: str, stage: str) -> None:
        self._path, self._stage = folder(name) / PROGRESS, stage
        self._began, self._written = time.monotonic(), -math.inf

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now - self._written >= PROGRESS_SECONDS:
            self._written = now
            if self._path.with_name(STOP).exists():
                raise Stopped("The check was stopped.")
            share = round(min(1.0, share), 4)
            write_json(self._path, asdict(CheckProgress(self._stage, share, round(now - self._began, 1))))


def start(name: str) -> None:
    """Check the data set `name` anew in a process of its own, unless a check of it is running.

    Raises DataError without the texts, and OSError.
    """
    require_texts(name)
    spawn(name, "imdb_core.quality.check", name)


def start_network(name: str, network: str, *, folds: int = NETWORK_FOLDS) -> None:
    """Let a network judge the training texts, see training/out_of_fold; unless a check is running.

    Raises DataError without the texts, ConfigError for a network that these texts cannot have, and OSError.
    """
    require_texts(name)
    configs.preset(network, dataset=name)
    if not FEWEST_FOLDS <= folds <= MOST_FOLDS:
        raise ConfigError(
            f"folds is {folds}; it must be between {FEWEST_FOLDS} and {MOST_FOLDS}. The default is "
            f"{NETWORK_FOLDS}."
        )
    device = devices.choose("auto", []) or "cpu"
    options = ("--folds", folds, "--device", device)
    spawn(name, "imdb_core.training.out_of_fold", name, network, *options)


def require_texts(name: str) -> None:
    """Raise DataError unless the texts are on this machine, so that a check downloads nothing."""
    if fingerprint(name) is None:
        raise DataError(f"The texts of {name!r} are not on this machine. Get them first, then check them.")


def spawn(name: str, module: str, *arguments: object) -> None:
    """Start `python -m module arguments`, which holds the lock of `name`, unless a check is running."""
    if is_running(name):
        return
    place = made_folder(name)
    (place / PROGRESS).unlink(missing_ok=True)
    _started[name] = background.spawn(module, *arguments, log=place / LOG)


def stop(name: str) -> None:
    """Ask the running check to end. Finished folds of a network stay. Raises OSError."""
    if is_running(name):
        (made_folder(name) / STOP).touch()


def is_running(name: str) -> bool:
    """Whether a process checks `name` now. A process that start() has just spawned counts too."""
    spawned = _started.get(name)
    return bool(spawned and spawned.poll() is None) or locks.held(folder(name) / LOCK)


def progress(name: str) -> CheckProgress | None:
    """How far the running check is; None before its first report."""
    try:
        stored = json.loads((folder(name) / PROGRESS).read_text("utf-8"))
        return CheckProgress(str(stored["stage"]), float(stored["share"]), float(stored["seconds"]))
    except (OSError, ValueError, TypeError, LookupError):
        return None


def failure(name: str) -> str | None:
    """Why the newest check that this process started has failed, as a sentence; None if it has not."""
    spawned = _started.get(name)
    if spawned is None or spawned.poll() in (None, 0):
        return None
    if cause := processes.ended_by(spawned.returncode):
        return f"The check was ended by {cause}; start it again."
    return f"The check failed: {background.last_line(folder(name) / LOG)}"


def compute(name: str, *, again: bool = False) -> None:
    """Write both reports on `name`, here; a stored report on the same texts is kept unless `again`.

    Waits for another check of `name`. Raises DataError and OSError.
    """
    texts = material(name)

    def write_texts() -> None:
        reports.write(reports.texts_file(name), content.report(texts, ProgressFile(name, "texts")))

    def write_labels() -> None:
        report = labels.by_counting(texts, ProgressFile(name, "labels"))
        reports.write(reports.labels_file(name, reports.COUNTING), report)

    with exclusive(name):
        if again or not reports.texts(name, texts.fingerprint):
            write_texts()
        if again or not reports.labels(name, reports.COUNTING, texts.fingerprint):
            write_labels()


def exclusive(name: str) -> locks.Lock:
    """The lock of checks of `name`; waits for the process that holds it."""
    lock = locks.hold(made_folder(name) / LOCK, seconds=math.inf, duty="checks these texts")
    (folder(name) / STOP).unlink(missing_ok=True)  # it was meant for an earlier check
    return lock


def exit_code(work: Callable[[], object]) -> int:
    """0 after `work()`, also if it was stopped; 2 after another UserError. The sentence goes to the log."""
    try:
        work()
    except Stopped as stopped:
        print(stopped, flush=True)
    except UserError as error:
        print(error, flush=True)
        return 2
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Check the data set that is named; the output goes to the log."""
    (name,) = arguments or sys.argv[1:]
    return exit_code(lambda: compute(name, again=True))


# Name of a data set -> the newest process that this process has spawned for it.
_started: dict[str, subprocess.Popen[bytes]] = {}

if __name__ == "__main__":
    sys.exit(main())
