"""Files that are the old or the new version, never a torn one. Used for vocabularies, caches, runs and their status."""

import json
import os
from pathlib import Path


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
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)  # gone already unless something failed
    sync_folder(path.parent)


def write_json(path: Path, value):
    """`value` as strict JSON in UTF-8. ValueError for NaN, infinity and lone surrogates, before anything is written."""
    write_atomically(path, json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8"))


def sync_folder(folder: Path):
    """Have the names in `folder` on the disk: a rename alone may be lost when the power fails."""
    if os.name == "nt":  # Windows cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
