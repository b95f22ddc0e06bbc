"""A process that waits for a lock names the process that holds it, and ends with a sentence."""

import errno

import pytest

from imdb_core import paths
from imdb_core.__main__ import main
from imdb_core.errors import RunError, UserError
from imdb_core.runs import launcher, locks, store
from tests.faults.support.workers import config, suspended_holder, use_light_worker


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "SILENT_SECONDS", 0.1)
    monkeypatch.setattr(launcher, "QUEUE_SECONDS", 0.3)
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.3)


@pytest.fixture
def queue_lock():
    return paths.runs_folder() / launcher.QUEUE_LOCK


def test_the_holder_of_a_lock_is_announced_and_after_the_wait_named_in_the_error(tmp_path):
    sentences = []
    with suspended_holder(tmp_path / "a.lock") as pid, locks.announcing(sentences.append):
        with pytest.raises(
            UserError, match=rf"Process {pid} \(python.*\), which bakes bread, holds a.lock; waited"
        ):
            locks.hold(tmp_path / "a.lock", 0.3, duty="bakes bread")
    assert len(sentences) == 1
    assert sentences[0].startswith(f"Process {pid} (python")
    assert "waiting for it" in sentences[0] and "suspended" in sentences[0]


def test_a_run_submitted_behind_a_suspended_process_is_queued_with_a_sentence(queue_lock, monkeypatch):
    use_light_worker(monkeypatch, 60)
    with suspended_holder(queue_lock) as pid:
        with pytest.raises(RunError, match=rf"is queued, but was not started .*Process {pid} \(python"):
            launcher.submit(config(1))
        [run] = launcher.runs()
        assert run.state == "queued"
        assert launcher.dispatch() is False
        with pytest.raises(RunError, match=f"Process {pid} "):
            launcher.end(run)
    assert launcher.runs()[0].state == "running"


def test_the_command_line_names_the_process_it_waits_for_and_ends_with_a_sentence(
    queue_lock, monkeypatch, capsys
):
    use_light_worker(monkeypatch, 60)
    with suspended_holder(queue_lock) as pid:
        code = main(["train", "--network", "lstm", "--dataset", "demo"])
    errors = capsys.readouterr().err
    assert code == 2
    assert errors.count(f"Process {pid} (python") == 2
    assert "waiting for it" in errors and "Traceback" not in errors


def test_a_deletion_behind_a_suspended_process_names_it():
    run = store.create(config(1), store.new_id())
    store.record(run.folder, "stopped")
    store.record(run.folder, "finished", test_accuracy=0.5, test_reviews=1)
    with suspended_holder(run.folder / "run.lock") as pid:
        with pytest.raises(RunError, match=rf"was not deleted. Process {pid} \(python"):
            store.delete(run)
    store.delete(run)
    assert store.runs() == []


def test_a_lock_file_that_cannot_be_created_or_read_is_not_reported_as_a_missing_folder(
    tmp_path, monkeypatch
):
    def denied(path, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(locks.files, "open_appending", denied)
    # A FileNotFoundError would say that the run is gone.
    with pytest.raises(PermissionError, match="Permission denied"):
        locks.hold(tmp_path / "run.lock", 0)
