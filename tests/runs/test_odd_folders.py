"""The queue goes on for all other runs in spite of an odd folder, file or value."""

import contextlib
import json
import os
import shutil
import signal
import socket

import pytest

from imdb_core import background, paths
from imdb_core.__main__ import main
from imdb_core.runs import launcher, layout, locks, store
from tests.faults.workers import config, use_light_worker
from ui import run_buttons

GONE = 99999999  # no process has this number
STARTED = {"pid": GONE, "process_started": 0.0, "device": "cpu", "threads": 1}


@pytest.fixture(autouse=True)
def never_waits():
    """A test that waits for a pipe fails instead."""

    def failed(*_):
        raise AssertionError("it waits for something")

    before = signal.signal(signal.SIGALRM, failed)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path):
    path.unlink(missing_ok=True)
    path.mkdir()


def link(path):
    path.unlink(missing_ok=True)
    path.symlink_to(paths.runs_folder().parent / "elsewhere")


def endless(path):
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def unix_socket(path):
    path.unlink(missing_ok=True)
    with (
        contextlib.chdir(path.parent),
        socket.socket(socket.AF_UNIX) as server,
    ):  # a path of a socket must be short
        server.bind(path.name)


ODD = (pipe, folder, link, endless, unix_socket)


def rows(*events):
    def write(run):
        text = "".join(json.dumps(event) + "\n" for event in events)
        (run.folder / "events.jsonl").write_text(text)

    return write


def beside(name):
    return lambda run: (paths.runs_folder() / name).mkdir()


def vanishes(run):
    """The run's folder is removed while its start is written down."""
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
    for kind in ODD
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
    "checkpoints are a link": lambda run: link(run.folder / "checkpoints"),
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
        record = store.record
        monkeypatch.setattr(
            store, "record", lambda path, *event, **more: fail(path, odd) or record(path, *event, **more)
        )
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


def fail(path, run):
    if path == run.folder:
        raise store.RunError("events.jsonl cannot be written.")


@pytest.mark.parametrize("kind", ODD)
def test_a_path_that_is_not_a_regular_file_is_refused_as_a_lock_at_once(kind, tmp_path):
    paths.runs_folder().mkdir()
    (paths.runs_folder().parent / "elsewhere").touch()
    kind(tmp_path / "run.lock")
    assert not locks.held(tmp_path / "run.lock")
    with pytest.raises(
        store.RunError, match="run.lock is a .*, not a file, so it cannot be a lock .*Move it elsewhere"
    ):
        locks.hold(tmp_path / "run.lock")


@pytest.mark.parametrize("kind", ODD)
def test_a_log_that_is_not_a_file_fails_the_start_with_a_reason_and_a_links_target_stays(kind, monkeypatch):
    use_light_worker(monkeypatch, 60)
    paths.runs_folder().mkdir()
    (paths.runs_folder().parent / "elsewhere").write_text("mine")
    run = store.create(config(1), store.new_id())
    kind(run.folder / "worker.log")
    launcher.dispatch()
    now = store.read(run.folder)
    assert now.state == "failed"
    assert "worker.log is a " in now.message
    (run.folder / "worker.log").rmdir() if kind is folder else (run.folder / "worker.log").unlink()
    assert launcher.resume(now).state == "running"
    assert (paths.runs_folder().parent / "elsewhere").read_text() == "mine"


def test_a_log_that_is_somebodys_file_as_well_leaves_that_as_it_is(monkeypatch):
    monkeypatch.setattr(
        launcher, "WORKER", "tests.faults.no_such_worker"
    )  # of which Python complains in the log
    run = store.create(config(1), store.new_id())
    mine = run.folder.parent.parent / "mine"
    mine.write_bytes(b"mine\n" * background.LARGEST_LOG)
    os.link(mine, run.folder / "worker.log")
    launcher.dispatch()
    assert "no_such_worker" in store.read(run.folder).log_tail()
    os.link(mine, run.folder / "later.log")
    background.shorten_log(run.folder / "later.log")
    assert mine.read_bytes() == b"mine\n" * background.LARGEST_LOG


def test_a_run_with_an_odd_log_can_be_stopped(monkeypatch, wait_until):
    use_light_worker(monkeypatch, 60)
    run = launcher.submit(config(1))
    pipe(run.folder / "worker.log")
    launcher.stop(run)
    wait_until(lambda: store.read(run.folder).state == "stopped", 30)


def test_a_run_whose_worker_never_records_its_start_fails_after_two_starts(monkeypatch):
    use_light_worker(monkeypatch, 60)
    run = store.create(config(1), store.new_id())
    for attempt in (1, 2):
        store.record(run.folder, "launching", attempt=attempt)  # by processes that were killed right after
    launcher.dispatch()
    now = store.read(run.folder)
    assert now.state == "failed" and "was started 2 times" in now.message
    assert launcher.resume(now).state == "running"


def test_a_link_to_itself_is_listed_with_its_reason_and_deleted():
    run = store.create(config(1), store.new_id())
    loop = run.folder.with_name(store.new_id())
    loop.symlink_to(loop.name)
    assert {one.id: one.damaged for one in store.runs()} == {
        run.id: None,
        loop.name: f"{loop.name} is a link to itself.",
    }
    run_buttons.delete(loop.name)
    assert not os.path.lexists(loop) and [one.id for one in store.runs()] == [run.id]


@pytest.mark.parametrize("name", ["\x1b{}", "{}\x07", "\u202e{}", "{}\udcff", "{}\x7f"])
def test_no_odd_name_is_shown_as_the_id_of_another_run(name):
    run = store.create(config(1), store.new_id())
    shutil.copytree(run.folder, run.folder.with_name(name.format(run.id)))
    ids = [one.id for one in store.runs()]
    assert len(set(ids)) == 2 and run.id in ids and all(id.isprintable() for id in ids)


def left_by_a_killed_worker():
    """A run whose killed worker left temporary files of libraries behind."""
    run = store.create(config(1), store.new_id())
    (run.folder / layout.SCRATCH / "tmp_module" / "with\nbreak").mkdir(parents=True)
    (run.folder / layout.SCRATCH / "__autograph_generated.py").touch()
    return run


def test_a_run_with_the_temporary_files_of_a_killed_worker_can_be_deleted():
    run = left_by_a_killed_worker()
    store.delete(run)
    assert os.listdir(paths.runs_folder()) == []


def test_the_temporary_files_of_a_killed_worker_are_removed_when_its_end_is_recorded():
    run = left_by_a_killed_worker()
    store.record(run.folder, "started", **STARTED)
    launcher.dispatch()
    assert store.read(run.folder).state == "interrupted" and not (run.folder / layout.SCRATCH).exists()


def test_a_run_whose_folder_holds_a_foreign_file_is_not_deleted():
    run = store.create(config(1), store.new_id())
    (run.folder / "mine.txt").touch()
    with pytest.raises(
        store.RunError, match="its folder holds 'mine.txt', which this app did not create. Move it elsewhere"
    ):
        store.delete(run)
    assert store.read(run.folder).state == "queued"
