"""Run folders that vanish or become read-only while a worker trains, or are deleted in two tabs at once."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import layout, locks, store
from tests.faults.rows import Outcome, row
from tests.faults.support import sample_runs
from tests.faults.support.child_processes import NO_SUPERUSER, fork_each, result_in_new_process
from tests.faults.support.counted_runs import queued_run
from tests.faults.support.waiting import wait_until

RACES = 100
WORKER = """
import sys
from tests.faults.b_storage import vanishing_folders
from tests.faults.support import counting_worker
counting_worker.install()
if sys.argv.pop():  # the name of the broken variant, or nothing
    vanishing_folders.ignore_errors()
sys.exit(counting_worker.worker.main())
"""
REFUSED_SECONDS = 0.7  # longer than a deletion waits for a lock


@row(
    "B14",
    "a run's folder is removed or made read-only while the run trains",
    "the worker ends within 10 s",
    breaks=("errors are ignored",),
)
def folder_gone(place, patch, broken):
    patch.setenv("COUNTING_EPOCH_SECONDS", "0.05")
    runs = {"removed": queued_run(epochs=200), "read-only": queued_run(epochs=200)}
    command = [*NO_SUPERUSER, sys.executable, "-c", WORKER]
    log = open(place / "log", "wb")
    workers = [
        subprocess.Popen([*command, run.folder, broken or ""], stdout=log, stderr=log)
        for run in runs.values()
    ]
    for run in runs.values():
        wait_until(lambda run=run: store.read(run.folder).epochs)
    shutil.rmtree(
        runs["removed"].folder.rename(place / "removed")
    )  # renamed first: the worker must not write into a folder that is being removed
    for path in [runs["read-only"].folder, *runs["read-only"].folder.rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    seconds = [_seconds_to_end(worker, 1.5 if broken else 10) for worker in workers]
    state = store.read(runs["read-only"].folder).state
    back = runs["removed"].folder.exists()
    figure = f"both workers ended within {max(seconds):.1f} s; the removed folder "
    figure += f"{'is BACK' if back else 'stays away'}, the other run is {state}"
    return Outcome(figure, max(seconds) <= 10 and not back and state in ("failed", "interrupted"))


def _seconds_to_end(worker, patience: float) -> float:
    started = time.monotonic()
    try:
        worker.wait(patience)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
        return float("inf")
    return time.monotonic() - started


def ignore_errors() -> None:
    """The broken variant: a worker that goes on after errors of the disk."""
    from imdb_core.runs import journal
    from imdb_core.training import checkpoints, export

    def ignoring(function):
        def tried(*arguments, **options):
            try:
                return function(*arguments, **options)
            except OSError:
                return None

        return tried

    journal.append, checkpoints.save = ignoring(journal.append), ignoring(checkpoints.save)
    export.Exporter.keep_epoch = ignoring(export.Exporter.keep_epoch)


@row(
    "B15",
    "a run is deleted in two tabs while it starts",
    "0 exceptions, 0 foreign files deleted",
    breaks=("no lock while deleting",),
)
def delete_races(place, patch, broken):
    root = place / "runs"
    root.mkdir()
    (place / "mine.txt").write_text("mine")
    neighbour = sample_runs.finished_run("neighbour")
    (root / store.new_id()).symlink_to(place / "elsewhere")
    shutil.copytree(neighbour.folder, place / "elsewhere")
    races = 20 if broken else RACES
    count = result_in_new_process(_races, races, broken or "")
    foreign = 2 - (place / "mine.txt").exists() - (store.read(neighbour.folder).state == "finished")
    foreign += not (place / "elsewhere" / layout.CONFIG).exists()
    figure = f"{count['exceptions']} exceptions, {foreign} foreign files deleted, "
    figure += f"{count['torn']} workers without their folder, {count['ghosts']} folders that came back, "
    figure += f"in {races} races ({count['deleted']} deleted, {count['kept']} kept for their worker)"
    return Outcome(
        figure,
        count["exceptions"] + foreign + count["torn"] + count["ghosts"] == 0
        and count["deleted"] + count["kept"] == races,
    )


def _races(times: str, broken: str) -> dict:
    """In each race two processes delete a run, a third lists runs, and a fourth is its worker.

    In some races the worker is first and keeps its lock: then the run must stay.
    """
    if broken:
        store.delete = _naive_delete
    count, place = Counter(exceptions=0, torn=0, deleted=0, kept=0), paths.runs_folder().parent
    link = next(run for run in store.runs() if run.folder.is_symlink())
    for number in range(int(times)):
        run = link if number == 0 else queued_run()
        gate, first = time.monotonic() + 0.01, number % 33 == 1
        codes = fork_each(
            4, lambda role, run=run, gate=gate, first=first: _act(role, run, gate, place, first=first)
        )
        count["exceptions"] += first and not run.folder.exists()
        count["exceptions"] += sum(map(bool, codes))
        worker = json.loads((place / "role-3").read_text())
        count["torn"] += worker["held"] and not worker["has_folder"]
        count["deleted" if not os.path.lexists(run.folder) else "kept"] += 1
    count["ghosts"] = sum(bool(run.damaged) for run in store.runs())
    return count


def _act(role: int, run, gate: float, place: Path, *, first: bool) -> None:
    """Roles 0 and 1 delete, role 2 lists runs, role 3 is a worker that holds the lock for a moment."""
    while time.monotonic() < gate:
        pass
    if first and role < 2:
        wait_until(lambda: locks.held(run.folder / layout.LOCK))
    if role < 2:
        try:
            store.delete(run)
        except RunError as error:
            assert "still training" in str(error)
    elif role == 2:
        assert all(listed.summary() for listed in store.runs())
    else:
        (place / "role-3").write_text(json.dumps(_work(run, REFUSED_SECONDS if first else 0.02)))


def _work(run, seconds: float) -> dict:
    try:
        lock = locks.hold(run.folder / layout.LOCK)
    except (OSError, locks.Held):
        return {"held": False}
    time.sleep(seconds)
    has_folder = (run.folder / layout.CONFIG).exists()
    lock.release()
    return {"held": True, "has_folder": has_folder}


def _naive_delete(run) -> None:
    if locks.held(run.folder / layout.LOCK):
        raise RunError("still training")
    time.sleep(0.003)
    shutil.rmtree(run.folder)
