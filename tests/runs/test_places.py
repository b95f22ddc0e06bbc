"""The contract of all places: queue, start, stop, interruption, and what holds while a place is unreachable.

To test a further place, add it to PLACES and to `place`.
"""

import os
import signal
import time

import pytest

from imdb_core.errors import ConfigError, RunError
from imdb_core.operating_system import machine
from imdb_core.runs import devices, launcher, layout, locks, movers, places, refusals, starts, store
from tests import fake_ray
from tests.recorded_runs import event_kinds
from tests.stub_place import NAME, use_stub_place

PLACES = (places.HERE, NAME, fake_ray.NAME)
pytestmark = pytest.mark.usefixtures("stub_worker")


@pytest.fixture
def lab(monkeypatch):
    """The place "lab"; no keeper is started, because another process does not know this place."""
    monkeypatch.setattr(movers, "start", lambda **_: None)
    return use_stub_place(monkeypatch)


@pytest.fixture(params=PLACES)
def place(request, lab, monkeypatch):
    """Each place, by its name."""
    if request.param != fake_ray.NAME:
        yield request.param
        return
    with fake_ray.running(is_working=True) as ray:
        fake_ray.use_fake_cluster(ray, monkeypatch)
        yield request.param


@pytest.fixture
def trained(place, tiny, endless, wait_until):
    """A run that trains at the place and has finished an epoch."""
    run = launcher.submit(tiny(place=place))
    wait_until(lambda: store.read(run.folder).epochs, 60)
    return store.read(run.folder)


def kill(run):
    os.kill(run.event("started")["pid"], signal.SIGKILL)


def has_no_worker(run):
    return places.of(run).alive(store.read(run.folder)) is False


def test_a_run_is_NAME_its_place(place, tiny, settled):
    run = settled(launcher.submit(tiny(place=place)))
    assert run.state == "finished" and len(run.epochs) == 2
    assert event_kinds(run)[:3] == ["queued", "launching", "started"]
    assert run.event("launching")["place"] == run.place == place
    assert run.host == machine.name()


def test_a_place_has_slots_for_its_own_runs(place, tiny, endless):
    slots = places.get(place).slots()
    other = next(name for name in (places.HERE, NAME) if name != place)
    runs = [launcher.submit(tiny(place=place)) for _ in range(slots + 1)]
    assert [store.read(run.folder).active for run in runs] == [True] * slots + [False]
    assert launcher.submit(tiny(place=other)).active


def test_a_run_stops_within_its_time(place, trained, settled):
    began = time.monotonic()
    launcher.stop(trained)
    if place != places.HERE:  # the stop helper is another process, which does not know this place
        launcher.end(trained)
    ended = settled(trained)
    assert ended.state == "stopped" and ended.epochs
    assert time.monotonic() - began < launcher.MOST_STOP_SECONDS


def test_a_worker_that_does_not_stop_is_ended_by_force(place, tiny, endless, monkeypatch, wait_until):
    monkeypatch.setenv("STUB_IGNORE_TERM", "1")
    monkeypatch.setattr(launcher, "STOP_SECONDS", 0.5)
    run = launcher.submit(tiny(place=place))
    wait_until(lambda: store.read(run.folder).event("started"), 60)
    store.record(run.folder, "stop-requested")
    launcher.end(run)
    assert has_no_worker(run)
    assert store.read(run.folder).ending["code"] == "ended_by_force"


def test_a_run_that_is_stopped_before_its_worker_starts_is_not_started_again(lab, tiny, endless, monkeypatch):
    monkeypatch.setattr(launcher, "STOP_SECONDS", 0)
    run = launcher.submit(tiny(place=NAME))
    os.kill(lab.workers[run.id].pid, signal.SIGSTOP)
    store.record(run.folder, "stop-requested")
    launcher.end(run)
    assert store.read(run.folder).state == "stopped" and has_no_worker(run)


def test_a_run_whose_worker_was_killed_goes_on_after_its_last_epoch(place, trained, wait_until):
    epochs = len(trained.epochs)
    kill(trained)
    wait_until(lambda: has_no_worker(trained))
    assert store.read(trained.folder).state == "interrupted"
    launcher.runs()
    if store.read(trained.folder).state == "interrupted":
        launcher.resume(trained)
    wait_until(lambda: len(store.read(trained.folder).epochs) > epochs, 60)
    assert event_kinds(trained).count("interrupted") == 1
    assert store.read(trained.folder).state == "running"


def test_a_killed_run_of_a_cluster_is_queued_again_in_the_same_dispatch(lab, tiny, endless, wait_until):
    run = launcher.submit(tiny(place=NAME))
    wait_until(lambda: store.read(run.folder).epochs, 60)
    kill(store.read(run.folder))
    wait_until(lambda: has_no_worker(run))
    launcher.dispatch()
    assert event_kinds(run)[-3:] == ["interrupted", "queued", "launching"] or store.read(run.folder).active


