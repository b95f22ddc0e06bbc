"""The keeper moves the queue on while runs wait or train elsewhere, without a page."""

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from imdb_core import background, paths
from imdb_core.operating_system import machine
from imdb_core.runs import journal, keeper, launcher, layout, locks, movers, store
from tests import fake_ray
from tests.recorded_runs import event_kinds
from tests.stub_place import NAME, use_stub_place

pytestmark = pytest.mark.usefixtures("stub_worker", "quick")
FIRST, SECOND = "first-machine", "second-machine"
START = movers.start


@pytest.fixture
def quick(monkeypatch):
    """Looks follow each other at once, and nothing but the test starts a keeper."""
    monkeypatch.setattr(keeper, "SECONDS", 0.05)
    monkeypatch.setattr(movers, "start", lambda **_: None)
    monkeypatch.setenv("STUB_EPOCHS", "1")


@pytest.fixture
def lab(monkeypatch):
    """The place "lab" with one slot, which this process alone knows."""
    return use_stub_place(monkeypatch, slots=1)


@pytest.fixture
def ray(monkeypatch, tmp_path):
    """The cluster "ray" with two slots, in a settings file that other processes read as well."""
    with fake_ray.running(is_working=True) as ray:
        file = tmp_path / "places.toml"
        tests = paths.PROJECT / "tests"
        file.write_text(f'[ray]\naddress = "{ray.address}"\n[ray.environment]\nPYTHONPATH = "{tests}"\n')
        monkeypatch.setenv("IMDB_PLACES", str(file))
        yield ray


def created(config, count):
    """New runs, which nobody starts yet."""
    paths.runs_folder().mkdir(parents=True, exist_ok=True)
    return [store.create(config.changed(seed=number), store.new_id()) for number in range(count)]


def keeper_process(host, *, seconds=0.2):
    """A keeper as a process of the machine `host`."""
    code = f"from imdb_core.runs import keeper; keeper.SECONDS = {seconds}; raise SystemExit(keeper.main())"
    environment = background.environment(**{machine.HOST_VARIABLE: host, "IMDB_WORKER_MODULE": "stub_worker"})
    return subprocess.Popen([sys.executable, "-c", code], cwd=paths.PROJECT, env=environment)


def states(runs):
    return {store.read(run.folder).state for run in runs}


def lock_file():
    return movers.keeper_file(movers.KEEPER_LOCK)


def test_runs_elsewhere_are_trained_one_after_another_until_none_is_left(lab, tiny):
    runs = created(tiny(place=NAME), 3)
    assert keeper.main() == 0
    assert states(runs) == {"finished"} and not locks.held(lock_file())


def test_runs_of_this_machine_need_no_keeper(lab, tiny):
    [run] = created(tiny(), 1)
    assert keeper.main() == 0
    assert event_kinds(run) == ["queued"] and not lock_file().exists()


def test_a_second_keeper_of_a_machine_ends_at_once_and_starts_nothing(lab, tiny):
    [run] = created(tiny(place=NAME), 1)
    with locks.hold(lock_file()):
        assert keeper.main() == 0
    assert event_kinds(run) == ["queued"]


def test_between_two_looks_a_keeper_holds_nothing_but_its_own_lock(lab, tiny, monkeypatch, wait_until):
    monkeypatch.setattr(keeper, "SECONDS", 0.5)
    runs = created(tiny(place=NAME), 2)
    thread = threading.Thread(target=keeper.main)
    thread.start()
    wait_until(lambda: locks.held(lock_file()), 20)
    assert launcher.dispatch()  # raises or is False if the queue is held
    thread.join(60)
    assert states(runs) == {"finished"}


def test_a_run_that_is_queued_while_a_keeper_ends_is_not_forgotten(lab, tiny, monkeypatch):
    first, late = created(tiny(place=NAME), 1), []
    release = locks.Lock.release

    def queued_meanwhile(lock):
        if not late and states(first) == {"finished"}:  # the keeper has looked for the last time
            late.extend(created(tiny(place=NAME, epochs=1), 1))
        release(lock)

    monkeypatch.setattr(locks.Lock, "release", queued_meanwhile)
    assert keeper.main() == 0
    assert states(late) == {"finished"}


def test_a_disk_that_does_not_answer_for_a_while_ends_no_keeper(lab, tiny, monkeypatch):
    runs, unsettled, failures = created(tiny(place=NAME), 1), store.unsettled, [OSError(5, "I/O error")] * 3

    def listed():
        if failures:
            raise failures.pop()
        return unsettled()

    monkeypatch.setattr(store, "unsettled", listed)
    assert keeper.main() == 0
    assert states(runs) == {"finished"}


@pytest.mark.parametrize("hours", [-2, 2])
def test_clocks_that_differ_change_only_the_order(lab, tiny, hours):
    """The events of one run were written by a machine whose clock is two hours ahead or behind."""
    there, here = created(tiny(place=NAME), 2)
    time = (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="milliseconds")
    (there.folder / layout.EVENTS).unlink()
    journal.append(there.folder / layout.EVENTS, {"event": "queued", "time": time})
    assert keeper.main() == 0
    assert states([there, here]) == {"finished"}
    begun = [store.read(run.folder).event("launching")["time"] for run in (there, here)]
    assert (begun[0] < begun[1]) == (hours < 0)


def test_after_the_death_of_a_keeper_the_next_look_of_any_process_starts_another(
    ray, tiny, monkeypatch, wait_until
):
    runs = created(tiny(place="ray"), 3)
    monkeypatch.setenv(machine.HOST_VARIABLE, FIRST)
    dead = keeper_process(FIRST)
    wait_until(lambda: locks.held(lock_file()), 60)
    dead.send_signal(signal.SIGKILL)
    dead.wait()
    monkeypatch.setattr(movers, "start", START)
    launcher.runs()
    wait_until(lambda: locks.held(lock_file()), 60)
    wait_until(lambda: states(runs) == {"finished"}, 120)
    wait_until(lambda: not locks.held(lock_file()), 60)


def test_a_second_machine_does_not_wait_for_the_keeper_of_a_dead_machine(ray, tiny, monkeypatch, wait_until):
    """A network disk may keep the lock of a machine that has died."""
    created(tiny(place="ray"), 3)
    monkeypatch.setenv(machine.HOST_VARIABLE, FIRST)
    with locks.hold(lock_file()):
        monkeypatch.setenv(machine.HOST_VARIABLE, SECOND)
        monkeypatch.setattr(movers, "start", START)
        launcher.runs()
        wait_until(lambda: locks.held(lock_file()), 60)


def test_two_machines_keep_one_folder_and_start_each_run_once(ray, tiny):
    runs = created(tiny(place="ray"), 4)
    keepers = [keeper_process(host) for host in (FIRST, SECOND)]
    assert [each.wait(120) for each in keepers] == [0, 0]
    assert states(runs) == {"finished"}
    assert sorted(body["submission_id"] for body in ray.submitted) == sorted(f"{run.id}-1" for run in runs)
    assert [event_kinds(run).count("started") for run in runs] == [1] * len(runs)
