"""Work that is done before a training is asked for, so that the training begins sooner.

The server calls compile_ahead() once when it has started. runs.standby asks here which module to start. This
module imports nothing slow, because the server has not loaded NumPy at this point.
"""

import contextlib

from imdb_core import background, paths
from imdb_core.errors import SettingError

MODULE = "imdb_core.training.compile_ahead"
STANDBY = "imdb_core.training.standby"
OFF = "off"  # a value of IMDB_STANDBY: no standby, and no compilation by the server


def standby_module() -> str | None:
    """The module that the standby's process runs; None if IMDB_STANDBY is OFF."""
    module = paths.variable("IMDB_STANDBY") or STANDBY
    return None if module == OFF else module


def compile_ahead() -> None:
    """Start a process that compiles the layers for CPU cores (training.compile_ahead). Never raises.

    The process ends at once if all layers are compiled already, or while a run is trained.
    """
    with contextlib.suppress(OSError, SettingError):
        if standby_module():
            background.spawn(MODULE, paths.runs_folder(), log=None)
