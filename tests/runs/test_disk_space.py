"""The computed disk space of a run is never less than the space that the run takes."""

import shutil

import pytest

from imdb_core import config as configs
from imdb_core.errors import RunError
from imdb_core.runs import disk_space, launcher, store


def test_a_run_takes_no_more_bytes_than_computed(tiny_run):
    taken = sum(path.stat().st_size for path in tiny_run.folder.rglob("*"))
    assert taken <= disk_space.needed_bytes(tiny_run.config)


def test_larger_networks_and_more_epochs_need_more_bytes_up_to_the_limit_of_kept_epochs():
    small, long, longer = (
        disk_space.needed_bytes(configs.preset("lstm", embedding_size=128, epochs=epochs))
        for epochs in (1, 190, 200)
    )
    assert small < long == longer
    assert disk_space.needed_bytes(configs.preset("lstm", embedding_size=128, epochs=1, units=200)) > small


def test_a_second_click_on_a_full_disk_returns_the_run_of_the_first(tiny, monkeypatch):
    monkeypatch.setattr(launcher, "dispatch", lambda: None)
    run = launcher.submit(tiny(), store.new_id())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 0))
    assert launcher.submit(tiny(), run.id).id == run.id
    with pytest.raises(RunError, match=r"needs about [0-9,]+ bytes on the disk, but only 0 are free"):
        launcher.submit(tiny())
