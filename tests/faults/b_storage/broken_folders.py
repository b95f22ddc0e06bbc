"""Run folders whose files are empty, huge, no text, links, pipes or folders."""

import os
import shutil
from pathlib import Path

from imdb_core import files
from imdb_core.runs import launcher, layout, reading, store
from tests.faults.rows import Outcome, row
from tests.faults.support import sample_runs
from tests.faults.support.child_processes import NO_SUPERUSER, result_in_new_process


@row(
    "B4",
    "12 of 200 run folders are broken",
    "188 shown, 12 shown as damaged with a reason, 0 exceptions",
    breaks=("not quarantined",),
)
def broken_folders(place, patch, broken):
    (place / "runs").mkdir()
    count = 18 if broken else 188
    run = sample_runs.finished_run("healthy")
    for folder in [run.folder, *sample_runs.many_copies(run, count - 1)][:12]:
        shutil.copytree(folder, folder.with_name(store.new_id()))
    folders = sorted(path for path in (place / "runs").iterdir() if path.is_dir())[:: (count + 12) // 12][:12]
    for folder, damage in zip(folders, DAMAGES.values(), strict=True):
        damage(folder)
    result = result_in_new_process(_listed, broken or "", prefix=NO_SUPERUSER)
    figure = f"{result['shown']} of {count} shown, {result['damaged']} of 12 shown as damaged with a reason, "
    figure += f"{len(result['exceptions'])} exceptions {' '.join(result['exceptions'])}".rstrip()
    return Outcome(figure, (result["shown"], result["damaged"], result["exceptions"]) == (count, 12, []))


def _listed(broken: str) -> dict:
    """Read the list of runs, each single run and the page of all runs; returns counts and exceptions."""
    exceptions, listed = [], []
    if broken:
        reading.lock_fault = lambda path: None
    try:
        listed = launcher.runs()
        summaries = [run.summary() for run in listed]
        thorough = [store.read(run.folder) for run in listed]
        assert sum(bool(run.damaged) for run in thorough) == 12 and all(summaries)
        _page_shows_reasons()
    except Exception as error:  # noqa: BLE001 - every exception is counted
        exceptions.append(repr(error))
    shown = sum(run.damaged is None and run.test_accuracy == 0.8125 for run in listed)
    return {"shown": shown, "damaged": sum(bool(run.damaged) for run in listed), "exceptions": exceptions}


def _page_shows_reasons() -> None:
    from tests.apptest import listed_runs, opened

    damaged = [row for row in listed_runs(opened("runs")) if row["state"] == "damaged"]
    assert len(damaged) == 12 and all(row["remark"] for row in damaged)


def _put(name: str, content: bytes):
    return lambda folder: files.write_atomically(folder / name, content)


def _pipe(folder: Path) -> None:
    (folder / layout.EVENTS).unlink()
    os.mkfifo(folder / layout.EVENTS)


def _loop(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


def _huge(folder: Path) -> None:
    files.write_atomically(folder / layout.CONFIG, b'{"format": 1}')
    os.truncate(folder / layout.CONFIG, 2**40)


def _endless(folder: Path) -> None:
    files.write_atomically(folder / layout.METRICS, b"")
    os.truncate(folder / layout.METRICS, 2**40)


def _folder_as(name: str):
    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return damage


DAMAGES = {
    "empty config": _put(layout.CONFIG, b""),
    "config of a terabyte": _huge,
    "config that is not UTF-8": _put(layout.CONFIG, b'{"format": 1, "config": "\xff\xfe"}'),
    "config with NaN": _put(layout.CONFIG, b'{"format": 1, "config": {"learning_rate": NaN}}'),
    "config nested 100,000 deep": _put(layout.CONFIG, b"[" * 100_000),
    "no permission": lambda folder: folder.chmod(0),
    "a link to itself": _loop,
    "a folder as config": _folder_as(layout.CONFIG),
    "a folder as lock": _folder_as(layout.LOCK),
    "events in a pipe": _pipe,
    "metrics of a terabyte": _endless,
    "a row that no worker wrote": _put(
        layout.EVENTS, b'{"event": "queued"}\n{"event": "finished", "test_accuracy": [1e999]}\n'
    ),
}
