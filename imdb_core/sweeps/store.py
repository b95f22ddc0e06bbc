"""The folders of sweeps: create, list, find, stop and continue them. Needs no Optuna.

A sweep's folder lies in the hidden folder FOLDER of the folder of runs:
    <runs>/.sweeps/<id>/    sweep.json      written once: the SweepConfig, and a checksum
                            events.jsonl    stopped, continued, finished
"""

import json
import re
import secrets
from pathlib import Path
from typing import Any

from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.files import checksum, read_bounded, remove_own, write_json
from imdb_core.operating_system import file_access
from imdb_core.runs import journal, store
from imdb_core.runs.reading import ID
from imdb_core.sentences import Sentence
from imdb_core.sweeps.sweep import EVENTS, FILE, Sweep, SweepConfig, checked

FOLDER, LOG = ".sweeps", "proposer.log"
LARGEST = 2**20  # bytes of sweep.json
OWN = re.compile(rf"(?:{re.escape(FILE)}|{re.escape(EVENTS)})")
KINDS = ("stopped", "continued", "finished")


def root() -> Path:
    """The folder of all sweeps."""
    return paths.runs_folder() / FOLDER


def create(config: SweepConfig, id: str | None = None) -> Sweep:
    """A new sweep; if `id` exists already (a double click), the existing sweep. Raises RunError."""
    id = id or store.new_id()
    folder = root() / _checked(id)
    building = folder.with_name(f".new-{id}-{secrets.token_hex(4)}")
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


def read(folder: Path) -> Sweep:
    """The sweep in `folder`, or a Sweep whose `damaged` says why it cannot be read. Never raises."""
    try:
        document = json.loads(read_bounded(folder / FILE, LARGEST))
        values = document["sweep"]
        if document["checksum"] != checksum(values):
            return Sweep(folder, None, damaged=f"{FILE} was changed: its checksum does not fit.")
        rows = journal.rows(folder / EVENTS) if (folder / EVENTS).exists() else []
        events = [row for row in rows if row.get("event") in KINDS]
        reasons = [reason for row in events if (reason := _reason(row))]
        reported = [str(reason.values["run"]) for reason in reasons if "run" in reason.values]
        return Sweep(
            folder,
            checked(values),
            tuple(row["event"] for row in events),
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


def record(sweep: Sweep, event: str, **details: object) -> Sweep:
    """Append one of KINDS to the sweep's events. Raises RunError."""
    try:
        journal.append(sweep.folder / EVENTS, {"event": event, **details}, durable=True)
    except (OSError, ValueError) as error:
        raise RunError(store.unwritable(sweep.folder / EVENTS, error)) from error
    return read(sweep.folder)


def runs(sweep: Sweep) -> list[store.Run]:
    """The sweep's runs by their number, without those that were deleted."""
    if sweep.config is None:
        return []
    folders = [paths.runs_folder() / sweep.run_id(number) for number in range(sweep.config.runs)]
    return [store.read(folder) for folder in folders if folder.is_dir()]


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
