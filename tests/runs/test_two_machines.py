"""Two machines share a folder of runs, and locks do not hold between them.

IMDB_HOST names the machine of a process. `other_view` makes this process the other machine.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from imdb_core import background, temporary
from imdb_core.errors import RunError
from imdb_core.operating_system import file_locks, machine
from imdb_core.runs import devices, heartbeat, launcher, layout, locks, phases, places, standby_folder, store
from tests.recorded_runs import STARTED, event_kinds

pytestmark = pytest.mark.usefixtures("stub_worker")
FIRST, SECOND = "first-machine", "second-machine"


@pytest.fixture
def first(monkeypatch):
    """This process, and the workers that it starts, are on the first machine."""
    monkeypatch.setenv(machine.HOST_VARIABLE, FIRST)


@pytest.fixture
def other_view(monkeypatch):
    """other_view(): from now on this process is on the second machine, and sees no lock of the first."""

    def other_view():
        monkeypatch.setenv(machine.HOST_VARIABLE, SECOND)
        monkeypatch.setattr(locks, "held", lambda path: False)

    return other_view


@pytest.fixture
def training(first, tiny, endless, monkeypatch):
    """A run that trains on the first machine; silence is noticed after a second."""
    monkeypatch.setattr(heartbeat, "SILENT_SECONDS", 6.0)
    return launcher.submit(tiny())


def test_the_second_machine_sees_a_run_of_the_first_by_its_heartbeat(training, other_view, wait_until):
    assert training.state == "running" and training.host == FIRST
    other_view()
    assert store.read(training.folder).state == "running"  # at the first look
    heartbeat_file = training.folder / layout.HEARTBEAT
    counter = json.loads(heartbeat_file.read_text())["counter"]
    wait_until(lambda: json.loads(heartbeat_file.read_text())["counter"] > counter, 20)
    assert store.read(training.folder).state == "running"
    assert places.where(store.read(training.folder)) == FIRST


def test_the_second_machine_never_interrupts_nor_starts_a_run_of_the_first(
    training, other_view, wait_until, monkeypatch
):
    other_view()
    wait_until(lambda: store.read(training.folder).state == "running", 20)
    kinds = event_kinds(training)
    os.kill(training.event("started")["pid"], signal.SIGKILL)
    wait_until(lambda: store.read(training.folder).state == "unreachable", 20)
    for _ in range(3):
        launcher.dispatch()
    changed = store.read(training.folder)
    assert changed.state == "unreachable"
    assert FIRST in changed.unreachable
    assert not {"interrupted", "launching"} & set(event_kinds(training)[len(kinds) :])
    monkeypatch.undo()  # the first machine looks again
    monkeypatch.setenv("IMDB_RUNS_DIR", str(training.folder.parent))
    monkeypatch.setenv(machine.HOST_VARIABLE, FIRST)
    launcher.runs()
    assert store.read(training.folder).ending["event"] == "interrupted"


def test_a_run_that_the_first_machine_starts_is_not_started_by_the_second(tiny, first, other_view):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, "launching", attempt=1, **machine.identity())
    other_view()
    launcher.dispatch()
    assert store.read(run.folder).state == "unreachable"
    assert event_kinds(run) == ["queued", "launching"]


def test_if_both_start_a_run_at_once_the_first_event_decides(tiny, first, other_view, monkeypatch):
    run = store.create(tiny(), store.new_id())
    other_view()
    record = store.record

    def first_machine_was_faster(folder, event, **details):
        if event == "launching":
            record(folder, event, **(details | {"host": FIRST}))
        record(folder, event, **details)

    monkeypatch.setattr(store, "record", first_machine_was_faster)
    assert not launcher.workers.start(run, "cpu", threads=1)
    assert event_kinds(run) == ["queued", "launching", "launching"]


@pytest.mark.parametrize("module", ["stub_worker", "imdb_core.training.worker"])
@pytest.mark.parametrize("option", [[], ["--elsewhere"]])
def test_a_worker_that_hears_another_machine_trains_nothing(tiny, first, monkeypatch, module, option):
    run = store.create(tiny(), store.new_id())
    heartbeat.begin(run.folder)
    monkeypatch.setenv(machine.HOST_VARIABLE, SECOND)
    worker = subprocess.run([sys.executable, "-m", module, str(run.folder), *option], timeout=300)
    heartbeat.end()
    assert worker.returncode == launcher.workers.starts.ALREADY_TRAINED
    assert event_kinds(run) == ["queued"]


def test_runs_of_the_first_machine_take_no_slot_of_the_second(training, other_view, tiny):
    other_view()
    for _ in range(devices.slots()):
        launcher.submit(tiny())
    kinds = [event_kinds(run) for run in store.runs() if run.id != training.id]
    assert all("started" in each for each in kinds)


def test_a_run_that_is_or_may_be_trained_elsewhere_is_not_deleted(
    training, other_view, monkeypatch, wait_until
):
    other_view()
    monkeypatch.setattr(file_locks, "lock", lambda file: True)  # each machine gets a lock of its own
    with pytest.raises(RunError, match="still training"):
        store.delete(training)
    os.kill(training.event("started")["pid"], signal.SIGSTOP)
    wait_until(lambda: store.read(training.folder).state == "unreachable", 20)
    with pytest.raises(RunError, match="may live"):
        store.delete(training)
    assert store.exists(training.id)


def test_a_process_of_another_machine_is_never_looked_up(first):
    recorded = background.identity()
    assert background.process(recorded).pid == os.getpid()
    assert background.process(recorded | {"host": SECOND}) is None
    assert background.process({name: recorded[name] for name in recorded if name != "host"}) is not None


def test_each_machine_has_its_own_standby(first, other_view):
    own = standby_folder.folder()
    other_view()
    assert standby_folder.folder() != own


def test_a_folder_that_another_machine_is_making_is_not_swept(tiny, first, other_view, monkeypatch):
    building = []

    def interrupted(folder, target):
        building.append(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr("imdb_core.operating_system.file_access.move_folder", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.create(tiny(), store.new_id())
    monkeypatch.setattr(temporary, "is_alive", lambda pid: False)
    other_view()
    store.remove_leftovers()
    assert building[0].exists()
    monkeypatch.setenv(machine.HOST_VARIABLE, FIRST)
    store.remove_leftovers()
    assert not building[0].exists()


def test_containers_of_one_machine_trust_their_locks(monkeypatch):
    monkeypatch.delenv(machine.HOST_VARIABLE, raising=False)
    own = machine.identity()
    assert machine.is_this(own) and machine.is_this({})
    assert machine.is_this(own | {"host": "another container"}) == (own["boot"] is not None)
    assert machine.is_this(own | {"boot": "before a restart"})
    assert not machine.is_this({"host": "another", "boot": "another"})


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_a_phase_does_not_depend_on_the_clock_of_the_other_machine(tiny, hours, monkeypatch):
    from datetime import UTC, datetime, timedelta

    from imdb_core.runs import journal, layout

    run, now = store.create(tiny(), store.new_id()), datetime.now(UTC)

    def record(event, host_hours, **fields):
        time = (now + timedelta(hours=host_hours)).isoformat(timespec="milliseconds")
        journal.append(run.folder / layout.EVENTS, {"event": event, "time": time, **fields})

    record("launching", 0)
    record("started", hours, **STARTED)
    record("phase", hours, phase="loading_texts")
    monkeypatch.setattr(places.get("here"), "alive", lambda run: True, raising=False)
    assert 0 <= phases.current(store.read(run.folder)).seconds < 60
