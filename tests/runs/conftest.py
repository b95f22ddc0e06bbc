"""A queued run with or without a holder of its lock, workers that end late or have ended, and a cluster."""

import signal
import time

import pytest

from imdb_core.runs import launcher, layout, locks, movers, standby, store
from imdb_core.runs.places import ray_watch
from tests import fake_ray
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
        return wait_until(announced, 120)

    return ready


@pytest.fixture
def ray():
    with fake_ray.running() as ray:
        yield ray


@pytest.fixture
def cluster(ray, monkeypatch):
    """The place "ray"; no keeper is started, because another process does not know this place."""
    monkeypatch.setattr(movers, "start", lambda **_: None)
    monkeypatch.setattr(ray_watch, "GOOD_SECONDS", 3.0)
    return fake_ray.use_fake_cluster(ray, monkeypatch, environment={})


@pytest.fixture
def submitted(ray, cluster, tiny, wait_until):
    """submitted(**changes): a run whose job the cluster has."""

    def submitted(**changes):
        before = len(ray.submitted)
        run = launcher.submit(tiny(place=fake_ray.NAME, **changes))
        wait_until(lambda: launcher.dispatch() and len(ray.submitted) > before, 20)
        return store.read(run.folder)

    return submitted


@pytest.fixture
def state(wait_until):
    """state(run, wanted): the run once it has this state."""

    def state(run, wanted):
        def has_it():
            time.sleep(0.05)
            return store.read(run.folder).state == wanted

        wait_until(has_it, 20)
        return store.read(run.folder)

    return state
