"""A run is a folder; this module reads folders. States are computed from events and the lock, never stored.

Called by every page, the command line, the launcher and the worker. Only `create`, `rename` and `delete` write.
"""

import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import ConfigError, RunError
from imdb_core.files import write_json
from imdb_core.runs import journal, locks

_ID = re.compile(r"[0-9]{8}-[0-9]{9}-[a-z2-7]{4}")
ACTIVE = ("starting", "running", "stopping")
ENDED = ("finished", "stopped", "failed", "interrupted")


@dataclass(frozen=True)
class Run:
    """One run as its folder shows it now; `damaged` is None or why the folder cannot be read."""

    folder: Path
    config: configs.RunConfig | None
    damaged: str | None = None

    @property
    def id(self) -> str:
        return self.folder.name

    @cached_property
    def events(self) -> list[dict]:
        return self._rows("events.jsonl")

    @cached_property
    def name(self) -> str:
        """The user's name for it, else the network's and the time of its id."""
        given = next((event.get("name") for event in reversed(self.events) if event.get("event") == "renamed"), None)
        if given is None and self.config:
            given = self.config.name
        return str(given) if given else f"{self.network} {self.id[9:11]}:{self.id[11:13]}:{self.id[13:15]}"

    @property
    def network(self) -> str:
        return self.config.network if self.config else "unknown"

    @cached_property
    def state(self) -> str:
        """queued, starting, running, stopping, finished, stopped, failed, interrupted or damaged."""
        if self.damaged:
            return "damaged"
        alive = locks.held(self.folder / "run.lock")
        kinds = [event.get("event") for event in self.events]
        current = self._turn.get("event", "queued")
        if current in ENDED:
            return "stopping" if alive and current == "stopped" else current
        if current == "queued":
            return "starting" if alive else "queued"
        if not alive:
            return "interrupted"
        return "stopping" if "stop-requested" in kinds[_last(kinds, "started") :] else "running"

    @property
    def stop_wished(self) -> bool:
        """Whether a stop was asked for since the run was last queued: a worker that starts must look, it may come too late."""
        kinds = [event.get("event") for event in self.events]
        return not {"stop-requested", "stopped"}.isdisjoint(kinds[_last(kinds, "queued") :] if "queued" in kinds else kinds)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def can_resume(self) -> bool:
        return self.state in ("interrupted", "stopped", "failed")

    def event(self, kind: str) -> dict:
        """The newest event of that kind, or {}."""
        return next((event for event in reversed(self.events) if event.get("event") == kind), {})

    @cached_property
    def ending(self) -> dict:
        """The event that ended the run (finished, stopped, failed, interrupted); {} if it was queued or started since."""
        return self._turn if self._turn.get("event") in ENDED else {}

    @cached_property
    def metrics(self) -> list[dict]:
        """Rows of metrics.jsonl that count: what an interrupted epoch had shown is dropped when the epoch was trained anew."""
        kept = []
        for row in self._rows("metrics.jsonl"):
            if not isinstance(row.get("epoch"), int):
                continue
            if row.get("kind") == "resumed":
                kept = [old for old in kept if old["epoch"] <= row["epoch"]]
            else:
                kept.append(row)
        return kept

    @property
    def epochs(self) -> list[dict]:
        """One row per finished epoch, in order."""
        return list({row["epoch"]: row for row in self.metrics if row.get("kind") == "epoch"}.values())

    @property
    def best(self) -> dict:
        """The row of the best epoch by validation loss, or {}."""
        rows = [row for row in self.epochs if isinstance(row.get("val_loss"), int | float)]
        return min(rows, key=lambda row: row["val_loss"]) if rows else {}

    @property
    def test_accuracy(self) -> float | None:
        return self.event("finished").get("test_accuracy")

    @property
    def has_model(self) -> bool:
        return (self.folder / "model.json").is_file()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of worker.log."""
        try:
            with open(self.folder / "worker.log", "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 200 * lines))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""

    def summary(self) -> dict:
        """What `runs --json` and the tables show: plain values only."""
        return {
            "id": self.id,
            "name": self.name,
            "network": self.network,
            "state": self.state,
            "epochs": self.epochs,
            "best_epoch": self.best.get("epoch"),
            "val_accuracy": self.best.get("val_accuracy"),
            "test_accuracy": self.test_accuracy,
            "message": self.damaged or self.ending.get("message"),
        }

    @cached_property
    def _turn(self) -> dict:
        """The newest event that decides the state, or {}."""
        deciding = ("queued", "started", *ENDED)
        return next((event for event in reversed(self.events) if event.get("event") in deciding), {})

    def _rows(self, name: str) -> list[dict]:
        try:
            return journal.rows(self.folder / name)
        except OSError:
            if not self.damaged:  # which says why already
                raise
            return []


def new_id() -> str:
    """An id that sorts by time and cannot collide by chance within a millisecond."""
    random = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(4))
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S%f")[:18] + "-" + random


def create(config: configs.RunConfig, id: str) -> Run:
    """The folder of a new run, queued; if `id` exists already (a double click), that run as it is."""
    folder = paths.runs_folder() / _checked_id(id)
    building = folder.with_name(f".new-{id}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        building.mkdir(parents=True)
        write_json(building / "config.json", {"format": 1, "config": config.model_dump()})
        record(building, "queued")
        building.rename(folder)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        if not (folder / "config.json").exists():
            raise RunError(
                f"The run could not be written to {folder.parent}: {error.strerror}. Make room or set IMDB_RUNS_DIR."
            ) from error
    return read(folder)


def record(folder: Path, event: str, **details):
    """Append one event with its UTC time, on the disk when this returns. Raises RunError when it cannot be written."""
    row = {"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **details}
    try:
        journal.append(folder / "events.jsonl", row, durable=True)
    except OSError as error:
        raise RunError(f"{folder / 'events.jsonl'} cannot be written: {error.strerror}. Make room, then try again.") from error


def find(id: str) -> Run:
    """The run called `id`; raises RunError for an unknown one. Ids are names, never paths."""
    folder = paths.runs_folder() / _checked_id(id)
    if not folder.is_dir():
        raise RunError(f"There is no run {id}; `python -m imdb_core runs` and the Runs page list those there are.")
    return read(folder)


def read(folder: Path) -> Run:
    """The run in `folder`, or a Run that says why it is damaged; never raises for what a folder holds."""
    try:
        text = (folder / "config.json").read_text("utf-8")
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("format") != 1:
            return Run(folder, None, "config.json is not a run's config of format 1.")
        return Run(folder, configs.read(json.dumps(document.get("config"))), _damage(folder))
    except FileNotFoundError:
        return Run(folder, None, "config.json is missing.")
    except OSError as error:
        return Run(folder, None, f"config.json cannot be read: {error.strerror}.")
    except (ValueError, RecursionError):
        return Run(folder, None, "config.json is not JSON text.")
    except ConfigError as error:
        return Run(folder, None, f"config.json: {error}")


def runs() -> list[Run]:
    """All runs, newest first, damaged ones included."""
    root = paths.runs_folder()
    if not root.is_dir():
        return []
    folders = [entry for entry in os.scandir(root) if not entry.name.startswith(".") and entry.is_dir()]
    return [read(Path(entry.path)) for entry in sorted(folders, key=lambda entry: entry.name, reverse=True)]


def rename(run: Run, name: str):
    """Give the run another name of at most 80 characters; raises ConfigError."""
    if run.config is None:
        raise RunError(f"Run {run.id} is damaged ({run.damaged}) and cannot be renamed; it can be deleted.")
    run.config.changed(name=name)
    record(run.folder, "renamed", name=name)


def delete(run: Run):
    """Remove the run's folder; raises RunError while a worker is alive. The folder leaves the list at once, then its files go."""
    if locks.held(run.folder / "run.lock"):
        raise RunError(f"Run {run.name} is still training; stop it first, then delete it.")
    trash = run.folder.with_name(f".trash-{run.id}-{secrets.token_hex(4)}")
    try:
        run.folder.rename(trash)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"Run {run.name} could not be deleted: {error.strerror} ({run.folder}).") from error
    shutil.rmtree(trash, ignore_errors=True)


def _damage(folder: Path) -> str | None:
    events = folder / "events.jsonl"
    try:
        if not journal.rows(events):
            return "events.jsonl is missing or holds no event."
        journal.rows(folder / "metrics.jsonl")
    except OSError as error:
        return f"{Path(error.filename or events).name} cannot be read: {error.strerror}."
    return None


def _checked_id(id: str) -> str:
    if not _ID.fullmatch(id):
        raise RunError(f"{id[:60]!r} is not a run's id; ids look like 20260131-120000000-abcd.")
    return id


def _last(kinds: list, kind: str) -> int:
    return len(kinds) - 1 - kinds[::-1].index(kind)
