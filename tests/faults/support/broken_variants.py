"""Variants of the app that are broken on purpose. STUB_BROKEN names the variant for a stub worker.

The variants replace private functions of the app, and save_in_place calls one.
"""

import ctypes
import hashlib
import json
import shutil
import signal
import time

from imdb_core import background
from imdb_core.arrays import packed
from imdb_core.runs import journal, layout
from imdb_core.training import checkpoints


def apply(name: str) -> None:
    """Turn this process into the broken variant `name`."""
    if name == "ends with its parent":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        return
    variants = {
        "checkpoint in place": (checkpoints, "write", _written_in_place),
        "old checkpoint deleted in place": (checkpoints, "_remove", _deleted_in_place),
        "log without end": (background, "shorten_log", lambda path: None),
        "buffered rows": (journal, "append", _buffering(journal.append)),
    }
    module, function, replacement = variants[name]
    setattr(module, function, replacement)


def _written_in_place(folder, parts, row, progress) -> None:
    """Write files under their final names, the manifest first."""
    target = folder / f"epoch-{progress.epoch:03d}"
    target.mkdir(parents=True, exist_ok=True)
    contents = {name: packed(arrays) for name, arrays in parts.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = {"format": 1, "sha256": hashes, "row": row, "progress": progress.as_dict()}
    (target / layout.MANIFEST).write_text(json.dumps(manifest))
    for name, content in contents.items():
        with open(target / name, "wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            time.sleep(0.02)
            file.write(content[len(content) // 2 :])


def _deleted_in_place(folder) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _buffering(append):
    """Keep rows of metrics.jsonl in the process's memory until there are 64 KiB of them."""
    files = {}

    def buffered(path, row, *, durable=False):
        if path.name != layout.METRICS:
            return append(path, row, durable=durable)
        if path not in files:
            files[path] = open(path, "a", buffering=2**16)
        files[path].write(json.dumps(row) + "\n")

    return buffered


def save_in_place(folder, model, row, progress) -> None:
    """Overwrite the files of one folder, the manifest first. Uses the private _parts of checkpoints."""
    folder.mkdir(exist_ok=True)
    target = folder / f"epoch-{progress.epoch:03d}"
    for old in folder.iterdir():
        old.rename(target)
    target.mkdir(exist_ok=True)
    contents = {name: packed(arrays) for name, arrays in checkpoints._parts(model).items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = {"format": 1, "sha256": hashes, "row": row, "progress": progress.as_dict()}
    (target / layout.MANIFEST).write_text(json.dumps(manifest))
    for name, content in contents.items():
        (target / name).write_bytes(content)
