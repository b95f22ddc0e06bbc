"""Deliberately broken variants of the app, for rows that must notice them. Applied within a stub worker by
STUB_BROKEN.
"""

import ctypes
import hashlib
import json
import shutil
import signal
import time

from imdb_core import background
from imdb_core.arrays import packed
from imdb_core.runs import journal
from imdb_core.training import checkpoints


def apply(name: str) -> None:
    """Replace what the variant `name` does wrong, in this process."""
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
    """Straight under the final names, the manifest first."""
    target = folder / f"epoch-{progress.epoch:03d}"
    target.mkdir(parents=True, exist_ok=True)
    contents = {name: packed(arrays) for name, arrays in parts.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = {"format": 1, "sha256": hashes, "row": row, "progress": progress.as_dict()}
    (target / "manifest.json").write_text(json.dumps(manifest))
    for name, content in contents.items():
        with open(target / name, "wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            time.sleep(0.02)
            file.write(content[len(content) // 2 :])


def _deleted_in_place(folder) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _buffering(append):
    """Rows of metrics.jsonl wait in the process's memory until 64 KiB are full."""
    files = {}

    def buffered(path, row, *, durable=False):
        if path.name != "metrics.jsonl":
            return append(path, row, durable=durable)
        if path not in files:
            files[path] = open(path, "a", buffering=2**16)
        files[path].write(json.dumps(row) + "\n")

    return buffered
