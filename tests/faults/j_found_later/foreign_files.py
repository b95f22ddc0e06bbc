"""Foreign files, folders and links in the folders of runs and reviews must not be touched."""

import os
import shutil
from pathlib import Path

from imdb_core import data, files, paths
from imdb_core.data import converted, demo, download, imdb
from imdb_core.errors import DataError, UserError
from imdb_core.runs import assignment, launcher, layout, ownership, store
from imdb_core.training import checkpoints, export
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker, sample_runs
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.counted_runs import queued_run
from tests.faults.support.sentinels import (
    BESIDE,
    DEAD,
    IN_A_RUN,
    IN_THE_CACHE,
    is_untouched,
    link_to,
    sentinel,
)


@row(
    "J5",
    "foreign files, folders and links lie where the app creates, trains, sweeps and deletes",
    "0 foreign files touched; all own files gone",
    breaks=("by name alone", "whole folders"),
)
def foreign_files(place, patch, broken):
    result = result_in_new_process(_touched, place, broken or "", COUNTING_EPOCH_SECONDS="0")
    touched, left, refusals = result["touched"], result["left"], result["refusals"]
    figure = f"{len(touched)} of {result['count']} touched {' '.join(touched[:3])}; "
    figure += f"{len(left)} own files left {' '.join(left[:3])}; "
    figure += f"{refusals} of {result['asked']} deletions refused with the name"
    return Outcome(figure, not touched and not left and refusals == result["asked"])


def _touched(place: str, broken: str) -> dict:
    """Do everything that removes files beside foreign files (sentinels); returns which of them changed."""
    counting_worker.install()
    assignment.start_queued = lambda listed: None
    if broken:
        _break(broken)
    elsewhere = Path(place, "elsewhere")
    sentinels = [
        sentinel(elsewhere / name)
        for name in ("notes.txt", layout.CONFIG, "epoch-001/weights.npz", layout.LOCK)
    ]
    sentinels += _beside_runs(elsewhere)
    asked, refusals, runs = _refused_deletions()
    run = queued_run(epochs=3)
    sentinels += [sentinel(run.folder / name) for name in IN_A_RUN]
    sentinels += [
        link_to(run.folder / name, elsewhere)
        for name in ("photos", "checkpoints/.epoch-007.tmp", "checkpoints/epoch-009")
    ]
    _train_twice(run)
    asked += 1
    refusals += "Move it elsewhere" in _refusal(run)
    sentinels += _in_the_cache(elsewhere)
    own = _delete_own(elsewhere)
    _write_reviews()
    launcher.dispatch()
    left = [str(path) for path in own if os.path.lexists(path)]
    touched = [
        os.fsencode(path).decode("ascii", "replace") for path in [*sentinels, *runs] if not is_untouched(path)
    ]
    return {
        "touched": touched,
        "count": len(sentinels) + len(runs),
        "left": left,
        "asked": asked,
        "refusals": refusals,
    }


def _beside_runs(elsewhere: Path) -> list[Path]:
    """Create a folder with a file for each odd name, and a file and a link with a temporary name."""
    root = paths.runs_folder()
    inside = ("notes.txt", layout.CONFIG)
    sentinels = [sentinel(root / name / inside[number % 2]) for number, name in enumerate(BESIDE)]
    for name in (f".trash-{store.new_id()}-00000000", f".{store.new_id()}.{DEAD}"):
        sentinels.append(sentinel(root / name))
    return [*sentinels, link_to(root / f".trash-{store.new_id()}-11111111", elsewhere)]


def _refused_deletions() -> tuple[int, int, list[Path]]:
    """Try to delete every folder that is no run, and runs that hold one foreign file each."""
    asked = refusals = 0
    sentinels = []
    for folder in [entry for entry in paths.runs_folder().iterdir() if not entry.name.startswith(".")]:
        asked += 1
        refusals += "by hand" in _refusal(store.read(folder))
    for name in IN_A_RUN:
        run = queued_run()
        sentinels.append(sentinel(run.folder / name))
        asked += 1
        refusals += "Move it elsewhere" in _refusal(run)
    return asked, refusals, sentinels


