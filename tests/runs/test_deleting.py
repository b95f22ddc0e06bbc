"""Delete removes this app's files, temporary ones included, and refuses folders with any other file."""

import os

import pytest

from imdb_core import paths
from imdb_core.runs import launcher, layout, store
from tests.faults.support.workers import config
from tests.recorded_runs import STARTED
from ui import run_buttons


def test_a_link_to_itself_is_listed_with_its_reason_and_deleted():
    run = store.create(config(1), store.new_id())
    loop = run.folder.with_name(store.new_id())
    loop.symlink_to(loop.name)
    assert {listed.id: listed.damaged for listed in store.runs()} == {
        run.id: None,
        loop.name: f"{loop.name} is a link to itself.",
    }
    run_buttons.delete(loop.name)
    assert not os.path.lexists(loop) and [listed.id for listed in store.runs()] == [run.id]


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
    sentence = "its folder holds 'mine.txt', which this app did not create. Move it elsewhere"
    with pytest.raises(store.RunError, match=sentence):
        store.delete(run)
    assert store.read(run.folder).state == "queued"
