"""Remove from Python's search path the folder in which the app was started.

`python -m` searches that folder first, and so does Python for an empty entry of PYTHONPATH. A file numpy.py
in a folder of downloads would run. Called by app.py and the command line before any other import, and by
background for the app's other processes. Imports the standard library only.
"""

import os
import sys

PROJECT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def for_child() -> str:
    """PYTHONPATH for a process of the app: its folder, then the absolute entries of the user's PYTHONPATH."""
    return os.pathsep.join(dict.fromkeys([PROJECT, *_absolute_entries()]))


def leave_out_start_folder() -> None:
    """Remove from sys.path the start folder and all relative entries of PYTHONPATH.

    The app's own folder and absolute entries of PYTHONPATH stay, even if one of them is the start folder.
    """
    relative = {"", *(entry for entry in _entries() if not os.path.isabs(entry))}
    unsafe = {os.path.realpath(entry or os.curdir) for entry in relative}
    allowed = {os.path.realpath(entry) for entry in (PROJECT, *_absolute_entries())}
    sys.path[:] = [
        _absolute(entry) for entry in sys.path if os.path.realpath(entry or os.curdir) not in unsafe - allowed
    ]


def _absolute(entry: str) -> str:
    return os.path.realpath(entry or os.curdir) if not os.path.isabs(entry) else entry


def _entries() -> list[str]:
    """The entries of PYTHONPATH."""
    return os.environ.get("PYTHONPATH", "").split(os.pathsep)


def _absolute_entries() -> list[str]:
    return [entry for entry in _entries() if os.path.isabs(entry)]
