"""Say what a machine of a cluster has: python -m imdb_core.runs.places.probe TOKEN

The check of a cluster runs this module as a job on each machine. It prints one line: MARK and the facts as
JSON. In the folders of runs and data it looks for the file TOKEN, which the check wrote, and writes an answer
beside it. So both sides see whether they share the folders. Keras is not imported.
"""

import importlib.metadata
import json
import platform
import sys
from pathlib import Path
from typing import Any

from imdb_core import files, keras_settings, paths
from imdb_core.errors import SettingError
from imdb_core.operating_system import machine
from imdb_core.runs import cards
from imdb_core.runs.cores import cpu_cores
from imdb_core.version import VERSION

MARK = "PROBE "
FOLDER = ".probe"  # in the folders of runs and of data
PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "numpy",
    "onnx",
    "tf2onnx",
    "numba",
)  # figures depend on them


def facts() -> dict[str, Any]:
    """What this machine has, without its folders."""
    return {
        "host": machine.name(),
        "app": VERSION,
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "cores": cpu_cores(),
        "gpus": [gpu.name for gpu in cards.gpus(environment={})],
        "problem": _problem(),
    }


def folders() -> dict[str, Path]:
    """The folders that the machines of a cluster share, by the name of their key in the settings file."""
    return {"runs": paths.runs_folder(), "data": paths.cache_folder()}


def answer(folder: Path, token: str) -> str | None:
    """Read TOKEN in `folder` and write an answer beside it; None, or why that failed."""
    try:
        content = files.read_bounded(folder / FOLDER / token, 1000)
        files.write_atomically(folder / FOLDER / f"{token}.{machine.name()}", content)
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


def _problem() -> str | None:
    """Why Keras cannot train on this machine, as far as its settings and packages tell; None if it can."""
    try:
        keras_settings.check()
    except SettingError as error:
        return str(error)
    return None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main(token: str) -> int:
    """Print the facts; returns 0."""
    faults = {name: fault for name, folder in folders().items() if (fault := answer(folder, token))}
    print(MARK + json.dumps({**facts(), "faults": faults}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
