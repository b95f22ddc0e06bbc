"""Open, rename and remove files, and write names to the disk. Called by files, the store and the worker."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from imdb_core.operating_system import is_portable

# For os.open: if the path is a pipe, do not wait for its writer; do not change line ends.
READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # for os.open: fail if the path is a symbolic link
# For os.open: create the file if it is missing; if the path is a pipe, do not wait for its reader.
APPEND_FLAGS = os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
OPEN_SECONDS = 5  # how long a rename on Windows waits for readers to close their files


def move_folder(folder: Path, target: Path) -> None:
    """Give `folder` another name, which must be free. Raises OSError."""
    _retrying(os.rename, folder, target)


def replace_file(file: Path, target: Path) -> None:
    """Put `file` in the place of `target`. Raises OSError."""
    _retrying(os.replace, file, target)


def remove_file(file: Path) -> None:
    """Remove `file`. Raises OSError."""
    _retrying(os.unlink, file)


def _retrying(act: Callable[..., None], *places: Path) -> None:
    """Call `act(*places)`; on Windows try again while a reader or a virus scanner has a file open."""
    deadline = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return act(*places)
        except PermissionError:
            if not is_portable() or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def belongs_to_me_alone(status: os.stat_result) -> bool:
    """Whether this user owns a file or folder and no other user may write to it. On Windows always True."""
    if os.name == "nt":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def sync_folder(folder: Path) -> None:
    """Write the names in `folder` to the disk, so that a power failure undoes no rename. Not on Windows."""
    if is_portable():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
