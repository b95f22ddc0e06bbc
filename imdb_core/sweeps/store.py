"""The folders of sweeps: create, list, find and delete them, and append events. Needs no Optuna.

A sweep's folder lies in the hidden folder FOLDER of the folder of runs:
    <runs>/.sweeps/<id>/    sweep.json          written once: the SweepConfig, and a checksum
                            events.jsonl        stopped, continued, finished, chosen; each with UTC time
                            importances.json    see importances.py, which also keeps a lock and a log here
"""

import json
import os
import re
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imdb_core import background_job, paths, temporary
from imdb_core.errors import RunError
from imdb_core.file_cache import Stamp
from imdb_core.files import DESKTOP, checksum, leftovers, read_bounded, remove_own, write_json
from imdb_core.operating_system import file_access
from imdb_core.runs import journal, layout, store
from imdb_core.runs.reading import ID
from imdb_core.sentences import Sentence
from imdb_core.sweeps.sweep import EVENTS, FILE, Chosen, Sweep, SweepConfig, checked, membership

FOLDER, LOG = ".sweeps", "proposer.log"
LARGEST = 2**20  # bytes of sweep.json
IMPORTANCES = "importances.json"
_JOB = (f"importances{ending}" for ending in background_job.ENDINGS)  # of importances.job()
_FILES = "|".join(map(re.escape, (FILE, EVENTS, IMPORTANCES, *_JOB)))
OWN = re.compile(rf"(?:{_FILES}|{temporary.names_of(_FILES)}|{DESKTOP})")
STATE_EVENTS, CHOSEN = ("stopped", "continued", "finished"), "chosen"
CACHED_RUNS = 10_000  # ended runs of sweeps, about 4 kB each


def root() -> Path:
    """The folder of all sweeps."""
    return paths.runs_folder() / FOLDER


def create(config: SweepConfig, id: str | None = None) -> Sweep:
    """A new sweep; if `id` exists already (a double click), the existing sweep. Raises RunError."""
    id = id or store.new_id()
    folder = root() / _checked(id)
    building = temporary.beside(folder)
    try:
        building.mkdir(parents=True)
        values = config.model_dump(mode="json")
        write_json(building / FILE, {"format": 1, "sweep": values, "checksum": checksum(values)})
        file_access.move_folder(building, folder)
    except OSError as error:
        remove_own(building, OWN)
        if not (folder / FILE).exists():
            raise RunError(
                f"The sweep could not be written to {folder.parent}: {error.strerror}. Make room or set "
                "IMDB_RUNS_DIR."
            ) from error
    return read(folder)


def remove_leftovers() -> None:
    """Remove the folders that killed processes left while they created a sweep."""
    for path in leftovers(root(), ID.pattern):
        remove_own(path, OWN)


def read(folder: Path) -> Sweep:
    """The sweep in `folder`, or a Sweep whose `damaged` says why it cannot be read. Never raises."""
    try:
        document = json.loads(read_bounded(folder / FILE, LARGEST))
        values = document["sweep"]
        if document["checksum"] != checksum(values):
            return Sweep(folder, None, damaged=f"{FILE} was changed: its checksum does not fit.")
        rows = journal.rows(folder / EVENTS) if (folder / EVENTS).exists() else []
        events = [row for row in rows if row.get("event") in STATE_EVENTS]
        stops = [str(row.get("time", "")) for row in events if row["event"] == "stopped"]
        reasons = [reason for row in events if (reason := _reason(row))]
        reported = [str(reason.values["run"]) for reason in reasons if "run" in reason.values]
        return Sweep(
            folder,
            checked(values),
            tuple(row["event"] for row in events),
            stopped_at=stops[-1] if stops else "",
            chosen=tuple(
                Chosen(int(row["setting"]), tuple(id for id in row["runs"] if ID.fullmatch(id)))
                for row in rows
                if row.get("event") == CHOSEN
            ),
            reason=_reason(events[-1]) if events else None,
            reported=max(reported, default=""),
        )
    except OSError as error:
        return Sweep(folder, None, damaged=f"{FILE} cannot be read: {error.strerror}.")
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        return Sweep(folder, None, damaged=f"{FILE} is no sweep: {error}")


