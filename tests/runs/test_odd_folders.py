"""The queue goes on for all other runs in spite of an odd folder, file or value."""

import json
import shutil

import pytest

from imdb_core import paths
from imdb_core.__main__ import main
from imdb_core.runs import launcher, locks, store
from tests import odd_paths
from tests.faults.support.workers import config, use_light_worker

GONE = 99999999  # no process has this number
STARTED = {"pid": GONE, "process_started": 0.0, "device": "cpu", "threads": 1}


pytestmark = pytest.mark.usefixtures("never_waits")


def rows(*events):
    def write(run):
        text = "".join(json.dumps(event) + "\n" for event in events)
        (run.folder / "events.jsonl").write_text(text)

    return write


def beside(name):
    return lambda run: (paths.runs_folder() / name).mkdir()


def vanishes(run):
    """The run's folder is removed while its start is recorded."""
    append = store.journal.append

    def removed(path, row, **options):
        if path.parent == run.folder:
            shutil.rmtree(run.folder)
            store.journal.append = append
        append(path, row, **options)

    store.journal.append = removed


QUEUED = {"event": "queued", "time": "2026-01-31T12:00:00.000+00:00"}
KINDS = {
    f"{name} {kind.__name__}": lambda run, kind=kind, name=name: kind(run.folder / name)
    for name in ("worker.log", "run.lock", "events.jsonl", "metrics.jsonl")
    for kind in odd_paths.ODD
}
KINDS |= {
    "queued without a time": rows({**QUEUED, "time": None}),
    "never queued": rows({"event": "renamed", "name": "x"}),
    "started with a number that no system gives": rows(
        QUEUED, {"event": "started", **STARTED, "pid": 10**30}
    ),
    "started by nobody": rows(QUEUED, {"event": "started", **STARTED, "pid": -1}),
    "started on an odd device": rows(QUEUED, {"event": "started", **STARTED, "device": "toaster"}),
    "launched often": rows(QUEUED, *[{"event": "launching"}] * 5),
    "vanishes": vanishes,
    "checkpoints are a link": lambda run: odd_paths.link(run.folder / "checkpoints"),
    "events that cannot be written": lambda run: None,
}
NAMES = (
    ".new-",
    ".new-x",
    ".new-a-b-c",
    f".new-20260131-120000000-abcdefgh-{10**30}-0123abcd",
    ".new-abc-0123abcd",
    ".trash-",
)
NAMES += (".new-\udcff-1-2", "\udcff", ".trash-\udcff", "20260131-120000000-abcdefgh", "-1", "x" * 255)
KINDS |= {f"a folder called {name!a:.30}": beside(name) for name in NAMES}


@pytest.mark.parametrize("kind", KINDS)
def test_in_spite_of_an_odd_folder_other_runs_are_listed_started_reconciled_and_stopped(
    kind, monkeypatch, capsys
):
    use_light_worker(monkeypatch, 60)
    monkeypatch.setattr(store.journal, "append", store.journal.append)  # for "vanishes"
    ended = store.create(config(1), store.new_id())
    store.record(ended.folder, "started", **STARTED)
    odd = store.create(config(2), store.new_id())
    KINDS[kind](odd)
    if kind == "events that cannot be written":
        monkeypatch.setattr(store, "record", refusing(store.record, odd.folder))
    good = store.create(config(3), store.new_id())
    listed = {run.id: run.state for run in launcher.runs()}
    assert listed[good.id] == "running"
    assert listed[ended.id] == "interrupted" and store.read(ended.folder).ending["event"] == "interrupted"
    code = main(["stop", "--all"])
    assert store.read(good.folder).state == "stopped"
    assert "Traceback" not in capsys.readouterr().err
    assert code in (0, 2)
    queued = [run.id for run in launcher.runs() if run.state == "queued"]
    assert good.id not in queued


def refusing(record, refused_folder):
    """`record`, but no event can be written into `refused_folder`."""

    def refuse(folder, event, **details):
        if folder == refused_folder:
            raise store.RunError("events.jsonl cannot be written.")
        record(folder, event, **details)

    return refuse


@pytest.mark.parametrize("kind", odd_paths.ODD)
def test_a_path_that_is_not_a_regular_file_is_refused_as_a_lock_at_once(kind, tmp_path):
    paths.runs_folder().mkdir()
    odd_paths.elsewhere().touch()
    kind(tmp_path / "run.lock")
    assert not locks.held(tmp_path / "run.lock")
    sentence = "run.lock is a .*, not a file, so it cannot be a lock .*Move it elsewhere"
    with pytest.raises(store.RunError, match=sentence):
        locks.hold(tmp_path / "run.lock")


def test_a_run_whose_worker_never_records_its_start_fails_after_two_starts(monkeypatch):
    use_light_worker(monkeypatch, 60)
    run = store.create(config(1), store.new_id())
    for attempt in (1, 2):
        store.record(run.folder, "launching", attempt=attempt)  # by processes that were killed right after
    launcher.dispatch()
    now = store.read(run.folder)
    assert now.state == "failed" and "was started 2 times" in now.message
    assert launcher.resume(now).state == "running"


@pytest.mark.parametrize("name", ["\x1b{}", "{}\x07", "\u202e{}", "{}\udcff", "{}\x7f"])
def test_no_odd_name_is_shown_as_the_id_of_another_run(name):
    run = store.create(config(1), store.new_id())
    shutil.copytree(run.folder, run.folder.with_name(name.format(run.id)))
    ids = [listed.id for listed in store.runs()]
    assert len(set(ids)) == 2 and run.id in ids and all(id.isprintable() for id in ids)
