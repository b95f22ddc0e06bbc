"""The page "Train a network" keeps a worker ready for the run that it starts."""

from imdb_core.runs import ahead, locks, standby, standby_folder, store
from tests.apptest import opened
from tests.stub_standby import use_stub_standby


def has_standby():
    place = standby_folder.folder()
    return standby_folder.ready(place) if locks.held(place / standby_folder.LOCK) else None


def test_a_run_that_is_started_on_the_page_is_trained_by_the_standby(monkeypatch, wait_until):
    use_stub_standby(monkeypatch)
    app = opened("train")
    facts = wait_until(has_standby, 60)
    app.button(key="start").click().run()
    [run] = store.runs()
    assert run.event("started")["pid"] == facts["pid"]


def test_other_pages_keep_no_worker_ready(monkeypatch):
    use_stub_standby(monkeypatch)
    for page in ("runs", "watch", "classify"):
        opened(page)
    assert not standby.started_here.children


def test_the_standby_can_be_switched_off():
    assert ahead.standby_module() is None
    opened("train")
    assert not standby_folder.folder().exists()
