"""The row about foreign files, folders and links in the folders of runs and reviews: none is touched. See
rows.py.
"""

import os
import shutil
from pathlib import Path

from imdb_core import data, files, paths
from imdb_core.data import converted, demo, download, imdb
from imdb_core.errors import DataError, UserError
from imdb_core.runs import launcher, layout, ownership, store
from imdb_core.training import checkpoints, export
from tests.faults import made, plain_worker
from tests.faults.child import outcome
from tests.faults.resuming import plain_run
from tests.faults.rows import Found, row

ID, GONE = "20260131-120000000-abcdefgh", 99999999  # no process has this number
# Names in the folder of runs that resemble those of this app.
BESIDE = (
    *(
        ".new-",
        ".new-x",
        f".new-{ID}",
        f".new-{ID}-{GONE}-0123abcd",
        f".new-{ID}-{10**30}-0123abcd",
        f".new-{ID}-abc-0123abcd",
    ),
    *(
        ".trash-",
        ".trash-mine",
        f".trash-{ID}",
        f".trash-{ID}-0123abcd",
        f".trash-{ID}-0123abcd.bak",
        ".new-\udcff-1-2",
    ),
    *(ID, "my holiday", "20260131-120000001-abcdefgh"),
)
IN_A_RUN = (
    "notes.txt",
    ".notes.txt.99999999.tmp",
    ".vimrc.tmp",
    "old.old",
    ".backup.old/notes.txt",
    "checkpoints/notes.txt",
)
IN_A_RUN += (
    "checkpoints/best/weights.npz",
    "checkpoints/epoch-mine/manifest.json",
    "checkpoints/.epoch-x.tmp/notes.txt",
)
IN_A_RUN += (
    "checkpoints/epoch-001/notes.txt",
    "checkpoints/.epoch-001.old/notes.txt",
    "epochs/epoch-best.onnx",
)
IN_A_RUN += ("epochs/.draft.tmp", "data/.sheet.99999999.0123abcd.tmp")
IN_THE_CACHE = (
    ".imdb-mine.tmp/notes.txt",
    ".imdb-0123456789abcdef-2.77.tmp/notes.txt",
    "imdb-{}-1/notes.txt",
    "imdb-{}-mine/x",
)
IN_THE_CACHE += (
    "imdb-{}/notes.txt",
    "keras/.notes.tmp",
    "keras/.notes.txt.99999999.tmp",
    ".download.json.mine.tmp",
)


@row(
    "J5",
    "files, folders and links that this app did not make lie where it creates, trains, sweeps and deletes",
    "0 of them touched; its own are gone",
    breaks=("by name alone", "whole folders"),
)
def foreign_files(place, patch, broken):
    result = outcome(_touched, place, broken or "", PLAIN_EPOCH_SECONDS="0")
    touched, left, refusals = result["touched"], result["left"], result["refusals"]
    figure = f"{len(touched)} of {result['count']} touched {' '.join(touched[:3])}; {len(left)} own left {' '.join(left[:3])}"
    figure += f"; {refusals} of {result['asked']} deletions refused with the name"
    return Found(figure, not touched and not left and refusals == result["asked"])


def _touched(place: str, broken: str) -> dict:
    """Which foreign files (sentinels) are missing or changed after everything that removes files was done
    around them.
    """
    plain_worker.install()
    launcher._start_queued = lambda listed: None
    if broken:
        _break(broken)
    elsewhere = Path(place, "elsewhere")
    sentinels = [
        _sentinel(elsewhere / name)
        for name in ("notes.txt", "config.json", "epoch-001/weights.npz", "run.lock")
    ]
    sentinels += _beside_runs(elsewhere)
    asked, refusals, runs = _refused_deletions()
    run = plain_run(epochs=3)
    sentinels += [_sentinel(run.folder / name) for name in IN_A_RUN]
    sentinels += [
        _link(run.folder / name, elsewhere)
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
        os.fsencode(path).decode("ascii", "replace") for path in [*sentinels, *runs] if not _is_whole(path)
    ]
    return {
        "touched": touched,
        "count": len(sentinels) + len(runs),
        "left": left,
        "asked": asked,
        "refusals": refusals,
    }


