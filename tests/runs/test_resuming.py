"""Runs that were stopped, killed or interrupted go on: natively and as on Windows."""

import psutil
import pytest

from imdb_core.errors import RunError
from imdb_core.runs import launcher, store
from tests.recorded_runs import event_kinds

pytestmark = pytest.mark.usefixtures("each_way", "stub_worker")


def kill(run):
    """End the worker as a power failure would."""
    worker = launcher.workers.process(store.read(run.folder))
    worker.kill()
    psutil.wait_procs([worker], timeout=10)


def test_resuming_with_an_outdated_view_of_the_run_does_not_queue_it_again(tiny, endless):
    run = store.create(tiny(), store.new_id())
    launcher.stop(run)
    seen = store.read(run.folder)
    assert seen.can_resume
    assert launcher.resume(seen).state == "running"
    with pytest.raises(RunError, match="is running; only interrupted, stopped or failed"):
        launcher.resume(seen)
    assert event_kinds(run).count("started") == 1


def test_a_killed_run_is_interrupted_and_goes_on_after_its_last_epoch(tiny, monkeypatch, settled, wait_until):
    monkeypatch.setenv("STUB_EPOCHS", "1000000")
    run = launcher.submit(tiny())
    wait_until(lambda: len(store.read(run.folder).epochs) >= 2)
    kill(run)
    assert store.read(run.folder).state == "interrupted"
    for _ in range(2):  # noticing it twice does no harm
        [listed] = launcher.runs()
        assert listed.state == "interrupted"
    assert event_kinds(run).count("interrupted") == 1
    assert "Resume" in listed.message
    assert listed.can_resume
    done = listed.epochs[-1]["epoch"]
    monkeypatch.setenv("STUB_EPOCHS", str(done + 2))
    ended = settled(launcher.resume(listed))
    assert ended.state == "finished"
    assert [row["epoch"] for row in ended.epochs] == list(range(1, done + 3))
    assert ended.event("resumed")["epoch"] == done


def test_a_second_interruption_is_recorded_as_well(tiny, endless):
    run = launcher.submit(tiny())
    kill(run)
    launcher.resume(launcher.runs()[0])
    kill(run)
    assert launcher.runs()[0].state == "interrupted"
    assert event_kinds(run).count("interrupted") == 2


def test_a_worker_that_ends_without_notice_leaves_an_interrupted_run_and_the_queue_moves_on(
    tiny, monkeypatch, wait_until
):
    monkeypatch.setenv("STUB_CRASH", "epoch")
    for _ in range(3):
        launcher.submit(tiny())
    wait_until(lambda: [run.state for run in launcher.runs()] == ["interrupted"] * 3)


def test_a_finished_or_queued_run_is_not_resumed(tiny, settled, endless, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "1")
    run = settled(launcher.submit(tiny()))
    with pytest.raises(RunError, match="is finished; only interrupted, stopped or failed"):
        launcher.resume(run)
    with pytest.raises(RunError, match="is queued; only"):
        launcher.resume(store.create(tiny(), store.new_id()))