def test_an_unreachable_run_keeps_its_slot_and_is_never_interrupted(lab, tiny, endless, wait_until):
    run = launcher.submit(tiny(place=NAME))
    waiting = [launcher.submit(tiny(place=NAME)) for _ in range(2)][-1]
    wait_until(lambda: store.read(run.folder).event("started"), 60)
    lab.is_reachable = False
    for _ in range(3):
        launcher.runs()
        changed = store.read(run.folder)
        assert changed.state == "unreachable" and changed.active and not changed.can_resume
        assert changed.summary()["message"] == changed.unreachable != ""
    with pytest.raises(RunError, match="may live"):
        store.delete(changed)
    with pytest.raises(RunError, match="unreachable"):
        launcher.resume(changed)
    assert "interrupted" not in event_kinds(run)
    assert store.read(waiting.folder).state == "queued"
    lab.is_reachable = True
    assert store.read(run.folder).state == "running"


def test_a_stop_of_an_unreachable_run_is_obeyed_when_its_worker_reads_it(lab, tiny, endless, wait_until):
    run = launcher.submit(tiny(place=NAME))
    wait_until(lambda: store.read(run.folder).event("started"), 60)
    lab.is_reachable = False
    assert store.read(run.folder).state == "unreachable"
    store.record(run.folder, "stop-requested")
    wait_until(lambda: store.read(run.folder).state == "stopped", 20)


def test_an_unreachable_run_can_be_given_up(lab, tiny, endless, wait_until):
    run = launcher.submit(tiny(place=NAME))
    wait_until(lambda: store.read(run.folder).event("started"), 60)
    with pytest.raises(RunError, match="only an unreachable run"):
        launcher.give_up(run)
    kill(store.read(run.folder))
    lab.is_reachable = False
    given_up = launcher.give_up(run)
    assert given_up.state == "interrupted" and given_up.can_resume
    assert machine.name() in given_up.message


def test_a_place_that_cannot_be_used_delays_no_other(lab, tiny, endless):
    lab.is_reachable = False
    distant = launcher.submit(tiny(place=NAME))
    near = launcher.submit(tiny())
    distant = store.read(distant.folder)
    assert near.active and distant.state == "queued"
    assert "Start its head" in distant.remark
    lab.is_reachable = True
    launcher.dispatch()
    assert store.read(distant.folder).active and refusals.delay(distant.folder) is None


def test_an_unknown_place_is_refused_and_its_runs_stay_readable(tiny, endless, monkeypatch, lab, wait_until):
    with pytest.raises(ConfigError, match="here, lab"):
        launcher.submit(tiny(place="nowhere"))
    assert store.runs() == []
    run, queued = launcher.submit(tiny(place=NAME)), store.create(tiny(place="old"), store.new_id())
    wait_until(lambda: store.read(run.folder).event("started"), 60)
    monkeypatch.setattr(places, "clusters", dict)
    launcher.dispatch()
    assert store.read(run.folder).state == "unreachable"
    assert "settings file" in store.read(run.folder).unreachable
    assert store.read(queued.folder).state == "queued" and "'old'" in store.read(queued.folder).remark
    store.record(run.folder, "stop-requested")
    wait_until(lambda: store.read(run.folder).state == "stopped", 20)
    with pytest.raises(ConfigError, match="'lab'"):
        launcher.resume(run)


def test_a_worker_elsewhere_starts_no_queued_run_and_tells_a_held_lock(lab, tiny, monkeypatch, settled):
    monkeypatch.setenv("STUB_EPOCHS", "1")
    run = store.create(tiny(place=NAME), store.new_id())
    following = store.create(tiny(), store.new_id())
    lock = locks.hold(run.folder / layout.LOCK)
    assert lab.start(run, "cpu", threads=1)
    assert lab.workers[run.id].wait(60) == starts.ALREADY_TRAINED
    lock.release()
    assert lab.start(store.read(run.folder), "cpu", threads=1)
    assert lab.workers[run.id].wait(60) == 0
    assert store.read(run.folder).state == "finished"
    assert event_kinds(following) == ["queued"]


def test_where_a_run_is_trained_is_shown_if_it_is_not_the_only_place(tiny, monkeypatch):
    run = store.create(tiny(), store.new_id())
    assert places.where(run) == ""
    use_stub_place(monkeypatch)
    assert places.where(run) == "this machine"
    assert places.where(store.create(tiny(place=NAME), store.new_id())) == "The lab"


def test_devices_of_other_places_are_not_counted_here(lab, tiny, endless):
    for _ in range(2):
        launcher.submit(tiny(place=NAME))
    for _ in range(devices.slots()):
        assert launcher.submit(tiny()).active