def _sentinel(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    return path


def _link(path: Path, target: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def _is_whole(path: Path) -> bool:
    return path.is_symlink() or (path.is_file() and path.read_text() == "mine")


def _beside_runs(elsewhere: Path) -> list[Path]:
    """A folder of each odd name with a file in it, a file and a link of a temporary name."""
    root = paths.runs_folder()
    inside = ("notes.txt", "config.json")
    sentinels = [_sentinel(root / name / inside[number % 2]) for number, name in enumerate(BESIDE)]
    for name in (f".trash-{store.new_id()}-00000000", f".new-{store.new_id()}-{GONE}-00000000"):
        sentinels.append(_sentinel(root / name))
    return [*sentinels, _link(root / f".trash-{store.new_id()}-11111111", elsewhere)]


def _refused_deletions() -> tuple[int, int, list[Path]]:
    """Try to delete every folder that is no run, and runs that hold one foreign file or folder each."""
    asked = refusals = 0
    sentinels = []
    for folder in [entry for entry in paths.runs_folder().iterdir() if not entry.name.startswith(".")]:
        asked += 1
        refusals += "by hand" in _refusal(store.read(folder))
    for name in IN_A_RUN:
        run = plain_run()
        sentinels.append(_sentinel(run.folder / name))
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
    """Train in this process, then be interrupted with half-written files, reconciled, resumed and finished."""
    os.environ["PLAIN_MORE"] = "1"
    export.configs.MOST_EPOCH_BYTES = 1
    plain_worker.worker.main([str(run.folder)])
    for name in (
        f".model.json.{GONE}.0123abcd.tmp",
        f"checkpoints/.epoch-008.tmp/.weights.npz.{GONE}.0123abcd.tmp",
    ):
        (run.folder / name).parent.mkdir(exist_ok=True)
        (run.folder / name).touch()
    store.record(run.folder, "queued")
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    launcher.dispatch()
    store.record(run.folder, "queued", resumed=True)
    plain_worker.worker.main([str(run.folder)])
    assert store.read(run.folder).state == "finished", store.read(run.folder).ending


def _delete_own(elsewhere: Path) -> list[Path]:
    """Delete damaged runs and a link to a run; returns the paths that must be gone, killed deletions and
    creations included.
    """
    root = paths.runs_folder()
    runs = [plain_run() for _ in range(8)]
    (runs[0].folder / "config.json").write_text("")
    (runs[1].folder / "events.jsonl").unlink()
    (runs[2].folder / layout.MARKER).unlink()  # as a run of an earlier version
    (runs[3].folder / layout.MARKER).unlink()
    (runs[3].folder / "config.json").write_text("{")
    (runs[4].folder / layout.MARKER).write_text("")  # as after a full disk
    _link(runs[5].folder / "worker.log", elsewhere / "notes.txt")
    _link(runs[6].folder / "epochs", elsewhere)
    (runs[7].folder / ".DS_Store").touch()
    _sentinel(runs[7].folder / layout.SCRATCH / "a library's folder" / "module.py")
    trained = made.trained_copy()
    link = store.read(_link(root / store.new_id(), elsewhere / "linked run"))
    shutil.copytree(trained.folder, elsewhere / "linked run")
    for run in (*runs, trained, link):
        store.delete(store.read(run.folder))
    assert (elsewhere / "linked run" / "config.json").exists() and not (
        elsewhere / "linked run" / "run.lock"
    ).exists()
    killed = [root / f".trash-{store.new_id()}-0123abcd", root / f".new-{store.new_id()}-{GONE}-0123abcd"]
    empty = [root / f".trash-{store.new_id()}-0123abcd", root / f".new-{store.new_id()}-{GONE}-0123abcd"]
    for folder in killed:
        plain_run().folder.rename(folder)
    for folder in empty:
        folder.mkdir()
    return [*(run.folder for run in (*runs, trained, link)), *killed, *empty]


def _in_the_cache(elsewhere: Path) -> list[Path]:
    fingerprint = demo.load().fingerprint[:16]
    sentinels = [_sentinel(paths.cache_folder() / name.format(fingerprint)) for name in IN_THE_CACHE]
    return [*sentinels, _link(paths.cache_folder() / f"imdb-{fingerprint}-0", elsewhere)]


def _write_reviews() -> None:
    """Write the converted reviews, once more over damaged ones, and start a download, which removes stale
    files first.
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
        store.sweep = _sweep_by_name
        return
    ownership.require_own_folder = lambda folder, name: None
    for module in (files, checkpoints, converted):
        module.remove_own = lambda folder, own, **_: shutil.rmtree(folder, ignore_errors=True)


def _sweep_by_name() -> None:
    for folder in paths.runs_folder().iterdir():
        if folder.name.startswith((".new-", ".trash-")):
            shutil.rmtree(folder, ignore_errors=True)
