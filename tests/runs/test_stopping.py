"""Runs are stopped, and no process but their worker: natively and as on Windows."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from imdb_core.errors import RunError
from imdb_core.runs import devices, launcher, layout, locks, store
from tests.recorded_runs import event_kinds

pytestmark = pytest.mark.usefixtures("each_way", "stub_worker")


def test_stop_ends_the_worker_and_keeps_its_epochs(tiny, endless, settled, wait_until):
    run = launcher.submit(tiny())
    wait_until(lambda: store.read(run.folder).epochs)
    launcher.stop(store.read(run.folder))
    ended = settled(run)
    assert ended.state == "stopped"
    assert ended.epochs
    assert ended.message.startswith("Stopped by the user")
    assert event_kinds(run).count("stopped") == 1
    launcher.stop(ended)
    assert store.read(run.folder).state == "stopped"


def test_stopped_is_shown_only_when_the_worker_is_gone(tiny):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "stopped")
    lock = locks.hold(run.folder / layout.LOCK)
    assert store.read(run.folder).state == "stopping"
    lock.release()
    assert store.read(run.folder).state == "stopped"


def test_a_worker_that_ignores_sigterm_is_killed_and_its_run_is_stopped(tiny, endless, monkeypatch):
    monkeypatch.setenv("STUB_IGNORE_TERM", "1")
    monkeypatch.setattr(launcher, "STOP_SECONDS", 0.3)
    run = launcher.submit(tiny())
    worker = launcher.workers.process(run)
    launcher.end(run)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    ended = store.read(run.folder)
    assert ended.state == "stopped"
    assert "by force" in ended.message
    assert ended.can_resume


def test_a_queued_run_is_taken_from_the_queue(tiny, endless):
    for _ in range(devices.cpu_cores()):
        launcher.submit(tiny())
    run = launcher.submit(tiny())
    launcher.stop(run)
    launcher.dispatch()
    assert store.read(run.folder).state == "stopped"
    assert event_kinds(run) == ["queued", "stopped"]


def test_a_stop_with_an_outdated_view_of_the_run_still_reaches_the_worker(tiny, endless, settled):
    run = store.create(tiny(), store.new_id())
    assert run.state == "queued"  # the page shows this state from before the start
    launcher.dispatch()
    launcher.stop(run)
    assert settled(run).state == "stopped"


@pytest.mark.parametrize("event", ["stopped", "stop-requested"])
@pytest.mark.parametrize("worker", ["stub_worker", "imdb_core.training.worker"])
def test_a_stop_that_comes_while_the_worker_is_being_started_is_obeyed(tiny, worker, event):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, event)
    subprocess.run([sys.executable, "-m", worker, str(run.folder)], check=True)
    assert store.read(run.folder).state == "stopped"
    assert event_kinds(run) == ["queued", event, "started", "stopped"]


def test_a_process_that_reuses_the_old_workers_id_is_never_signalled(tiny):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        born = psutil.Process(other.pid).create_time()
        run = store.create(tiny(), store.new_id())
        store.record(run.folder, "started", pid=other.pid, process_started=born - 60, device="cpu", threads=1)
        lock = locks.hold(run.folder / layout.LOCK)
        assert launcher.workers.process(store.read(run.folder)) is None
        launcher.end(store.read(run.folder))
        lock.release()
        launcher.end(store.read(run.folder))  # and neither when nobody holds the lock
        store.record(run.folder, "started", pid=other.pid, process_started=born, device="cpu", threads=1)
        launcher.end(store.read(run.folder))
        time.sleep(0.1)
        assert other.poll() is None
    finally:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()


def test_a_run_is_deleted_only_when_its_worker_is_gone(tiny, endless, settled):
    run = launcher.submit(tiny())
    with pytest.raises(RunError, match="still training"):
        store.delete(run)
    launcher.stop(run)
    store.delete(settled(run))
    assert store.runs() == []
