"""The names of temporary files and folders, and which of them a killed process has left behind.

A name holds the process id and the machine of the process that made it, because machines that share a folder
count process ids each for itself. Called by files, and by each module that builds a folder before it renames
the folder into place.
"""

import os
import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from imdb_core.operating_system import machine

OWNER = r"[0-9]{1,10}(?:-[0-9a-f]{8})?"  # a regular expression; earlier versions did not write the machine
OLD_SECONDS = 24 * 3600  # no writer pauses for a day, and the clocks of machines differ by less


def owner(recorded: Mapping[str, object] | None = None) -> str:
    """Process id and machine of this process, or of the process whose identity() was `recorded`.

    It matches OWNER. It also matches OWNER if `recorded` names no process.
    """
    if recorded is None:
        return f"{os.getpid()}-{machine.digest()}"
    return f"{recorded.get('pid', 0)}-{machine.digest(str(recorded.get('host') or machine.name()))}"


def beside(path: Path) -> Path:
    """A name beside `path` that no other process, thread or machine uses."""
    return path.with_name(f".{path.name}.{owner()}.{secrets.token_hex(4)}.tmp")


def names_of(pattern: str) -> str:
    """A regular expression for the names that beside() gives to paths whose names `pattern` matches."""
    return rf"\.(?:{pattern})\.{OWNER}(?:\.[0-9a-f]{{8}})?\.tmp"


def owner_in(name: str) -> str:
    """The owner in a name that names_of() matches."""
    match = re.search(rf"\.({OWNER})(?:\.[0-9a-f]{{8}})?\.tmp$", name)
    return match[1] if match else ""


def is_left(path: Path, made_by: str) -> bool:
    """Whether the process `made_by`, see OWNER, has left `path` behind.

    Only the process's own machine can tell whether the process has ended. On other machines, and without a
    machine in the name, a path is left behind if nothing in it has changed for OLD_SECONDS.
    """
    pid, _, maker = made_by.partition("-")
    return (maker == machine.digest() and not is_alive(pid)) or is_old(path)


def is_alive(pid: str) -> bool:
    """Whether a process with this id is alive; False for numbers that no system assigns."""
    return int(pid) < 2**31 and psutil.pid_exists(int(pid))


def is_old(path: Path) -> bool:
    """Whether neither the path nor, in a folder, one of its entries has changed for OLD_SECONDS."""
    try:
        entries = list(path.iterdir()) if path.is_dir() and not path.is_symlink() else []
        newest = max(entry.lstat().st_mtime for entry in (path, *entries))
    except OSError:  # another process removes it
        return False
    return time.time() - newest > OLD_SECONDS
