"""Which files this app writes into a run's folder, and how it recognises its own folders.

The app removes nothing else. The file that proves that a folder is a run is removed last: if a process is
killed while it removes a folder, the next sweep still recognises the rest. Called by store, the launcher,
checkpoints and the export.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from imdb_core import config as configs
from imdb_core import files, temporary
from imdb_core.errors import ConfigError, RunError
from imdb_core.runs import layout

ID = r"[0-9]{8}-[0-9]{9}-[a-z2-7]{8}"
MARKER_TEXT = "A run of Sequence lab, which made this folder. Delete the run on the app's page of all runs.\n"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")
# The fields of a run's first event; a run of a sweep has more of them than other runs.
FIRST_EVENT = {"event", "time", "sweep", "number", "best_of", "setting"}
LARGEST_CONFIG, LARGEST_LINE = 2**20, 2**16  # bytes

CHECKPOINT, UNFINISHED_CHECKPOINT = r"epoch-[0-9]{3,}", r"\.epoch-[0-9]{3,}\.(?:tmp|old)"
EPOCH_MODEL = r"epoch-[0-9]{3,}\.onnx"
ANYTHING, NOTHING = re.compile("(?s:.+)"), re.compile("(?!)")


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


def _any_of(names: tuple[str, ...]) -> str:
    return _any(*map(re.escape, names))


def _in_epochs() -> str:
    """The names of all files in layout.EPOCH_MODELS, with any number of an epoch."""
    names = [PurePosixPath(name).name for name in (layout.START_VECTORS, *layout.epoch_files(0))]
    return _any_of(tuple(names)).replace(re.escape("epoch-000"), "epoch-[0-9]{3,}")


def _with_temporary(pattern: str) -> str:
    return _any(pattern, temporary.names_of(pattern), files.DESKTOP)


def _in_folder(folder: str, pattern: str) -> str:
    return f"{folder}(?:/{pattern})?"


RUN_FILE, CHECKPOINT_FILE = _any_of(layout.FILES), _any_of(layout.CHECKPOINT_FILES)
EPOCH_FILE = _in_epochs()
IN_CHECKPOINT = re.compile(_with_temporary(CHECKPOINT_FILE))
_CHECKPOINT_FOLDER = _in_folder(_any(CHECKPOINT, UNFINISHED_CHECKPOINT), IN_CHECKPOINT.pattern)
# All paths that a run's folder may hold, relative to it.
OWN = re.compile(
    _any(
        _with_temporary(RUN_FILE),
        _in_folder(layout.CHECKPOINTS, _any(_CHECKPOINT_FOLDER, files.DESKTOP)),
        _in_folder(layout.EPOCH_MODELS, _with_temporary(EPOCH_FILE)),
        _in_folder(re.escape(layout.SCRATCH), ANYTHING.pattern),
    )
)


def mark(folder: Path) -> None:
    """Write the marker file of a run into an empty `folder`. Raises OSError."""
    with open(folder / layout.MARKER, "x", encoding="utf-8") as file:
        file.write(MARKER_TEXT)
        file.flush()
        os.fsync(file.fileno())


def proof(folder: Path) -> str | None:
    """The name of a file that proves that this app created `folder`; None without a proof.

    Runs of earlier versions have no marker; their config or the first event proves it.
    """
    checks = {layout.MARKER: _is_marker, layout.CONFIG: _is_config, layout.EVENTS: _are_events}
    return next((name for name, is_ours in checks.items() if is_ours(folder / name)), None)


def require_own_folder(folder: Path, name: str) -> None:
    """Raise RunError unless this app created `folder` and all paths in it; `name` is the run's name.

    Raises OSError if the folder cannot be read or is gone.
    """
    reason, foreign_path = None, files.foreign(folder, OWN)
    if not re.fullmatch(ID, folder.name) or not proof(folder):
        reason = "nothing shows that this app created its folder. "
        reason += f"If you do not need it, remove it by hand: {folder}"
    elif foreign_path:
        reason = f"its folder holds {foreign_path!r}, which this app did not create. "
        reason += f"Move it elsewhere, then try again ({folder})."
    if reason:
        folder.lstat()  # raises FileNotFoundError if another process has deleted it meanwhile
        sentence = f"Run {name} was not deleted: {reason}"
        raise RunError(sentence.encode("utf-8", "backslashreplace").decode())  # a name may not be UTF-8


def remove(folder: Path) -> None:
    """Remove this app's files from a run's folder, then the folder if it is empty.

    A file that cannot be removed stays.
    """
    proven = proof(folder)
    if proven:
        files.remove_own(folder, OWN, last=proven)
    elif not folder.is_symlink():
        files.remove_own(folder, NOTHING)  # only an empty folder is removed


def sweep_run(folder: Path, worker: Mapping[str, object]) -> None:
    """Remove the temporary files that a killed worker left in its run's `folder`.

    `worker` is its "started" event, as the worker may have been on another machine. Call it only while the
    run has no worker.
    """
    checkpoints, ended = folder / layout.CHECKPOINTS, temporary.owner(worker)
    files.sweep(folder, RUN_FILE, ended=ended)
    files.remove_own(folder / layout.SCRATCH, ANYTHING)
    files.sweep(folder / layout.EPOCH_MODELS, EPOCH_FILE, ended=ended)
    for name in files.names(checkpoints, CHECKPOINT):
        files.sweep(checkpoints / name, CHECKPOINT_FILE, ended=ended)
    for name in files.names(checkpoints, UNFINISHED_CHECKPOINT):
        files.remove_own(checkpoints / name, IN_CHECKPOINT)


def _is_marker(path: Path) -> bool:
    """Whether `path` holds the marker's text or its beginning: a full disk or a kill may have cut it."""
    content = _content(path, len(MARKER_TEXT) + 1)
    return content is not None and MARKER_TEXT.encode().startswith(content)


def _is_config(path: Path) -> bool:
    """Whether any version of this app wrote the config.

    Its checksum is right or, if it has none, its values are valid.
    """
    content = _content(path, LARGEST_CONFIG)
    try:
        document = json.loads(content or b"")
        values = document["config"]
        if not isinstance(document["format"], int) or not isinstance(values, dict):
            return False
        if "checksum" in document:
            return bool(document["checksum"] == files.checksum(values))
        configs.read(json.dumps(values))
    except (ValueError, LookupError, TypeError, RecursionError, ConfigError):
        return False
    return True


def _are_events(path: Path) -> bool:
    """Whether the first event is "queued", as `store.create` writes it."""
    try:
        with files.open_regular(path, files.NO_BOUND) as file:
            row = json.loads(file.readline(LARGEST_LINE))
        if not {"event", "time"} <= row.keys() <= FIRST_EVENT or row["event"] != "queued":
            return False
        return bool(_TIME.match(row["time"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False


def _content(path: Path, most_bytes: int) -> bytes | None:
    """The file's content; None if it cannot be read or is too large."""
    try:
        return files.read_bounded(path, most_bytes)
    except (OSError, ValueError):
        return None
