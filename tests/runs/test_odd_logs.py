"""A log that is no file of its own: a pipe, a folder, a link, or a hard link to the user's file."""

import os

import pytest

from imdb_core import background, paths
from imdb_core.runs import launcher, layout, store
from tests import odd_paths
from tests.faults.support.workers import config, use_light_worker

pytestmark = pytest.mark.usefixtures("never_waits")


@pytest.mark.parametrize("kind", odd_paths.ODD)
def test_a_log_that_is_not_a_file_fails_the_start_with_a_reason_and_a_links_target_stays(kind, monkeypatch):
    use_light_worker(monkeypatch, 60)
    paths.runs_folder().mkdir()
    odd_paths.elsewhere().write_text("mine")
    run = store.create(config(1), store.new_id())
    log = run.folder / layout.LOG
    kind(log)
    launcher.dispatch()
    now = store.read(run.folder)
    assert now.state == "failed"
    assert "worker.log is a " in now.message
    log.rmdir() if kind is odd_paths.folder else log.unlink()
    assert launcher.resume(now).state == "running"
    assert odd_paths.elsewhere().read_text() == "mine"


def test_a_log_that_is_a_hard_link_to_the_users_file_leaves_that_file_as_it_is(monkeypatch):
    # Python complains in the log about a worker module that does not exist.
    monkeypatch.setattr(launcher.workers, "WORKER", "tests.faults.no_such_worker")
    run = store.create(config(1), store.new_id())
    mine = run.folder.parent.parent / "mine"
    mine.write_bytes(b"mine\n" * background.LARGEST_LOG)
    os.link(mine, run.folder / layout.LOG)
    launcher.dispatch()
    assert "no_such_worker" in store.read(run.folder).log_tail()
    os.link(mine, run.folder / "later.log")
    background.shorten_log(run.folder / "later.log")
    assert mine.read_bytes() == b"mine\n" * background.LARGEST_LOG


def test_a_run_with_an_odd_log_can_be_stopped(monkeypatch, wait_until):
    use_light_worker(monkeypatch, 60)
    run = launcher.submit(config(1))
    odd_paths.pipe(run.folder / layout.LOG)
    launcher.stop(run)
    wait_until(lambda: store.read(run.folder).state == "stopped", 30)