def sweeps() -> list[Sweep]:
    """All sweeps, newest first, damaged ones included."""
    try:
        folders = [folder for folder in root().iterdir() if ID.fullmatch(folder.name)]
    except OSError:
        return []
    return [read(folder) for folder in sorted(folders, reverse=True)]


def unfinished() -> list[Sweep]:
    """The sweeps that may still propose a run, oldest first."""
    return [sweep for sweep in reversed(sweeps()) if sweep.state == "running"]


def find(id: str) -> Sweep:
    """The sweep with this id. Raises RunError."""
    folder = root() / _checked(id)
    if not folder.is_dir():
        raise RunError(f"There is no sweep {id}; `python -m imdb_core sweeps` lists the ids.")
    return read(folder)


def known(id: str) -> Sweep | None:
    """The sweep with this id; None if there is none, or if `id` is no id."""
    return read(root() / id) if ID.fullmatch(id) and (root() / id).is_dir() else None


def record(sweep: Sweep, event: str, **details: object) -> Sweep:
    """Append an event, one of STATE_EVENTS or CHOSEN. Raises RunError."""
    row = {"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **details}
    try:
        journal.append(sweep.folder / EVENTS, row, durable=True)
    except (OSError, ValueError) as error:
        raise RunError(store.unwritable(sweep.folder / EVENTS, error)) from error
    return read(sweep.folder)


def runs(sweep: Sweep) -> list[store.Run]:
    """The sweep's runs by their number, without those that were deleted.

    A run that has ended is read only once, until its files change.
    """
    try:
        present = set(os.listdir(paths.runs_folder()))
    except OSError:
        return []
    folder = paths.runs_folder()
    return [_read_run(folder / id) for id in sweep.run_ids if id in present]


def remaining_runs(sweep: Sweep) -> list[store.Run]:
    """As runs(); also for a damaged sweep, whose runs are found by what they recorded."""
    if sweep.config:
        return runs(sweep)
    return [run for run in store.runs() if (membership(run) or ("", 0))[0] == sweep.id]


def remove(sweep: Sweep) -> None:
    """Remove the sweep's folder; its runs stay. Raises RunError if the folder holds foreign files."""
    if not remove_own(sweep.folder, OWN, last=FILE):
        raise RunError(
            f"The sweep's folder {sweep.folder} holds files that this app did not create, or cannot be "
            "removed. Move these files elsewhere, then delete the sweep again."
        )


def _read_run(folder: Path) -> store.Run:
    try:
        stamp = Stamp.of(folder / layout.EVENTS, folder / layout.METRICS)
    except OSError:  # a run without a row
        return store.read(folder)
    with _lock:
        known, run = _ended.get(folder, (None, None))
    if run is None or known != stamp:
        run = store.read(folder, thorough=False)
        if run.state in store.ENDED and run.ending.get("event") == run.state:
            with _lock:
                _ended[folder] = (stamp, run)
                while len(_ended) > CACHED_RUNS:
                    _ended.popitem(last=False)
    return run


# Folder of a run that has ended -> (stamp of its files, the run).
_ended: OrderedDict[Path, tuple[Stamp, store.Run]] = OrderedDict()
_lock = threading.Lock()


def _reason(event: dict[str, Any]) -> Sentence | None:
    """Why the sweep stopped itself; None for an event of the user's."""
    code, values = event.get("code"), event.get("values", {})
    if not isinstance(code, str) or not isinstance(values, dict):
        return None
    return Sentence(code, **{str(name): value for name, value in values.items()})


def _checked(id: str) -> str:
    if not ID.fullmatch(id):
        raise RunError(f"{id[:60]!r} is not a sweep's id; ids look like 20260131-120000000-abcdefgh.")
    return id
