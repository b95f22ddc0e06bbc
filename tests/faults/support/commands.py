"""Runs a real command line in a process of its own."""

import os
import subprocess
import sys

from imdb_core import paths
from tests.faults.support.scored_texts import MODEL

GOOD = "a fine film"
SCORE = ["score", "--model", f"pretrained/{MODEL}"]
PROGRAM = """
import sys
from imdb_core import __main__ as command_line
from imdb_core.commands import console
{broken}
sys.exit(command_line.main())
"""


def run_command(arguments, *, given=b"", broken="", variables=None, stdout=subprocess.PIPE):
    """Run the command line with the bytes `given` as input; the Python lines `broken` break the app."""
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT), **(variables or {})}
    environment.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "-c", PROGRAM.format(broken=broken), *arguments]
    pipes = {"stdout": stdout, "stderr": subprocess.PIPE}
    return subprocess.run(command, input=given, env=environment, timeout=120, check=False, **pipes)
