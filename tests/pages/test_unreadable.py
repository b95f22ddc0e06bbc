"""Folders that may not be read, or that change while a page reads them, give sentences and no exceptions."""

import itertools
import json
import os
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from imdb_core import paths
from imdb_core.runs import launcher, layout, locks, progress, store
from imdb_core.scoring import models
from imdb_core.sentences import Sentence
from tests.apptest import APP, components, opened
from tests.faults.support.child_processes import NO_SUPERUSER, result_in_new_process
from tests.faults.support.sample_runs import finished_run
from ui.formats import escaped

CLOSED = {"the folder of runs": 0o000, "its names": 0o444, "the run": 0o000}


def _shown_beside(what: str) -> list[str]:
    """The errors on the first page and the run's own page when a folder's permissions are taken away."""
    run = finished_run("closed")
    folder = run.folder if what == "the run" else paths.runs_folder()
    mode = folder.stat().st_mode
    folder.chmod(CLOSED[what])
    try:
        first = AppTest.from_file(APP, default_timeout=60).run()
        pages = [first] if what == "the folder of runs" else [first, opened("watch"), opened("runs")]
        assert not any(page.exception for page in pages), [page.exception for page in pages]
        return [error.value for page in pages for error in page.error]
    finally:
        folder.chmod(mode)


@pytest.mark.parametrize("what", CLOSED)
def test_a_folder_that_may_not_be_read_is_a_sentence_on_every_page(what):
    errors = result_in_new_process(_shown_beside, what, prefix=NO_SUPERUSER)
    assert errors and all("Permission denied" in error for error in errors)


def test_a_run_that_leaves_the_queue_while_its_place_is_looked_up_is_no_error(monkeypatch, stub_worker):
    run = store.create(finished_run("done").config, store.new_id())
    monkeypatch.setattr(
        launcher,
        "runs",
        lambda: [queued for queued in store.runs() if queued.state != "queued" or next(looks)],
    )
    looks = itertools.chain([True], itertools.repeat(False))  # only the first look lists it
    [shown] = components(opened("watch", run=run.id), "live_run")
    assert json.loads(shown["status"])["activity"] == "queued"


def test_rows_that_vanish_or_are_damaged_between_two_looks_are_no_error():
    run = finished_run("changes")
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    with locks.hold(run.folder / layout.LOCK):
        run = store.read(run.folder)
        (run.folder / layout.EVENTS).write_bytes(b'{"event": 1}\n')
        assert run.state == "running" and store.read(run.folder).state == "damaged"
        for name in (layout.EVENTS, layout.METRICS):
            (run.folder / name).unlink()
            assert progress.progress(run).activity == Sentence("starting")


@pytest.mark.parametrize("name", [b"\xff", b"\x1b[2J", "\u202eturned".encode()])
def test_a_pretrained_network_in_an_odd_folder_has_a_key_that_can_be_shown(name, tmp_path, monkeypatch):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
    shutil.copytree(paths.PRETRAINED / "cnn_lstm_dense", odd)
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path)
    [model] = models.pretrained()
    assert model.key.isprintable() and models.find(model.key).folder == model.folder
    assert any(model.key in box.options or model.title in box.options for box in opened("classify").selectbox)


def test_a_path_that_is_no_utf8_can_be_shown():
    assert escaped(os.fsdecode(b"runs\xff")) == r"runs\\udcff"
