"""Processes that outlive whoever starts them: trainings, the stop helper, the download."""

import os
import subprocess
import sys
from pathlib import Path

from imdb_core import paths


def spawn(module: str, *arguments, log: Path) -> subprocess.Popen:
    """`python -m module arguments` as a fresh interpreter in a session of its own; output goes to the end of `log`.

    Never a fork (TensorFlow hangs after one), never a pipe (somebody would have to read it).
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(paths.PROJECT), os.environ.get("PYTHONPATH", "")])}
    with open(log, "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
