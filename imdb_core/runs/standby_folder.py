"""The folder in which a standby worker says what it is ready for, and in which a run is assigned to it.

The folder lies in the folder of runs, so a standby serves all servers and commands of this machine that
share these runs. Each machine has a folder of its own.
Called by standby (launcher and page) and training.standby (the process itself).

    standby.lock      held by the one standby, until its run has started
    ready.json        what the standby was prepared for; removed when it takes a run
    assignment.json   the run that it shall take. Whoever removes this file decides: the standby to take the
                      run, or the launcher to start the run in the ordinary way
    wanted            touched while a page is shown from which a run may be started
    standby.log       the output of the standby before it takes a run
"""

import contextlib
import importlib.util
import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

from imdb_core import background, keras_settings, paths
from imdb_core.files import checksum, read_bounded, write_json
from imdb_core.operating_system import file_access, machine
from imdb_core.version import VERSION

FOLDER = ".standby"
LOCK, READY, ASSIGNMENT, WANTED, LOG = (
    "standby.lock",
    "ready.json",
    "assignment.json",
    "wanted",
    "standby.log",
)
LARGEST = 64 * 1024  # bytes of a file
CODE = Path(__file__).resolve().parent.parent
# Variables that a framework, Python or the app may have read before a run is assigned, by their beginnings.
VARIABLES = re.compile(
    "(IMDB|KERAS|TF|XLA|JAX|CUDA|NVIDIA|TORCH|TRITON|ONNX|OMP|MKL|OPENBLAS|NUMBA|NPROC|PYTHON|LD|DYLD|MALLOC"
    "|TMP|TEMP|HOME|USERPROFILE|PATH|LANG|LC|TZ)(_|[A-Z]*$)"
)
PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "numba")


def folder() -> Path:
    """The standby's folder; it may be missing."""
    return paths.runs_folder() / f"{FOLDER}-{machine.digest()}"


def own_folder() -> Path | None:
    """The standby's folder, created if it is missing; None if another user can write to it."""
    place = folder()
    place.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
    status = place.lstat()
    return place if stat.S_ISDIR(status.st_mode) and file_access.belongs_to_me_alone(status) else None


def surroundings() -> str:
    """A checksum (sha256, hex) of all that a process fixes when it imports Keras, except device and threads.

    These are environment variables, keras.json, Python, the installed packages, and the code of the app.
    """
    variables = {name: value for name, value in background.environment().items() if VARIABLES.match(name)}
    settings = keras_settings.text()
    return checksum([VERSION, *background.command(), sys.prefix, variables, settings, _packages(), _code()])


def ready(place: Path) -> dict[str, Any] | None:
    """What the standby in this folder was prepared for; None if the file is missing or not a standby's."""
    return _read(place / READY, ("token", "surroundings", "device", "threads", "pid", "process_started"))


def assignment(place: Path, token: str) -> dict[str, Any] | None:
    """The assignment to the standby with this token; None if there is none."""
    assigned = _read(place / ASSIGNMENT, ("token", "run", "attempt"))
    return assigned if assigned and assigned["token"] == token else None


def assign(place: Path, token: str, **fields: object) -> None:
    """Assign a run. Raises OSError."""
    write_json(place / ASSIGNMENT, {"token": token, **fields})


def remove_assignment(place: Path) -> bool:
    """Remove the assignment; returns whether this call removed it. Of two processes, one succeeds."""
    try:
        file_access.remove_file(place / ASSIGNMENT)
    except FileNotFoundError:
        return False
    return True


def _read(path: Path, fields: tuple[str, ...]) -> dict[str, Any] | None:
    """The JSON object in a file, if it has these fields."""
    try:
        value = json.loads(read_bounded(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and set(fields) <= value.keys() else None


def _packages() -> list[object]:
    """Where these packages are installed, and when they were changed; nothing is imported."""
    files = [spec.origin for name in PACKAGES if (spec := importlib.util.find_spec(name))]
    return [(file, os.stat(file).st_mtime_ns) for file in files if file]


def _code() -> list[object]:
    """Names, sizes and times of the app's modules. Reading their text would take longer."""
    status = {str(path): path.stat() for path in sorted(CODE.rglob("*.py"))}
    return [(name, file.st_size, file.st_mtime_ns) for name, file in status.items()]
