"""A queued run with or without a holder of its lock, and workers that end late or have ended."""

import signal

import pytest

from imdb_core.runs import layout, locks, standby, store
from tests.standbys import announced
from tests.stub_standby import use_stub_standby


@pytest.fixture
def run(tiny):
    """A queued run with the name "first"."""
    return store.create(tiny(name="first"), store.new_id())


@pytest.fixture
def alive(run, each_way):
    """The run's lock is held, as by a worker."""
    lock = locks.hold(run.folder / layout.LOCK)
    yield
    lock.release()


@pytest.fixture
def endless(monkeypatch):
    """Stub workers train a million epochs."""
    monkeypatch.setenv("STUB_EPOCHS", "1000000")


@pytest.fixture
def settled(wait_until):
    """settled(run): the run once it has ended and its worker is gone."""

    def settled(run):
        def has_ended():
            return store.read(run.folder).state in store.ENDED and not locks.held(run.folder / layout.LOCK)

        wait_until(has_ended)
        return store.read(run.folder)

    return settled


@pytest.fixture
def never_waits():
    """A test that waits for a pipe fails instead."""

    def failed(*_):
        raise AssertionError("it waits for something")

    before = signal.signal(signal.SIGALRM, failed)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def stub_standby(monkeypatch):
    """stub_standby(**environment): from now on a standby is kept ready that trains nothing."""
    return lambda **environment: use_stub_standby(monkeypatch, **environment)


@pytest.fixture
def ready(tiny, stub_standby, wait_until, each_way):
    """ready(**environment): what the standby that keep_ready() started says it is ready for."""

    def ready(**environment):
        stub_standby(**environment)
        standby.keep_ready(tiny())
        return wait_until(announced, 30)

    return ready
