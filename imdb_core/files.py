"""Files that are the old or the new version, never a torn one. Used for vocabularies, caches, runs and their status."""

import hashlib
import json
import os
import shutil
import stat
from pathlib import Path

import psutil

from imdb_core.operating_system import READ_FLAGS, replace_file, sync_folder


def write_atomically(path: Path, content: bytes):
    """Replace `path` by `content` and have both the file and its name on the disk before returning.

    The folder must exist. OSError passes on and leaves the old file as it was. The temporary name holds the process id,
    so within one process only one thread at a time may write a given path.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """The content of a file; OSError if there is none, ValueError for a larger one and for what is no file, such as a pipe."""
    with open(os.open(path, READ_FLAGS), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise ValueError(f"{path.name} is not a file")
        if about.st_size > most_bytes:
            raise ValueError(f"{path.name} has {about.st_size:,} bytes, more than {most_bytes:,}")
        return file.read(most_bytes)


def checksum(value) -> str:
    """sha256 of a JSON value, whatever the order of its keys: written beside it, it tells a flipped bit."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def sweep(folder: Path):
    """Remove what a worker that was killed has left half done in its run's `folder`; files of living processes stay."""
    for path in [*folder.rglob(".*.tmp"), *folder.rglob(".*.old")]:
        pid = path.name.split(".")[-2]
        if path.is_dir():  # a checkpoint, which only the run's worker makes
            shutil.rmtree(path, ignore_errors=True)
        elif pid.isdecimal() and not psutil.pid_exists(int(pid)):
            path.unlink(missing_ok=True)
