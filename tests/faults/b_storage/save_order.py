"""The order of system calls in which a checkpoint is saved."""

import re
from pathlib import Path

from imdb_core import config as configs
from imdb_core import files
from imdb_core.runs import store
from imdb_core.training import worker
from tests.faults.b_storage.full_disk import LONG
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker
from tests.faults.support.child_processes import result_in_new_process


@row(
    "B17",
    "the power fails during a save",
    "write, sync the file, rename, sync the folder, in every save",
    breaks=("no sync",),
)
def order_of_a_save(place, patch, broken):
    trace = place / "trace"
    watched = "trace=fsync,fdatasync,rename,renameat,renameat2"
    result_in_new_process(
        _save_once, place, broken or "", prefix=("strace", "-f", "-y", "-e", watched, "-o", str(trace))
    )
    steps = [step for line in trace.read_text().splitlines() if (step := _step(line, place))]
    renames = [
        step for step in steps if step[0] == "rename" and not step[2].endswith(".old")
    ]  # that one is a deletion
    wrong = [step for step in renames if not _is_safe(steps, step)]
    return Outcome(f"{len(wrong)} of {len(renames)} renames in the wrong order", bool(renames) and not wrong)


def _save_once(place: str, broken: str) -> None:
    """A run is created, an epoch and its model are saved, and the epoch after it; every rename of the app
    happens.
    """
    counting_worker.install()
    if broken:
        files.os.fsync = lambda handle: None
    run = store.create(configs.checked({**LONG, "epochs": 2}), store.new_id())
    worker.main([str(run.folder)])


def _step(line: str, place) -> tuple | None:
    """("fsync", path) or ("rename", old, new) of a line that strace wrote."""
    if found := re.search(r"(?:fsync|fdatasync)\(\d+<([^>]+)>\) += 0", line):
        return "fsync", found[1]
    if "rename" in line and line.rstrip().endswith("= 0"):
        old, new = re.findall(r'"([^"]+)"', line)
        return ("rename", old, new) if str(place) in new else None
    return None


def _is_safe(steps: list, rename: tuple) -> bool:
    """Whether what is renamed was synced under its old name, with all that lies in it, and its new folder
    afterwards.
    """
    _, old, new = rename
    at = steps.index(rename)
    before, after = (
        {step[1] for step in steps[:at] if step[0] == "fsync"},
        {step[1] for step in steps[at:] if step[0] == "fsync"},
    )
    return old in before and str(Path(new).parent) in after
