"""Compile ahead of the first training, in a process of its own. Called by the server once it has started.

Imports nothing slow: the server has not loaded NumPy then.
"""

import contextlib
import os

from imdb_core import background, paths
from imdb_core.errors import SettingError

MODULE = "imdb_core.training.compile_ahead"
OFF = "off"  # a value of IMDB_STANDBY: nothing is done ahead of a training


def compile_ahead() -> None:
    """Start the process; it ends at once if all is compiled, or if a run is trained. Never raises."""
    with contextlib.suppress(OSError, SettingError):
        if os.environ.get("IMDB_STANDBY") != OFF:
            background.spawn(MODULE, paths.runs_folder(), log=None)
