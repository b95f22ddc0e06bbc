"""Starts that cannot be recorded, and workers that never record that they have started."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from imdb_core import paths
from imdb_core.runs import launcher, layout, store
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import NO_SUPERUSER, fork_each, result_in_new_process, small_disk
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import config

LOOKS = 3
MOST_STARTS = 2  # the first and one more


@row(
    "J2",
    "a start cannot be recorded: read-only, immutable or foreign events, a full disk, silent workers",
    "at most 1 further start, then failed with a reason; the next run trains; after a repair the run starts",
    breaks=("starts are not written down",),
)
def start_unrecorded(place, patch, broken):
    (place / "starts").mkdir()
    patch.setenv("SILENT_STARTS", str(place / "starts"))
    patch.setenv("IMDB_WORKER_MODULE", "tests.faults.support.silent_worker")
    patch.setenv("LIGHT_SECONDS", "30")
    results = (
        {}
        if broken
        else result_in_new_process(_on_a_full_disk, place / "disk", prefix=small_disk(place / "disk", "1m"))
    )
    results |= result_in_new_process(_each, broken or "", prefix=NO_SUPERUSER)
    wrong = {name: fault for name, fault in results.items() if fault}
    return Outcome(
        f"{len(results) - len(wrong)} of {len(results)} kinds held {wrong or ''}".rstrip(), not wrong
    )


def _read_only(run) -> None:
    (run.folder / layout.EVENTS).chmod(0o400)


def _of_another_user(run) -> None:
    os.chown(run.folder / layout.EVENTS, 4321, 4321)
    (run.folder / layout.EVENTS).chmod(0o644)


def _immutable(run) -> None:
    subprocess.run(["chattr", "+i", run.folder / layout.EVENTS], check=True)


def _mended(run) -> None:
    subprocess.run(["chattr", "-i", run.folder / layout.EVENTS], stderr=subprocess.DEVNULL)
    os.chown(run.folder / layout.EVENTS, os.geteuid(), os.getegid())
    (run.folder / layout.EVENTS).chmod(0o600)


# name of the run -> function that changes the run before its first start
KINDS = {"read-only": _read_only, "hides": None, "gives up": None, "exits": None}
KINDS |= {"of another user": _of_another_user, "immutable": _immutable} if os.geteuid() == 0 else {}


def _each(broken: str) -> dict[str, str]:
    """Kind -> what went wrong; "" if nothing."""
    launcher.workers.START_SECONDS = 0.3
    if broken:
        record = store.record
        store.record = lambda folder, event, **details: (
            event == "launching" or record(folder, event, **details)
        )
    results = {}
    for number, (name, damage) in enumerate({"read-only": _read_only}.items() if broken else KINDS.items()):
        run = store.create(config(2 * number, name=name), store.new_id())
        neighbour = store.create(config(2 * number + 1, name="neighbour"), store.new_id())
        if damage:
            damage(run)
        try:
            results[name] = _fault(run, neighbour)
        finally:
            _mended(run)
        if damage and not results[name]:
            results[name] = _fault_after_mending(run)
    return results


def _fault(run, neighbour) -> str:
    """What went wrong after this and other processes have listed the runs several times; "" if nothing."""
    for _ in range(LOOKS):
        fork_each(1, lambda _: launcher.dispatch() or os._exit(1))
        launcher.runs()
        if _starts(run) > MOST_STARTS:
            return f"{_starts(run)} starts"
    try:
        wait_until(lambda: store.read(run.folder).state == "failed" or launcher.runs() is None, 10)
    except TimeoutError:
        return f"it is {store.read(run.folder).state}"
    summary = next(listed for listed in launcher.runs() if listed.id == run.id).summary()
    if store.read(neighbour.folder).state != "running":
        return f"the next run is {store.read(neighbour.folder).state}"
    if summary["state"] != "failed" or not summary["message"] or not store.read(run.folder).can_resume:
        return f"shown as {summary['state']}: {summary['message']}"
    return ""


def _fault_after_mending(run) -> str:
    launcher.runs()
    return "" if _starts(run) == 1 else "does not start once it is mended"


def _starts(run) -> int:
    path = Path(os.environ["SILENT_STARTS"], run.id)
    return len(path.read_text().splitlines()) if path.exists() else 0


def _on_a_full_disk(disk: str) -> dict[str, str]:
    """One run whose disk is filled after it was queued, and has free space again later."""
    os.environ["IMDB_RUNS_DIR"] = str(Path(disk) / "runs")
    run = store.create(config(1, name="full disk"), store.new_id())
    filler = paths.runs_folder().parent / "filler"
    with open(filler, "wb", buffering=0) as file:
        while shutil.disk_usage(filler.parent).free:
            file.write(bytes(4096))
    events = run.folder / layout.EVENTS
    with events.open("ab") as file:  # fill the last block of the file as well
        file.write(b" " * (-events.stat().st_size % 4096))
    listed = [launcher.runs()[0].summary() for _ in range(LOOKS)]
    shown = all(row["state"] == "failed" and "No space left" in row["message"] for row in listed)
    count = _starts(run)
    filler.unlink()
    launcher.runs()
    deadline = time.monotonic() + 5
    while store.read(run.folder).state != "running" and time.monotonic() < deadline:
        time.sleep(0.02)
    after = store.read(run.folder).state
    return {
        "full disk": ""
        if shown and not count and after == "running"
        else f"{count} starts, {listed[-1]}, then {after}"
    }
