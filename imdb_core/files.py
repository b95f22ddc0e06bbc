"""Files that are the old or the new version, never a torn one, and files of which nobody knows what they are.

Used for vocabularies, caches, runs and their status.
"""

import errno
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import stat
from pathlib import Path

import psutil

from imdb_core.operating_system import NO_LINK, READ_FLAGS, replace_file, sync_folder


def write_atomically(path: Path, content: bytes):
    """Replace `path` by `content` and have both the file and its name on the disk before returning.

    The folder must exist. OSError passes on and leaves the old file as it was.
    """
    temporary = temporary_name(path)
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace_file(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)  # gone already unless something failed
    sync_folder(path.parent)


def write_json(path: Path, value):
    """`value` as strict JSON in UTF-8. ValueError for NaN, infinity and lone surrogates, before anything is written."""
    write_atomically(path, json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8"))


def temporary_name(path: Path) -> Path:
    """A name beside `path` that no other process or thread uses; it says which process does, so that others can tidy up."""
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


def open_regular(path: Path, most_bytes: int, *, below: Path | None = None) -> io.FileIO:
    """Open a file for reading that somebody else may have put there. Never waits, not even for a pipe's writer.

    Raises OSError if there is none, ValueError for one of more than `most_bytes` and for what is no file of its own: a pipe,
    a device, a folder, a link. With `below`, a folder above `path`, the folders between the two may be no links either.
    The file has no buffer: where thousands are read, making one would take longer than reading.
    """
    between = path.parents[: len(path.relative_to(below).parts) - 1] if below else ()
    for place in between if NO_LINK else (path, *between):
        if place.is_symlink():
            raise ValueError(f"{place.name} is a link")
    try:
        handle = os.open(path, READ_FLAGS | NO_LINK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ValueError(f"{path.name} is a link") from error
        raise
    about = os.fstat(handle)
    if stat.S_ISREG(about.st_mode) and about.st_size <= most_bytes:
        return io.FileIO(handle)
    os.close(handle)
    if not stat.S_ISREG(about.st_mode):
        raise ValueError(f"{path.name} is not a file")
    raise ValueError(f"{path.name} has {about.st_size:,} bytes, more than {most_bytes:,}")


def read_bounded(path: Path, most_bytes: int, *, below: Path | None = None) -> bytes:
    """The content of a file. Raises as open_regular does."""
    with open_regular(path, most_bytes, below=below) as file:
        return file.readall()


def checksum(value) -> str:
    """sha256 of a JSON value, whatever the order of its keys: written beside it, it tells a flipped bit."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def sweep(folder: Path):
    """Remove what a worker that was killed has left half done in its run's `folder`; files of living processes stay."""
    for path in [*folder.rglob(".*.tmp"), *folder.rglob(".*.old")]:
        written = re.fullmatch(r"\..+\.([0-9]+)(\.[0-9a-f]{8})?\.tmp", path.name)
        if path.is_dir():  # a checkpoint, which only the run's worker makes
            shutil.rmtree(path, ignore_errors=True)
        elif written and not psutil.pid_exists(int(written[1])):
            path.unlink(missing_ok=True)
