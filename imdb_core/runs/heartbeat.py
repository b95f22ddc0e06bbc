"""The heartbeat of a worker: a file in the run's folder with a number that grows while the worker lives.

Locks on a network disk may not hold between machines, and the clocks of machines differ. So a process on
another machine looks whether the number changes, and measures the time by its own clock. Written by the
worker, read by places.here and by the worker that starts.
"""

import contextlib
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imdb_core import temporary
from imdb_core.files import read_bounded
from imdb_core.operating_system import file_access, machine
from imdb_core.runs import layout

SECONDS = 2.0  # between two beats
SILENT_SECONDS = 30.0  # without a beat a worker is no longer known to live: an import may hold its beat up
LISTEN_SECONDS = 7.0  # how long a worker that starts listens for the beat of a worker elsewhere
LARGEST = 4096  # bytes


class Beating:
    """Writes the heartbeat in a thread of this process, which is the run's worker, until end()."""

    def __init__(self, folder: Path) -> None:
        self._path, self._ended = folder / layout.HEARTBEAT, threading.Event()
        self._facts = {**machine.identity(), "pid": os.getpid()}
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Write no further beat, and remove the file. Call it before the run's lock is freed."""
        self._ended.set()
        self._thread.join(SECONDS)  # a network disk may hold it up for longer
        with contextlib.suppress(OSError):
            file_access.remove_file(self._path)

    def _beat(self) -> None:
        counter = 0
        while not self._ended.is_set():
            counter += 1
            with contextlib.suppress(OSError):  # a full disk: the training goes on
                self._write({**self._facts, "counter": counter})
            self._ended.wait(SECONDS)

    def _write(self, beat: dict[str, Any]) -> None:
        """Replace the file, without waiting for the disk: after a power failure no worker lives."""
        beside = temporary.beside(self._path)
        try:
            beside.write_text(json.dumps(beat), "utf-8")
            file_access.replace_file(beside, self._path)
        finally:
            beside.unlink(missing_ok=True)  # missing unless a step above failed


@dataclass
class _Heard:
    """The newest beat that this process has read of a run; times by its monotonic clock."""

    beat: dict[str, Any] | None = None
    changed: float | None = None  # None: it was the same at every look
    silent_since: float = field(default_factory=time.monotonic)


def begin(folder: Path) -> None:
    """Show from now on that this process trains the run in `folder`."""
    end()
    _beating.append(Beating(folder))


def end() -> None:
    """Show no longer that this process trains a run."""
    while _beating:
        _beating.pop().end()


def alive(folder: Path, owner: Mapping[str, Any]) -> bool | None:
    """True if the worker on the machine `owner` has beaten within SILENT_SECONDS; None if it has not.

    None is no proof that it has ended. A change between two looks counts from the second look. The first look
    of a process sees no change, so it compares times that both come from the clock of the disk. Never raises.
    """
    heard, now, beat = _heard.setdefault(folder, _Heard()), time.monotonic(), _read(folder)
    if beat is None and not os.path.exists(folder / layout.HEARTBEAT):  # the worker ended and removed it
        heard.beat = heard.changed = None
    elif beat and beat.get("host") == owner.get("host") and beat != heard.beat:
        if heard.beat is not None:
            heard.changed = heard.silent_since = now
        elif (age := _age(folder)) is not None and age <= SILENT_SECONDS:  # an old beat proves no silence
            heard.changed = now - age
        heard.beat = beat
    return True if heard.changed is not None and now - heard.changed <= SILENT_SECONDS else None


def silent_seconds(folder: Path) -> float:
    """How long this process has seen no change of the heartbeat, after calls of alive()."""
    heard = _heard.get(folder)
    return time.monotonic() - heard.silent_since if heard else 0.0


def beats_elsewhere(folder: Path, seconds: float = LISTEN_SECONDS) -> bool:
    """Whether a worker on another machine trains the run: its heartbeat changes within `seconds`.

    Returns at once if there is no heartbeat of another machine: a worker that ends removes its heartbeat.
    """
    first, deadline = _read(folder), time.monotonic() + seconds
    while first and not machine.is_this(first) and time.monotonic() < deadline:
        time.sleep(0.1)
        beat = _read(folder)
        if beat is not None and beat != first:
            return not machine.is_this(beat)
    return False


def _age(folder: Path) -> float | None:
    """Seconds since the newest beat by the clock of the disk; None if they cannot be told.

    The disk gives a file that is touched its own time. A beat from the future was not dated by the disk.
    """
    try:
        os.utime(folder / layout.LOCK)
        now, beat = (os.stat(folder / name).st_mtime for name in (layout.LOCK, layout.HEARTBEAT))
    except OSError:  # missing, or this user may not write there
        return None
    return max(0.0, now - beat) if now - beat > -SECONDS else None


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        beat = json.loads(read_bounded(folder / layout.HEARTBEAT, LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    return beat if isinstance(beat, dict) and beat.get("host") is not None else None


_heard: dict[Path, _Heard] = {}  # by the run's folder
_beating: list[Beating] = []  # of this process, at most one
