"""The order of system calls in which a checkpoint is saved."""

import re
from pathlib import Path

from imdb_core import files
from imdb_core.runs import layout
from imdb_core.training import worker
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.counted_runs import queued_run


@row(
    "B17",
    "the power fails during a save",
    "write, sync the file, rename, sync the folder, in every save",
    breaks=("no sync",),
)
def order_of_a_save(place, patch, broken):
    trace = place / "trace"
    traced = "trace=fsync,fdatasync,rename,renameat,renameat2"
    strace = ("strace", "-f", "-y", "-e", traced, "-o", str(trace))
    result_in_new_process(_save_two_epochs, broken or "", prefix=strace)
    steps = [step for line in trace.read_text().splitlines() if (step := _step(line, place))]
    # A rename to a name that ends with .old begins a deletion, and no worker outlives its heartbeat after a
    # power failure: both need no order.
    unordered = (".old", layout.HEARTBEAT)
    renames = [step for step in steps if step[0] == "rename" and not step[2].endswith(unordered)]
    wrong = [step for step in renames if not _is_safe(steps, step)]
    return Outcome(f"{len(wrong)} of {len(renames)} renames in the wrong order", bool(renames) and not wrong)


def _save_two_epochs(broken: str) -> None:
    """Create a run and train two epochs: every kind of rename of the app happens."""
    counting_worker.install()
    if broken:
        files.os.fsync = lambda handle: None
    run = queued_run(epochs=2)
    worker.main([str(run.folder)])


def _step(line: str, place) -> tuple | None:
    """("fsync", path) or ("rename", old, new) for a line of strace's output; None for another line."""
    if match := re.search(r"(?:fsync|fdatasync)\(\d+<([^>]+)>\) += 0", line):
        return "fsync", match[1]
    if "rename" in line and line.rstrip().endswith("= 0"):
        old, new = re.findall(r'"([^"]+)"', line)
        return ("rename", old, new) if str(place) in new else None
    return None


def _is_safe(steps: list, rename: tuple) -> bool:
    """Whether the old name was synced before the rename, and the folder of the new name afterwards."""
    _, old, new = rename
    position = steps.index(rename)
    before = {step[1] for step in steps[:position] if step[0] == "fsync"}
    after = {step[1] for step in steps[position:] if step[0] == "fsync"}
    return old in before and str(Path(new).parent) in after