def _refusal(run) -> str:
    try:
        store.delete(run)
    except UserError as error:
        return str(error)
    return ""


def _train_twice(run) -> None:
    """Train, interrupt with half-written files, reconcile, resume, and train to the end, in this process."""
    os.environ["COUNTING_MORE_EPOCHS"] = "1"
    export.configs.MOST_EPOCH_BYTES = 1
    counting_worker.worker.main([str(run.folder)])
    for name in (
        f".model.json.{DEAD}",
        f"checkpoints/.epoch-008.tmp/.weights.npz.{DEAD}",
    ):
        (run.folder / name).parent.mkdir(exist_ok=True)
        (run.folder / name).touch()
    store.record(run.folder, "queued")
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    launcher.dispatch()
    store.record(run.folder, "queued", resumed=True)
    counting_worker.worker.main([str(run.folder)])
    assert store.read(run.folder).state == "finished", store.read(run.folder).ending


def _delete_own(elsewhere: Path) -> list[Path]:
    """Delete damaged runs and a link to a run, imitate killed processes; returns the paths that must go."""
    root = paths.runs_folder()
    runs = [queued_run() for _ in range(8)]
    (runs[0].folder / layout.CONFIG).write_text("")
    (runs[1].folder / layout.EVENTS).unlink()
    (runs[2].folder / layout.MARKER).unlink()  # like a run of an earlier version
    (runs[3].folder / layout.MARKER).unlink()
    (runs[3].folder / layout.CONFIG).write_text("{")
    (runs[4].folder / layout.MARKER).write_text("")  # like after a full disk
    link_to(runs[5].folder / layout.LOG, elsewhere / "notes.txt")
    link_to(runs[6].folder / "epochs", elsewhere)
    (runs[7].folder / ".DS_Store").touch()
    sentinel(runs[7].folder / layout.SCRATCH / "a library's folder" / "module.py")
    trained = sample_runs.trained_copy()
    link = store.read(link_to(root / store.new_id(), elsewhere / "linked run"))
    shutil.copytree(trained.folder, elsewhere / "linked run")
    for run in (*runs, trained, link):
        store.delete(store.read(run.folder))
    assert (elsewhere / "linked run" / layout.CONFIG).exists() and not (
        elsewhere / "linked run" / layout.LOCK
    ).exists()
    killed = [
        root / f".trash-{store.new_id()}-0123abcd",
        root / f".{store.new_id()}.{DEAD}",
    ]
    empty = [
        root / f".trash-{store.new_id()}-0123abcd",
        root / f".{store.new_id()}.{DEAD}",
    ]
    for folder in killed:
        queued_run().folder.rename(folder)
    for folder in empty:
        folder.mkdir()
    return [*(run.folder for run in (*runs, trained, link)), *killed, *empty]


def _in_the_cache(elsewhere: Path) -> list[Path]:
    fingerprint = demo.load().fingerprint[:16]
    sentinels = [sentinel(paths.cache_folder() / name.format(fingerprint)) for name in IN_THE_CACHE]
    return [*sentinels, link_to(paths.cache_folder() / f"imdb-{fingerprint}-0", elsewhere)]


def _write_reviews() -> None:
    """Write converted reviews, also over damaged ones, and start a download, which removes stale files.

    Calls the private _published, the part of loading that removes files.
    """
    corpus = data.load("demo")
    for _ in range(2):
        converted.write(corpus)
    (converted.folder(corpus.fingerprint) / "words.json").unlink()
    converted.write(corpus)
    download.fetch = _no_download
    try:
        imdb._published(None)
    except UserError:
        return


def _no_download(*_):
    raise DataError("there is no network")


def _break(how: str) -> None:
    if how == "by name alone":
        store.remove_leftovers = _sweep_by_name
        return
    ownership.require_own_folder = lambda folder, name: None
    for module in (files, checkpoints, converted):
        module.remove_own = lambda folder, own, **_: shutil.rmtree(folder, ignore_errors=True)


def _sweep_by_name() -> None:
    for folder in paths.runs_folder().iterdir():
        if folder.name.startswith(".trash-") or folder.name.endswith(".tmp"):
            shutil.rmtree(folder, ignore_errors=True)
