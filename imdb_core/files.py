"""Write files atomically. Open, list and remove files in folders that other programs can change.

Called by every module that reads or writes runs, models, reviews and caches.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imdb_core import temporary
from imdb_core.operating_system import machine
from imdb_core.operating_system.file_access import (
    APPEND_FLAGS,
    NO_LINK,
    READ_FLAGS,
    remove_file,
    replace_file,
    sync_folder,
)

NO_BOUND = sys.maxsize  # bytes; for open_regular() if only a part of the file is read
# Files that file managers and network disks create in any folder (a regular expression). They are removed
# together with a folder of this app.
DESKTOP = r"\.DS_Store|Thumbs\.db|desktop\.ini|\.nfs[0-9a-f]+"


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path`; both its content and its name are on the disk when this returns.

    The folder must exist. Raises OSError; then the old file is as it was.
    """
    temporary_path = temporary.beside(path)
    try:
        with open(temporary_path, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_file(temporary_path, path)
    finally:
        temporary_path.unlink(missing_ok=True)  # missing unless a step above failed
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace the file at `path` by `value` as strict JSON in UTF-8.

    Raises ValueError for NaN, infinity and lone surrogates, before anything is written.
    """
    write_atomically(path, json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8"))


def open_regular(path: Path, most_bytes: int, *, below: Path | None = None) -> io.FileIO:
    """Open a file for reading that another person or program may have created; never waits for a pipe.

    Raises OSError if it is missing. Raises ValueError if it has more than `most_bytes`, or is not a regular
    file but a pipe, device, folder or link. With `below`, a folder above `path`, the folders between the two
    must not be links either. Unbuffered: where thousands of files are read, creating buffers would take
    longer than reading.
    """
    between = path.parents[: len(path.relative_to(below).parts) - 1] if below else ()
    for place in between if NO_LINK else (path, *between):
        if place.is_symlink():
            raise ValueError(f"{place.name} is a link")
    handle = _handle(path)
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_size <= most_bytes:
        return io.FileIO(handle)
    os.close(handle)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is not a file")
    raise ValueError(f"{path.name} has {status.st_size:,} bytes, more than {most_bytes:,}")


def _handle(path: Path) -> int:
    """The descriptor of the opened file. Raises ValueError if `path` leads through a link, else OSError."""
    try:
        return os.open(path, READ_FLAGS | NO_LINK)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        if path.is_symlink():
            raise ValueError(f"{path.name} is a link") from error
        raise ValueError(f"{path.parent.name} is a link to itself") from error


def open_appending(path: Path, *, readable: bool = False) -> io.FileIO:
    """Open a file for appending, created if it is missing; never waits for a pipe.

    Another person or program may have created the file. Unbuffered. Raises OSError if it cannot be opened,
    ValueError if it is a pipe, device, folder or link.
    """
    access = os.O_RDWR if readable else os.O_WRONLY
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise ValueError(f"{path.name} is {_kind(path)}, not a file")
    except FileNotFoundError:
        pass  # it is created below
    try:
        handle = os.open(path, access | APPEND_FLAGS | NO_LINK, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # the path became a link or a pipe meanwhile
            raise ValueError(f"{path.name} is {_kind(path)}, not a file") from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError(f"{path.name} is {_kind(path)}, not a file")
    return io.FileIO(handle, "a+" if readable else "a")


def _kind(path: Path) -> str:
    """What `path` is, if it is not a regular file, for a sentence: "a link", for instance."""
    mode = os.lstat(path).st_mode
    kinds = {
        stat.S_ISLNK: "a link",
        stat.S_ISDIR: "a folder",
        stat.S_ISFIFO: "a pipe",
        stat.S_ISSOCK: "a socket",
    }
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device")


def read_bounded(path: Path, most_bytes: int, *, below: Path | None = None) -> bytes:
    """The content of a file. Raises as open_regular does."""
    with open_regular(path, most_bytes, below=below) as file:
        return file.readall()


def checksum(value: Any) -> str:
    """sha256 (hex) of a JSON value; the order of keys does not matter.

    Stored beside the value, it detects damage.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def own_folder(folder: Path) -> Path:
    """`folder`, created if it is missing; its parent must exist.

    Raises OSError if a link or a file has its name.
    """
    if folder.is_symlink() or not folder.is_dir():
        folder.mkdir()
    return folder


def names(folder: Path, pattern: str) -> list[str]:
    """The sorted names in `folder` that the regular expression matches, without links.

    An empty list if the folder is missing or is itself a link.
    """
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(
        entry.name
        for entry in os.scandir(folder)
        if re.fullmatch(pattern, entry.name) and not entry.is_symlink()
    )


def leftovers(folder: Path, pattern: str, *, alone: bool = False, ended: str = "") -> Iterator[Path]:
    """The temporary files and folders of killed processes in `folder` whose final names `pattern` matches.

    `alone` says that no other process of this machine writes to the folder now: then all that this machine
    has made there counts as left behind. `ended` is the temporary.owner() of a process that has ended for
    sure, perhaps on another machine: what it has made counts as well.
    """
    for name in names(folder, temporary.names_of(pattern)):
        owner = temporary.owner_in(name)
        is_own = owner.endswith(f"-{machine.digest()}")
        if owner == ended or (alone and is_own) or temporary.is_left(folder / name, owner):
            yield folder / name


def sweep(folder: Path, pattern: str, *, alone: bool = False, ended: str = "") -> None:
    """Remove the files among the leftovers(). All other files stay."""
    for path in leftovers(folder, pattern, alone=alone, ended=ended):
        if path.is_file():
            path.unlink(missing_ok=True)


def foreign(folder: Path, own: re.Pattern[str]) -> str | None:
    """The first path within `folder` that `own` does not match; None if it matches all. Raises OSError.

    Paths are relative to `folder`, with "/" between their parts. No link is followed.
    """
    return next((name for name, _ in _entries(folder) if not own.fullmatch(name)), None)


def remove_own(folder: Path, own: re.Pattern[str], *, last: str = "") -> bool:
    """Remove the paths in `folder` that `own` matches, then `folder` if it is empty.

    Returns whether the folder is gone. All other paths stay, and so do paths that cannot be removed. The file
    `last` is removed at the end. Links are not followed: if a link matches, the link is removed.
    """
    if folder.is_symlink() or not folder.is_dir():
        return not os.path.lexists(folder)
    with contextlib.suppress(OSError):
        # In reverse order, the contents of a folder come before the folder.
        for name, is_folder in sorted(_entries(folder), reverse=True):
            if own.fullmatch(name) and name != last:
                with contextlib.suppress(OSError):  # it is gone, or holds a foreign file
                    (os.rmdir if is_folder else remove_file)(folder / name)
        if last and not any(name != last for name, _ in _entries(folder)):
            remove_file(folder / last)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """(path relative to `folder`, whether it is a folder and not a link) for each path below `folder`.

    Raises OSError.
    """

    def stop(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # another process removes as well
            raise error

    for place, folders, names in os.walk(folder, onerror=stop):
        for name in (*folders, *names):
            path = Path(place, name)
            yield path.relative_to(folder).as_posix(), name in folders and not path.is_symlink()
