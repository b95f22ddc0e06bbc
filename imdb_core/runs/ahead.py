"""What is done ahead of a training: compiling, once the server has started, and a standby (runs.standby).

Imports nothing slow: the server has not loaded NumPy when it calls this module.
"""

import contextlib

from imdb_core import background, paths
from imdb_core.errors import SettingError

MODULE = "imdb_core.training.compile_ahead"
STANDBY = "imdb_core.training.standby"
OFF = "off"  # a value of IMDB_STANDBY: nothing is done ahead of a training


def standby_module() -> str | None:
    """The module of the standby's process; None if nothing may be done ahead."""
    module = paths.variable("IMDB_STANDBY") or STANDBY
    return None if module == OFF else module


def compile_ahead() -> None:
    """Start the process; it ends at once if all is compiled, or if a run is trained. Never raises."""
    with contextlib.suppress(OSError, SettingError):
        if standby_module():
            background.spawn(MODULE, paths.runs_folder(), log=None)
